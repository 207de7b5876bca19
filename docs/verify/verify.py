#!/usr/bin/env python3
"""Checks a proof file of Legion with nothing of Legion's.

    python3 -m venv check && check/bin/pip install fastavro cryptography
    check/bin/python verify.py PROOF.json --key signer.pub [--checkpoints FILE] [--schemas DIR] [--quiet]

Standard library, fastavro and cryptography only; written from eventlog/README.md and RFC 9162. Prints the history that
the file proves, what that proves and what not. Exit status 0: everything holds; 1: something does not; 2: the file
cannot be read.

--key: the signer's public key (PEM, or 64 hex digits), got from somewhere else than the file. --checkpoints: a copy of
the signer's checkpoints.jsonl: the file's checkpoint must be in it. --schemas: the folder schemas/avro of Legion's
source, to read the records with instead of the schemas in the file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import pathlib
import re
import sys
import uuid
from typing import Any

import fastavro
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.serialization import load_pem_public_key

NUMBER = rb"(0|[1-9][0-9]{0,18})"
LINK = re.compile(rb"1 " + rb" ".join([NUMBER] * 4) + rb" ([0-9a-f]{64})")


Json = dict[str, Any]
History = list[tuple[Json, Json, str, Json]]


class Fault(Exception):
    """Something that the file says does not hold."""


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def counted(part: bytes) -> bytes:
    return u32(len(part)) + part


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --- the checkpoint


def read_key(path: pathlib.Path) -> bytes:
    content = path.read_bytes()
    if content.lstrip().startswith(b"-----BEGIN"):
        key = load_pem_public_key(content)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError(f"{path} is not an Ed25519 key")
        return key.public_bytes_raw()
    return bytes.fromhex(content.decode().strip())


def check_checkpoint(told: Json, trusted: bytes | None) -> Json:
    """The signed text, read. trusted: the key that must have signed it."""
    key = bytes.fromhex(told["key"])
    if trusted is not None and key != trusted:
        raise Fault("the checkpoint is signed with another key than the one given")
    try:
        signed = b"legion.checkpoint.1\n" + told["signed"].encode()
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(told["signature"]), signed)
    except InvalidSignature:
        raise Fault("the signature is not of this checkpoint") from None
    checkpoint: Json = json.loads(told["signed"])
    if checkpoint["format"] != "legion.checkpoint.1":
        raise Fault(f"a checkpoint of another format: {checkpoint['format']}")
    return checkpoint


# --- the chain and the tree


def commit_hash(prev: bytes, records: list[Json]) -> bytes:
    hashed = prev
    for record in records:
        hashed += counted(record["key"]) + counted(record["value"]) + u32(len(record["headers"]))
        for name, content in record["headers"]:
            hashed += counted(name.encode()) + counted(content)
    return sha256(hashed)


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2); None when it cannot be one of that tree."""
    node, last, result = index, size - 1, leaf
    if not 0 <= index < size:
        return None
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            result = sha256(b"\x01" + sibling + result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = sha256(b"\x01" + result + sibling)
        node, last = node >> 1, last >> 1
    return result if last == 0 else None


def check_links(commit: Json, epoch: int, where: str) -> None:
    """That the records say themselves that they are this commit."""
    records = commit["records"]
    first = None
    for i, record in enumerate(records):
        links = [content for name, content in record["headers"] if name == "chain"]
        match = LINK.fullmatch(links[0]) if len(links) == 1 else None
        if match is None or not record["key"] or not record["value"]:
            raise Fault(f"{where}: record {i} has no chain header")
        told = [int(match[1]), int(match[2]), int(match[4]), match[5].decode()]
        first = first or told
        if told != first or int(match[3]) != i or int(match[4]) != len(records) or record["key"] != records[0]["key"]:
            raise Fault(f"{where}: its records are not one commit")
        if record["offset"] != records[0]["offset"] + i:
            raise Fault(f"{where}: its offsets have a hole")
    if first is None or first[0] != epoch or first[3] != commit["prev"]:
        raise Fault(f"{where}: its chain header says another epoch or predecessor")


# --- what the records say


class Reader:
    """Avro bodies, and their sealed fields where the file brings the key."""

    def __init__(self, schemas: Json, keys: list[Json]) -> None:
        self._raw = schemas
        self._parsed: Json = {}
        self._keys = {(key["company"], key["subject"]): base64.b64decode(key["key"]) for key in keys}

    def read(self, record: Json, where: str) -> tuple[str, Json]:
        """(name of the type, fields)."""
        value = record["value"]
        number = str(int.from_bytes(value[1:5], "big"))
        if value[:1] != b"\0" or number not in self._raw:
            raise Fault(f"{where}: no schema {number}")
        raw = self._raw[number]
        if number not in self._parsed:
            self._parsed[number] = fastavro.parse_schema(json.loads(json.dumps(raw)))
        body = io.BytesIO(value)
        body.seek(5)
        try:
            fields: Any = fastavro.schemaless_reader(body, self._parsed[number], None)
        except Exception as error:  # noqa: BLE001  fastavro raises whatever the bytes lead it to
            raise Fault(f"{where}: not readable as {raw['name']}: {error}") from None
        if body.tell() != len(value):
            raise Fault(f"{where}: bytes left over")
        meta = fields["meta"]
        journey = record["key"].decode()
        check_headers(record, raw["name"], meta, journey, where)
        return raw["name"], self._opened(raw, fields, fields, where)

    def _opened(self, schema: Any, value: Any, record: Json, where: str) -> Any:
        if isinstance(schema, list):
            of = next(kind for kind in schema if kind != "null")
            return None if value is None else self._opened(of, value, record, where)
        if not isinstance(schema, dict):
            return value
        if "personal" in schema:
            meta, of = record["meta"], schema.get("subject")
            subject = f"{of}/{record[of]}" if of else meta["journey"]
            place = (meta["tenant"], subject, schema["personal"])
            return opened(value, self._keys.get(place[:2]), place, where)
        if schema["type"] == "record":
            own = [(each["name"], each["type"]) for each in schema["fields"]]
            return {name: self._opened(kind, value[name], record, where) for name, kind in own}
        if schema["type"] == "array":
            return [self._opened(schema["items"], item, record, where) for item in value]
        return value


def opened(sealed: bytes, key: bytes | None, place: tuple[str, str, str], where: str) -> str:
    """AES-256-GCM-SIV; the associated data say company, subject and field, so that it opens nowhere else."""
    if key is None:
        return f"[sealed, {len(sealed)} bytes]"
    bound = b"".join(counted(part.encode()) for part in place)
    try:
        if sealed[:1] != b"\x01":
            raise InvalidTag
        return AESGCMSIV(key).decrypt(sealed[1:13], sealed[13:], bound).decode(errors="replace")
    except (InvalidTag, ValueError):
        raise Fault(f"{where}: {place[2]} does not open with the key in the file") from None


def check_headers(record: Json, name: str, meta: Json, journey: str, where: str) -> None:
    """The headers that any tool shows must say what the body says."""
    headers = {key: content.decode(errors="replace") for key, content in record["headers"]}
    told = {
        "ce_type": name,
        "ce_id": meta["event_id"],
        "ce_subject": meta["stream"] or meta["journey"],
    }
    for header, wanted in told.items():
        if headers.get(header) != wanted:
            raise Fault(f"{where}: {header} says {headers.get(header)!r}, the record {wanted!r}")
    if meta["journey"] != journey:
        raise Fault(f"{where}: the key says {journey!r}, the record {meta['journey']!r}")


# --- the whole


def decoded(commit: Json) -> Json:
    """Its bytes as bytes."""
    records = [
        {
            "offset": record["offset"],
            "key": base64.b64decode(record["key"]),
            "value": base64.b64decode(record["value"]),
            "headers": [(name, base64.b64decode(content)) for name, content in record["headers"]],
        }
        for record in commit["records"]
    ]
    return {**commit, "records": records}


def check_commit(commit: Json, checkpoint: Json, before: dict[int, tuple[int, bytes, int]]) -> None:
    """before: partition → (number, hash, last offset) of the commit seen last."""
    partition, index = commit["partition"], commit["index"]
    where = f"partition {partition}, commit {index}"
    head = checkpoint["partitions"][partition]
    check_links(commit, checkpoint["epoch"], where)
    prev = bytes.fromhex(commit["prev"])
    own = commit_hash(prev, commit["records"])
    path = [bytes.fromhex(node) for node in commit["path"]]
    if root_of(sha256(b"\0" + own), index, head["size"], path) != bytes.fromhex(head["root"]):
        raise Fault(f"{where}: not in the tree that the checkpoint signs")
    if commit["records"][-1]["offset"] >= head["next_offset"]:
        raise Fault(f"{where}: offsets beyond the checkpoint")
    if partition in before:
        number, old, offset = before[partition]
        if index <= number or commit["records"][0]["offset"] <= offset:
            raise Fault(f"{where}: out of order")
        if index == number + 1 and old != prev:
            raise Fault(f"{where}: does not follow the commit before it")
    before[partition] = (index, own, commit["records"][-1]["offset"])


def check_event_ids(bodies: list[Json], where: str) -> None:
    """uuid5(command id, place in the commit): an event cannot be told twice under two names."""
    for i, fields in enumerate(bodies):
        meta = fields["meta"]
        if len(bodies) > 1 or meta["version"] > 0:
            wanted = str(uuid.uuid5(uuid.UUID(meta["command_id"]), str(i)))
            if meta["event_id"] != wanted:
                raise Fault(f"{where}: event id {meta['event_id']}, by its command it is {wanted}")


def versions_told(history: History) -> list[str]:
    """What the stream versions say of completeness."""
    streams: dict[str, list[int]] = {}
    for _, _, _, fields in history:
        meta = fields["meta"]
        if meta["version"] > 0:
            streams.setdefault(meta["stream"], []).append(meta["version"])
    told = []
    for stream, versions in sorted(streams.items()):
        if versions != list(range(1, len(versions) + 1)):
            raise Fault(f"{stream}: its versions are {versions[:9]}…, something is missing between")
        told.append(f"{stream}: versions 1 to {len(versions)}, none missing")
    return told


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def schemas_of(folder: pathlib.Path) -> Json:
    lock = json.loads((folder / "ids.lock.json").read_bytes())
    return {str(one["id"]): json.loads((folder / one["file"]).read_bytes()) for one in lock["schemas"]}


def check(proof: Json, asked: argparse.Namespace) -> tuple[History, list[str], Json]:
    """(history, what the versions say, checkpoint). Raises Fault."""
    if proof["format"] != "legion.proof.1":
        raise Fault(f"a file of another format: {proof['format']}")
    checkpoint = check_checkpoint(proof["checkpoint"], read_key(asked.key) if asked.key else None)
    if asked.checkpoints:
        lines = [json.loads(line) for line in asked.checkpoints.read_text().splitlines() if line.strip()]
        if proof["checkpoint"]["signed"] not in [line["signed"] for line in lines]:
            raise Fault("the file's checkpoint is not among those of --checkpoints")
    reader = Reader(schemas_of(asked.schemas) if asked.schemas else proof["schemas"], proof["subject_keys"])
    if not proof["commits"]:
        raise Fault("nothing is in the file")
    before: dict[int, tuple[int, bytes, int]] = {}
    history: History = []
    for commit in map(decoded, proof["commits"]):
        check_commit(commit, checkpoint, before)
        where = f"partition {commit['partition']}, commit {commit['index']}"
        bodies = [reader.read(record, where) for record in commit["records"]]
        check_event_ids([fields for _, fields in bodies], where)
        if proof["about"].startswith("lead/") and commit["records"][0]["key"].decode() != proof["about"]:
            raise Fault(f"{where}: not of {proof['about']}")
        history += [(commit, record, *body) for record, body in zip(commit["records"], bodies, strict=True)]
    return history, versions_told(history), checkpoint


def show(history: History, versions: list[str], checkpoint: Json, proof: Json, asked: argparse.Namespace) -> None:
    for commit, record, name, fields in () if asked.quiet else history:
        meta, own = fields["meta"], {key: value for key, value in fields.items() if key != "meta"}
        print(f"{commit['partition']}:{record['offset']}  {meta['at']}  {name}  {meta['stream']} v{meta['version']}")
        print(f"    by {meta['actor']['kind']} {meta['actor']['id']}, command {meta['command_id']}")
        print(f"    {json.dumps(plain(own), ensure_ascii=False)}")
    print(f"\n{proof['about']}: {len(proof['commits'])} commits, {len(history)} records. All of it holds.")
    print(f"\nProved, if the key {proof['checkpoint']['key']} is the signer's and only the signer has it:")
    print(
        f"  - Each commit stood in the log, whole and in this place, when checkpoint {checkpoint['number']} was signed,"
    )
    print(f"    which says {checkpoint['at']} of itself; no byte of key, value or header has changed since.")
    for line in versions:
        print(f"  - {line} (up to there)")
    print("Not proved:")
    if not asked.key:
        print("  - Whose key it is: it stands in the file itself. Give the signer's with --key.")
    if not asked.checkpoints:
        print(
            "  - That the signer shows everybody the same: compare checkpoint "
            f"{checkpoint['number']} with a copy kept elsewhere (--checkpoints)."
        )
    if not asked.schemas:
        print("  - The names of fields: they are the file's own schemas. Give Legion's with --schemas.")
    print(
        "  - That this is all: nothing keeps the file from leaving out a whole stream, a refusal, or the end of one"
        + (f"; {proof['later']} commits are younger than the checkpoint." if proof["later"] else ".")
    )
    print("  - That what was written is true, and that offsets and the signer's clock are what they say.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    parser.add_argument("--checkpoints", type=pathlib.Path)
    parser.add_argument("--schemas", type=pathlib.Path)
    parser.add_argument("--quiet", action="store_true", help="no history")
    asked = parser.parse_args()
    try:
        proof = json.loads(asked.proof.read_bytes())
        history, versions, checkpoint = check(proof, asked)
    except Fault as fault:
        print(f"FAULT: {fault}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"UNREADABLE: {type(error).__name__}: {error}")
        return 2
    show(history, versions, checkpoint, proof, asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
