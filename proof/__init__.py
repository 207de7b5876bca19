"""The claims of Legion as programs: each one does its worst to the real thing and counts what became of it.

`legion proof [R3 …]` runs them, `proof/results/` keeps the figures of full runs, `docs/proof.md` is made from those.
A claim is a file in `claims/`; what it needs to do harm is in `harm/`, what counts from outside in `oracle/`.
"""
