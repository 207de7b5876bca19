"""What the kernel knows of processes: with their descendants or without, and only what is their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from proof.oracle.processes import look

MIB = 2**20
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), flush=True)
sys.stdin.read()
child.stdin.close()
child.wait()
"""
CHILD = "kept = b'x' * (64 << 20); print('ready', flush=True); input()"


@contextmanager
def parent(child: str) -> Iterator[int]:
    argv = [sys.executable, "-c", PARENT, child]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
        process.stdin.close()


def test_a_process_counts_with_its_descendants_or_alone() -> None:
    with parent(CHILD) as pid:
        alone, family = look(pid, family=False), look(pid)
    assert alone is not None
    assert family is not None
    assert alone.pid == family.pid == pid
    assert alone.memory < 64 * MIB < family.memory
    assert alone.threads + 1 == family.threads
    assert alone.files < family.files
    assert look(pid) is None


def test_a_mapped_file_is_not_a_processs_own() -> None:
    mapped = "import mmap, sys; f = open(sys.executable, 'rb'); it = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)"
    touched = "; sum(it[:: mmap.PAGESIZE])"
    with parent(f"{mapped}; {CHILD}") as pid:
        before = look(pid)
    with parent(f"{mapped}{touched}; {CHILD}") as pid:
        after = look(pid)
    assert before is not None
    assert after is not None
    assert abs(after.memory - before.memory) < 2 * MIB
