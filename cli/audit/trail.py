"""`legion audit trail`: a lead's trail as the journal tells it, and each of its events held against the log itself.

The journal is PostgreSQL's word; the log and the signer's checkpoints are what it is held against. The lead's partition
is walked from its genesis: only there a chain can be trusted from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum

from cli.audit.share import Share, walk
from cli.processes.common import open_reads
from cli.settings import Settings
from domain.access.sight import WHOLE
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from eventlog.audit import Finding
from eventlog.checkpoint import Place, Signed
from eventlog.model import Commit
from projections.trail.graph import Node
from projections.trail.reader import Trail, Trails
from projections.trail.steps import TOPICS
from projections.travel.traveller import Traveller
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


class Word(StrEnum):
    """ok: the log has the very commit, and the chain's rule counts it. altered: the log has another one there. void:
    nothing that counts stands there, or not what was signed."""

    OK = "ok"
    ALTERED = "altered"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """index: the commit's number in its partition, from 0: its leaf in the tree. checkpoint: number of the newest
    signed one that covers it; None: none does yet."""

    word: Word
    index: int | None = None
    checkpoint: int | None = None


@dataclass(slots=True, kw_only=True)
class Proven:
    """proofs: event id → its proof. missing: events of the lead that the log has, before the last one told, and the
    trail does not. broken: (code, detail) of what stopped the walk."""

    proofs: dict[str, Proof]
    missing: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    broken: tuple[str, str] | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is as it must be."""
        words = {proof.word for proof in self.proofs.values()}
        return words <= {Word.OK} and not (self.missing or self.findings or self.broken)


async def trail_of(settings: Settings, lead: str, *, whole: bool, limit: int, after: str | None = None) -> Trail:
    """Raises NotFound `lead_not_found`, InvalidInput, Unavailable."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        reads, _ = await open_reads(stack, settings, vault)
        try:
            company = await Traveller(reads, WHOLE).owner(lead_journey(lead))
        except NotFound:
            raise NotFound("lead_not_found", lead) from None
        return await Trails(reads, WHOLE).trail(company, lead, whole=whole, limit=limit, after=after)


async def prove(
    bootstrap: str, place: Place, trail: Trail, signed: Sequence[Signed] = (), *, whole: bool, began: bool = True
) -> Proven:
    """signed: all checkpoints that are trusted. whole: the trail tells details too. began: its first node is the first
    that there is (it is no later page)."""
    nodes = trail.graph.nodes
    if not nodes:
        return Proven(proofs={})
    numbers = {node.placed.position.partition for node in nodes}
    log = _Log(lead_journey(trail.lead))
    share = Share(bootstrap, place, tuple(sorted(numbers)), tuple(signed), {}, {})
    walked = await walk(share, lambda _: None, log.see)
    proofs = {node.id: _proof(node, log, walked.findings, signed, place) for node in nodes}
    return Proven(
        proofs=proofs,
        missing=[] if walked.broken else list(_missing(nodes, log, whole=whole, began=began)),
        findings=walked.findings,
        broken=walked.broken,
    )


class _Log:
    """What counts of one journey, by (partition, offset of the commit's first record)."""

    def __init__(self, journey: str) -> None:
        self.commits: dict[tuple[int, int], tuple[int, Commit]] = {}
        self._journey = journey
        self._sizes: dict[int, int] = {}

    def see(self, partition: int, commits: Sequence[Commit]) -> None:
        size = self._sizes.get(partition, 0)
        for index, commit in enumerate(commits, size):
            if commit.journey == self._journey:
                self.commits[partition, commit.first_offset] = index, commit
        self._sizes[partition] = size + len(commits)


def _proof(node: Node, log: _Log, findings: Sequence[Finding], signed: Sequence[Signed], place: Place) -> Proof:
    told = node.chained
    partition, offset = told.position.partition, told.position.offset
    found = log.commits.get((partition, offset))
    if found is None:
        return Proof(word=Word.VOID)
    index, commit = found
    if (commit.head, commit.prev) != (told.hash, told.prev) or not _tells(commit, node):
        return Proof(word=Word.ALTERED, index=index)
    if any(_spoils(finding, node) for finding in findings):
        return Proof(word=Word.VOID, index=index)
    covering = [
        one.checkpoint.number
        for one in signed
        if one.checkpoint.place == place and one.checkpoint.heads[partition].size > index
    ]
    return Proof(word=Word.OK, index=index, checkpoint=max(covering, default=None))


def _spoils(finding: Finding, node: Node) -> bool:
    """Also of what comes after: it follows from a piece that is not what it was."""
    position = node.placed.position
    return finding.partition == position.partition and (finding.first or 0) <= position.offset


def _tells(commit: Commit, node: Node) -> bool:
    """That this very event stands in the commit, at this very offset: the hash is over the journal's bytes, the node is
    what was read of them."""
    at = node.placed.position.offset - commit.first_offset
    return at < len(commit.events) and commit.events[at] == node.placed.recorded


def _missing(nodes: Sequence[Node], log: _Log, *, whole: bool, began: bool) -> Iterator[str]:
    """Before the last node only: the journal is some milliseconds behind the log."""
    told = {node.id for node in nodes}
    partition, last = nodes[-1].placed.position.partition, nodes[-1].placed.position.offset
    first = 0 if began else nodes[0].placed.position.offset
    for (of, offset), (_, commit) in sorted(log.commits.items()):
        for at, recorded in enumerate(commit.events, offset):
            wanted = whole or recorded.event.TOPIC in TOPICS
            if of == partition and first <= at <= last and wanted and recorded.meta.event_id not in told:
                yield recorded.meta.event_id
