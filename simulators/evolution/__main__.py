"""`python -m simulators.evolution --port 8002`: an Evolution API v2 with a simulated WhatsApp behind it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from simulators.evolution.app import Options, make_app
from simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.evolution", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--instance", default="demo", help="exists and is connected from the start")
    parser.add_argument("--webhook-url", default="", help="of that instance")
    parser.add_argument(
        "--secret", default=os.environ.get("LEGION_SIM_WEBHOOK_SECRET", ""), help="its x-webhook-secret"
    )
    parser.add_argument("--data", type=Path, help="folder of the journal; without it nothing is kept")
    parser.add_argument("--events-url", help="Legion's event stream, shown on the page")
    parser.add_argument("--pace", type=float, default=1.0, help="factor on receipts and typing times")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="factor on waits between webhook attempts")
    given = parser.parse_args()
    options = Options(
        port=given.port,
        instance=given.instance,
        webhook_url=given.webhook_url,
        secret=given.secret,
        api_key=os.environ.get("LEGION_SIM_API_KEY", ""),
        data=given.data,
        events_url=given.events_url,
        pace=given.pace,
        retry_scale=given.retry_scale,
    )
    serve(make_app(options), given.host, given.port)


if __name__ == "__main__":
    main()
