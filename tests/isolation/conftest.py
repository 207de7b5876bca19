"""The API's running Legion, for these tests too."""

from tests.api.conftest import own_postgres, world

__all__ = ["own_postgres", "world"]
