"""An ingress record is read as it was written, and a malformed one says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Poison
from eventlog.ingress import IngressRecord

word = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
records = st.builds(
    IngressRecord,
    company=word,
    instance=word,
    provider=word,
    day_key=word,
    received_ms=st.integers(0, 2**53),
    content_type=word,
    run=st.integers(0, 9),
    ref=st.none(),
    sealed=st.binary(min_size=1),
    first=st.none() | st.tuples(st.integers(0, 99), st.integers(0, 2**53)),
    letter=st.none() | word,
) | st.builds(
    IngressRecord, company=word, instance=word, provider=word, day_key=word, received_ms=st.integers(0, 2**53), ref=word
)


@given(records)
def test_what_was_written_is_read(record: IngressRecord) -> None:
    assert IngressRecord.read(record.value, record.headers) == record


@pytest.mark.parametrize(
    "without", ["legion_company", "legion_instance", "legion_provider", "legion_day_key", "legion_run"]
)
def test_a_missing_header_is_poison(without: str) -> None:
    record = IngressRecord(company="c", instance="i", provider="p", day_key="d", received_ms=0, sealed=b"x")
    with pytest.raises(Poison) as error:
        IngressRecord.read(b"x", [h for h in record.headers if h[0] != without])
    assert error.value.code == "ingress_malformed"
