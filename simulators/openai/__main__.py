"""`python -m simulators.openai --port 8001`: an OpenAI-compatible server without a model."""

from __future__ import annotations

import argparse
import os

from simulators.openai.app import Simulator, make_app
from simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.openai", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0, help="of the answers")
    parser.add_argument("--token-seconds", type=float, default=0.015, help="between two tokens")
    given = parser.parse_args()
    key = os.environ.get("LEGION_SIM_OPENAI_KEY") or None
    app = make_app(Simulator(seed=given.seed, token_s=given.token_seconds, api_key=key))
    serve(app, given.host, given.port)


if __name__ == "__main__":
    main()
