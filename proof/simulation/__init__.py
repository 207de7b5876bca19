"""A simulator of the cores: writer, reader, projector positions and effect runner in virtual time, over a model of all
else. `README.md` here says what it checks and how to read a failing script."""

from proof.simulation.run import run
from proof.simulation.script import replay

__all__ = ["replay", "run"]
