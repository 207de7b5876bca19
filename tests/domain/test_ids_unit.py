from __future__ import annotations

from uuid import UUID, uuid4, uuid5

import pytest

from domain.kernel.ids import NAMESPACE, derived, event_id


def test_derived_ids_are_uuid5() -> None:
    for number in range(50):
        command = str(uuid4())
        assert event_id(command, number) == str(uuid5(UUID(command), str(number)))
        assert derived("a", command, number) == str(uuid5(NAMESPACE, f"a\x1f{command}\x1f{number}"))


@pytest.mark.parametrize("text", ["", "no uuid", "5a7e9d3c-0c1b-5e57-9f3b-1e9104a1e6"])
def test_an_event_id_needs_a_command_id_that_is_a_uuid(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        event_id(text, 0)
