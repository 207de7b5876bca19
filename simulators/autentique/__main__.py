"""`python -m simulators.autentique --port 8003`: an Autentique v2 without mails and lawyers."""

from __future__ import annotations

import argparse
import os

from simulators.autentique.app import Options, make_app
from simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.autentique", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook-url", default="", help="of the account of LEGION_SIM_API_KEY")
    parser.add_argument("--secret", default=os.environ.get("LEGION_SIM_WEBHOOK_SECRET", ""), help="of that endpoint")
    parser.add_argument("--shape", choices=("data", "object"), default="data", help="of its bodies")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="factor on waits between webhook attempts")
    given = parser.parse_args()
    options = Options(
        port=given.port,
        webhook_url=given.webhook_url,
        secret=given.secret,
        shape=given.shape,
        api_key=os.environ.get("LEGION_SIM_API_KEY", ""),
        retry_scale=given.retry_scale,
    )
    serve(make_app(options), given.host, given.port)


if __name__ == "__main__":
    main()
