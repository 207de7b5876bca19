"""docs/verify/verify.py, run as an outsider would: an interpreter that knows fastavro and cryptography, and not us."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
import venv
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.cli.proofs import PUBLIC, WORDS, people_proof, proof

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "verify" / "verify.py"
ALLOWED = ("fastavro", "cryptography", "_cffi_backend", "cffi")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare virtual environment."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in ALLOWED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            origin = origin.parent if spec.submodule_search_locations else origin
            (packages / origin.name).symlink_to(origin)
    return folder / "bin" / "python"


def run(python: Path, folder: Path, told: dict[str, Any], *argv: str) -> subprocess.CompletedProcess[str]:
    file = folder / "proof.json"
    file.write_text(json.dumps(told))
    command = [str(python), "-I", str(SCRIPT), str(file), *argv]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def key_file(folder: Path, key: bytes = PUBLIC) -> str:
    (folder / "signer.pub").write_text(key.hex())
    return str(folder / "signer.pub")


def test_it_knows_nothing_of_ours(python: Path, tmp_path: Path) -> None:
    for ours in ("eventlog", "domain", "vault", "cli", "api"):
        done = subprocess.run(
            [str(python), "-I", "-c", f"import {ours}"], cwd=tmp_path, capture_output=True, check=False
        )
        assert b"ModuleNotFoundError" in done.stderr


def test_a_proof_holds_and_its_history_is_shown_sealed(python: Path, tmp_path: Path) -> None:
    told = proof()
    done = run(python, tmp_path, told, "--key", key_file(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "All of it holds" in done.stdout
    assert f"{len(told['commits'])} commits" in done.stdout
    assert "[sealed," in done.stdout
    assert WORDS not in done.stdout
    assert "legion.CommandRefused" in done.stdout
    assert "versions 1 to" in done.stdout
    assert "Whose key it is" not in done.stdout
    assert "That this is all" in done.stdout


def test_what_it_was_not_given_it_says(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, proof(), "--quiet")
    assert done.returncode == 0
    for unknown in ("Whose key it is", "--checkpoints", "--schemas"):
        assert unknown in done.stdout


def test_revealed_it_opens_every_sealed_field(python: Path, tmp_path: Path) -> None:
    told = proof(reveal=True)
    schemas = str(ROOT / "schemas" / "avro")
    kept = tmp_path / "checkpoints.jsonl"
    kept.write_text(json.dumps(told["checkpoint"]) + "\n")
    done = run(python, tmp_path, told, "--key", key_file(tmp_path), "--schemas", schemas, "--checkpoints", str(kept))
    assert (done.returncode, done.stderr) == (0, "")
    assert WORDS in done.stdout
    assert "+5511999990000" in done.stdout
    assert "[sealed," not in done.stdout


def test_in_the_holdings_journey_each_persons_key_opens_what_is_theirs(python: Path, tmp_path: Path) -> None:
    told = people_proof()
    done = run(python, tmp_path, told, "--key", key_file(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Bia Luz" in done.stdout
    assert "Bia Sol" in done.stdout
    told["subject_keys"][0]["subject"] = "holding"  # the control: by the journey's name it would not be found
    assert "Bia" not in run(python, tmp_path, told, "--key", key_file(tmp_path)).stdout


def flip(text: str) -> str:
    content = bytearray(b64decode(text))
    content[-1] ^= 1
    return b64encode(bytes(content)).decode()


def value(told: dict[str, Any]) -> None:
    record = told["commits"][1]["records"][0]
    record["value"] = flip(record["value"])


def header(told: dict[str, Any]) -> None:
    told["commits"][1]["records"][0]["headers"][1][1] = flip(told["commits"][1]["records"][0]["headers"][1][1])


def key(told: dict[str, Any]) -> None:
    for record in told["commits"][1]["records"]:
        record["key"] = flip(record["key"])


def commit_left_out(told: dict[str, Any]) -> None:
    del told["commits"][2]


def record_left_out(told: dict[str, Any]) -> None:
    del told["commits"][0]["records"][1]


def turned(told: dict[str, Any]) -> None:
    told["commits"][1:3] = reversed(told["commits"][1:3])


def twice(told: dict[str, Any]) -> None:
    told["commits"].insert(1, copy.deepcopy(told["commits"][1]))


def another_index(told: dict[str, Any]) -> None:
    told["commits"][-1]["index"] += 1


def another_path(told: dict[str, Any]) -> None:
    told["commits"][-1]["path"] = told["commits"][0]["path"]


def another_offset(told: dict[str, Any]) -> None:
    told["commits"][0]["records"][1]["offset"] += 1


def another_root(told: dict[str, Any]) -> None:
    signed = json.loads(told["checkpoint"]["signed"])
    signed["partitions"][0]["root"] = "00" * 32
    told["checkpoint"]["signed"] = json.dumps(signed)


def nothing(told: dict[str, Any]) -> None:
    told["commits"] = []


def another_about(told: dict[str, Any]) -> None:
    told["about"] = "lead/somebody-else"


def no_schema(told: dict[str, Any]) -> None:
    told["schemas"].popitem()


def another_name(told: dict[str, Any]) -> None:
    for schema in told["schemas"].values():
        schema["name"] = "legion.Other"


def another_subject_key(told: dict[str, Any]) -> None:
    told["subject_keys"][0]["key"] = flip(told["subject_keys"][0]["key"])


FAULTS = (
    value, header, key, commit_left_out, record_left_out, turned, twice, another_index, another_path, another_offset,
    another_root, nothing, another_about, no_schema, another_name, another_subject_key,
)  # fmt: skip


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """In this process: an interpreter for each fault would cost half a minute."""
    spec = importlib.util.spec_from_file_location("outsiders_verify", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_altered_is_a_fault(
    fault: Callable[[dict[str, Any]], None],
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = proof(reveal=True)
    file = tmp_path / "proof.json"
    monkeypatch.setattr(sys, "argv", ["verify.py", str(file), "--key", key_file(tmp_path)])
    file.write_text(json.dumps(told))
    assert script.main() == 0
    fault(told)
    file.write_text(json.dumps(told))
    capsys.readouterr()
    assert script.main() == 1
    said = capsys.readouterr().out
    assert said.startswith("FAULT: ")
    assert "All of it holds" not in said


def test_another_signers_key_is_a_fault(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, proof(), "--key", key_file(tmp_path, bytes(32)))
    assert done.returncode == 1


def test_a_checkpoint_that_the_kept_file_does_not_know_is_a_fault(python: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.jsonl").write_text(json.dumps({"signed": "another"}) + "\n")
    done = run(python, tmp_path, proof(), "--checkpoints", str(tmp_path / "kept.jsonl"))
    assert done.returncode == 1


@pytest.mark.parametrize("told", [{}, {"format": "legion.proof.1"}])
def test_what_is_no_proof_is_unreadable(told: dict[str, Any], python: Path, tmp_path: Path) -> None:
    assert run(python, tmp_path, told).returncode == 2


def test_it_runs_with_this_interpreter_too(tmp_path: Path) -> None:
    assert run(Path(sys.executable), tmp_path, proof(), "--quiet").returncode == 0
