"""`python -m simulators.meta --port 8004`: the events edge of a dataset, with controls under `/_sim` and `/_faults`."""

from __future__ import annotations

import argparse
import os

from simulators.meta.app import make_app
from simulators.meta.state import Meta
from simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.meta", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    token = os.environ.get("LEGION_SIM_META_TOKEN") or None
    app_secret = os.environ.get("LEGION_SIM_META_APP_SECRET", "")
    serve(make_app(Meta(token=token, app_secret=app_secret)), given.host, given.port)


if __name__ == "__main__":
    main()
