from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.errors import LegionError
from vault.archive import FRAME, ArchiveBroken, ArchiveReader, ArchiveWriter
from vault.cipher import new_key
from vault.kek import KeyEncryptionKeys

KEK = KeyEncryptionKeys({"k1": new_key()}, "k1")


def archive(*writes: bytes) -> bytes:
    file = io.BytesIO()
    writer = ArchiveWriter(file, KEK)
    for write in writes:
        writer.write(write)
    writer.finish()
    return file.getvalue()


def content(made: bytes) -> bytes:
    reader = ArchiveReader(io.BytesIO(made), KEK)
    read = reader.read(10 * FRAME)
    reader.finish()
    return read


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 7])
def test_what_was_written_is_read(size: int) -> None:
    data = bytes(index % 251 for index in range(997)) * (size // 997 + 1)
    assert content(archive(data[: size // 2], data[size // 2 : size])) == data[:size]


def test_reading_in_small_pieces_gives_the_same() -> None:
    reader = ArchiveReader(io.BytesIO(archive(b"x" * FRAME, b"y" * 1000)), KEK)
    pieces = list(iter(lambda: reader.read(700_001), b""))
    assert b"".join(pieces) == b"x" * FRAME + b"y" * 1000


@settings(deadline=None)
@given(st.data())
def test_a_flipped_byte_is_found(data: st.DataObject) -> None:
    made = bytearray(archive(b"some content"))
    made[data.draw(st.integers(0, len(made) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LegionError):
        content(bytes(made))


@settings(deadline=None)
@given(st.data())
def test_an_archive_that_was_cut_off_is_found(data: st.DataObject) -> None:
    made = archive(b"some content")
    with pytest.raises(ArchiveBroken):
        content(made[: data.draw(st.integers(0, len(made) - 1))])


def test_whole_frames_left_out_swapped_or_added_are_found() -> None:
    made = archive(b"a" * FRAME, b"b" * FRAME, b"c")
    header = len(archive()) - 4 - 16
    frame = 4 + FRAME + 16
    head, first, second, last = made[:header], *(made[header + at * frame :][:frame] for at in range(3))
    assert content(head + first + second + last) == b"a" * FRAME + b"b" * FRAME + b"c"
    for broken in (head + first + second, head + second + first + last, head + first + last, made + b"\0"):
        with pytest.raises(ArchiveBroken):
            content(broken)


def test_a_length_beyond_a_frame_is_refused_before_it_is_read() -> None:
    made = bytearray(archive(b"x"))
    header = len(archive()) - 4 - 16
    made[header : header + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(ArchiveBroken):
        content(bytes(made))
