"""A process of Legion with a bug: `python -m proof.bugs.planted MODULE api|writer|…`. MODULE has `plant()`."""

from __future__ import annotations

import importlib
import sys

if __name__ == "__main__":
    module, *rest = sys.argv[1:]
    importlib.import_module(module).plant()
    from cli.main import main

    sys.argv = ["legion", *rest]
    main()
