"""`python -m simulators.mail --port 8002 --smtp-port 2525`: an SMTP server, and an HTTP server that shows its mails."""

from __future__ import annotations

import argparse
import os

from simulators.mail.app import Sink, make_app
from simulators.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.mail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="of the HTTP server")
    parser.add_argument("--smtp-port", type=int, required=True)
    given = parser.parse_args()
    password = os.environ.get("LEGION_SIM_SMTP_PASSWORD") or None
    serve(make_app(Sink(password=password), given.host, given.smtp_port), given.host, given.port)


if __name__ == "__main__":
    main()
