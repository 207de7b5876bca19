from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from vault.pepper import alias_hash, derived_lead_id

PEPPER = bytes(range(32))
aliases = st.tuples(st.text(max_size=12), st.text(max_size=30), st.integers(0, 2**31))


def test_a_lead_id_is_the_cut_hmac_of_scheme_alias_and_generation() -> None:
    """By hand, so that another implementation can be written from it."""
    message = b"\0\0\0\x05phone" + b"\0\0\0\x0e+5511987654321" + bytes(7) + b"\x02"
    digest = hmac.new(PEPPER, message, sha256).hexdigest()
    made = derived_lead_id(PEPPER, "phone", "+5511987654321", 2).replace("-", "")
    assert made[:12] == digest[:12]
    assert made[13:16] == digest[13:16]
    assert made[17:] == digest[17:32]


@given(aliases)
def test_a_lead_id_is_a_uuid_of_our_own_kind(alias: tuple[str, str, int]) -> None:
    made = UUID(derived_lead_id(PEPPER, *alias))
    assert (made.version, made.variant) == (8, RFC_4122)


@given(aliases, aliases)
def test_ids_are_equal_only_for_the_same_scheme_alias_and_generation(
    a: tuple[str, str, int], b: tuple[str, str, int]
) -> None:
    assert (derived_lead_id(PEPPER, *a) == derived_lead_id(PEPPER, *b)) == (a == b)
    assert (alias_hash(PEPPER, *a[:2]) == alias_hash(PEPPER, *b[:2])) == (a[:2] == b[:2])


def test_another_company_gets_other_hashes_and_ids_of_the_same_person() -> None:
    other = bytes(32)
    assert alias_hash(PEPPER, "phone", "+5511987654321") != alias_hash(other, "phone", "+5511987654321")
    assert derived_lead_id(PEPPER, "phone", "+1", 0) != derived_lead_id(other, "phone", "+1", 0)


def test_the_public_id_says_nothing_of_the_hash() -> None:
    hash_, lead = alias_hash(PEPPER, "phone", "+1"), derived_lead_id(PEPPER, "phone", "+1", 0)
    assert hash_[:8] != lead[:8]
