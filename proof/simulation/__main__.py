"""`python -m proof.simulation`: see `run.main`."""

from __future__ import annotations

import sys

from proof.simulation.run import main

raise SystemExit(main(sys.argv[1:]))
