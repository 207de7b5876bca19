"""A running Legion for whatever is thrown at it."""

from tests.isolation.conftest import world

__all__ = ["world"]
