"""S11: a log, and all that somebody with every right but the signer's key can do to it."""

from proof.tampering.run import run

__all__ = ["run"]
