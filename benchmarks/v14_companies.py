"""V14: what a company costs where there are 1,000 of them, against what it costs where there are 10.

    python -m benchmarks.v14_companies [--companies N] [--rounds N]

Two Legions in this process, each on an embedded PostgreSQL of its own (fsync on), filled by the product's own projector
and its own function that makes schemas; they take turns within each round:

* `create`: all that making a company asks of the database, ms: the writer's questions to the journal, both commits
  projected, the effect claimed, the schema made. The published ratio. (What the broker and HTTP add knows nothing of
  other companies, and would only make the ratio smaller.)
* `claim`: what the runner asks for each time that it looks and finds nothing (`EffectStore.claim`), ms.
* `login`: `POST /v1/auth/login` with the right password (argon2id is most of it), ms.
* `read`: `GET /v1/me`, a company, its leads, in turn, by people of ten companies, ms.

The API is made by its composition root. The ratio of a part is the median of the rounds' ratios; `p95_ratio` that of
the p95 of all. Each round makes a company on both sides: of the small one the 10th to the last, of the large one those
around the 1,000th. `catalogue`: PostgreSQL's own tables on the large side, and the bytes of the whole database that a
company adds.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg

from api.accounts.addresses import SCHEME
from api.accounts.person import sealer_of
from api.app import make_app
from benchmarks.alone import asked
from benchmarks.publish import publish
from cli.processes.api import compose
from cli.processes.common import passwords
from cli.processes.streams import provision
from cli.settings import Settings
from domain.holding.events import CompanyCreated, CompanyProvisioned, SlugClaimed
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived, partition_of
from domain.people.events import MemberAdded, UserRegistered
from domain.people.policies import TERMS
from embedded import postgres
from embedded.postgres import PostgresConfig
from projections.generation import create_generation
from projections.journal import JournalReader
from projections.names import Role, database_name
from projections.pool import open_pool
from projections.postgres import PostgresProjector
from projections.read.db import ReadDb
from projections.read.effects import EffectStore
from proof.embedded_servers import PASSWORD, postgres_server
from proof.ground.edge import serving
from proof.ground.histories import Log
from proof.servers import data_folder, reserved_port
from streams.runner.core import LEASE, PER_COMPANY, SLOTS
from tests.api.world import make_settings
from vault.accounts.passwords import Passwords
from vault.db import Vault, open_vault
from vault.migrate import migrate
from vault.provision import DATABASE, ROLE
from vault.provision import provision as provision_vault

FEW: Final = 10
GOAL: Final = 1.3
ONES: Final = {"create": 2, "claim": 20, "login": 2, "read": 30}
"""Of each part, in a round."""

CATALOGUE: Final = ("pg_class", "pg_attribute", "pg_type", "pg_rewrite", "pg_depend", "pg_namespace")
WORDS: Final = "correto cavalo bateria grampo"  # pragma: allowlist secret
BATCH: Final = 200
"""Companies of one batch of the projector, to fill a side."""


@dataclass(slots=True)
class Side:
    """One Legion. people: (address, access token), of the company at the same place of `companies`."""

    settings: Settings
    vault: Vault
    reads: ReadDb
    journal: JournalReader
    projector: PostgresProjector
    http: httpx.AsyncClient
    log: Log
    companies: list[str] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0

    async def create(self) -> None:
        """As writer, projector and runner do it."""
        company = self._new()
        await self._loaded(f"company-{company}", f"slug-{company[:13]}")
        self._created(company)
        await self.projector.apply(self.log.commits[-1:])
        claimed = await EffectStore(self.reads).claim("bench", SLOTS, PER_COMPANY, LEASE)
        assert [row.key for row in claimed] == [company]
        await provision(self.settings, 1, company)
        await self._loaded(f"company-{company}")
        self._says(self._event(f"company-{company}", CompanyProvisioned, company=company))
        await self.projector.apply(self.log.commits[-1:])

    async def claim(self) -> None:
        assert not await EffectStore(self.reads).claim("bench", SLOTS, PER_COMPANY, LEASE)

    async def login(self) -> None:
        email, _ = self._next()
        answer = await self.http.post("/v1/auth/login", json={"email": email, "password": WORDS})
        assert answer.status_code == httpx.codes.OK, answer.text

    async def read(self) -> None:
        email, token = self._next()
        company = self.companies[self.people.index((email, token))]
        path = ("/v1/me", f"/v1/companies/{company}", "/v1/leads")[self.asked % 3]
        headers = {"authorization": f"Bearer {token}", "x-tenant-id": company}
        answer = await self.http.get(path, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text

    async def filled(self, count: int) -> None:
        """With so many companies, and people in the first ten; vacuumed as autovacuum does in time."""
        for _ in range(count):
            company = self._new()
            self._created(company)
            self._says(self._event(f"company-{company}", CompanyProvisioned, company=company))
        hashed = await Passwords().hash(WORDS)
        emails = [await self._person(company, hashed) for company in self.companies[:FEW]]
        for at in range(0, len(self.log.commits), BATCH):
            await self.projector.apply(self.log.commits[at : at + BATCH])
        for number, company in enumerate(self.companies):
            await provision(self.settings, 1, company)
            if number % 100 == 0:
                sys.stdout.write(f"{number} of {count}\n")
                sys.stdout.flush()
        async with await psycopg.AsyncConnection.connect(self.admin, autocommit=True) as conn:
            await conn.execute("vacuum analyze")
            await conn.execute("checkpoint")
        for email in emails:
            answer = await self.http.post("/v1/auth/login", json={"email": email, "password": WORDS})
            self.people.append((email, answer.raise_for_status().json()["access_token"]))

    @property
    def admin(self) -> str:
        return self.settings.admin_dsn(database_name(1))

    def _new(self) -> str:
        self.companies.append(derived("company", f"bench {len(self.companies)}"))
        return self.companies[-1]

    def _created(self, company: str) -> None:
        slug = company[:13]
        self._says(
            self._event(f"slug-{slug}", SlugClaimed, slug=slug, company=company),
            self._event(
                f"company-{company}", CompanyCreated, company=company, slug=slug, name="Acme",
                timezone="America/Sao_Paulo", locale="pt-BR",
            ),
        )  # fmt: skip

    async def _person(self, company: str, hashed: str) -> str:
        """A manager; their address."""
        email = f"{company[:8]}@example.org"
        found = await self.vault.aliases.resolve(HOLDING_TENANT, [(SCHEME, email)])
        user, [(_, email_hash)] = found.lead, found.hashes
        sealer = await sealer_of(self.vault.keys, user)
        await self.vault.links.accept(str(uuid4()), user, hashed, str(uuid4()), b"-")
        self._says(
            self._event(
                f"user-{user}", UserRegistered, user=user, email=sealer.text("user.email", email),
                email_hash=email_hash, name=sealer.text("user.name", "Ana"), name_digest="-", terms=TERMS,
            ),
            self._event(f"members-{company}", MemberAdded, company=company, user=user, role="manager"),
        )  # fmt: skip
        return email

    def _event(self, stream: str, cls: type[Event], **own: Any) -> Event:
        return self.log.event(stream, cls, **own)

    def _says(self, *events: Event) -> None:
        self.log.commit(HOLDING_TENANT, HOLDING, *events)

    async def _loaded(self, *streams: str) -> None:
        place = partition_of(HOLDING, self.log.partitions)
        await self.journal.load(place, [(HOLDING, each) for each in streams], [(HOLDING, str(uuid4()))])

    def _next(self) -> tuple[str, str]:
        self.asked += 1
        return self.people[self.asked % len(self.people)]


@asynccontextmanager
async def side(folder: Path) -> AsyncIterator[Side]:
    """On a server of its own: Legion's roles and databases have fixed names. No broker: nothing is written."""
    async with AsyncExitStack() as stack:
        config = PostgresConfig(folder, stack.enter_context(reserved_port()), PASSWORD)
        server = postgres_server(config)
        server.start(lambda: postgres.ready(config))
        stack.callback(server.stop)
        settings = make_settings("127.0.0.1:1", config)
        await migrate(await provision_vault(settings.admin_dsn(), settings.role_password(ROLE)))
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await vault.generations.begin()
        await create_generation(settings.admin_dsn(), number, passwords(settings))
        await vault.generations.flip(number, None)
        log, name = Log(settings.partitions), database_name(number)
        projector = PostgresProjector(settings.dsn(Role.PROJECTOR, name), number, vault.keys)
        await stack.enter_async_context(projector)
        await projector.open_positions(log.genesis(), active=number)
        await projector.mark_live(range(log.partitions))
        reads = await stack.enter_async_context(ReadDb(settings.dsn(Role.RUNNER, name)))
        pool = await stack.enter_async_context(open_pool(settings.dsn(Role.WRITER, name), size=1))
        stop = asyncio.Event()
        app = make_app(lambda: compose(settings, stop), edge=settings.edge, stopping=stop.is_set)
        port = await stack.enter_async_context(serving(app, lifespan="on", stop=stop))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
        )
        yield Side(settings, vault, reads, JournalReader(pool), projector, http, log)


async def timed(part: Callable[[], Awaitable[None]], count: int) -> list[float]:
    """Milliseconds of each."""
    taken: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await part()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def told(part: str, small: Sequence[Sequence[float]], large: Sequence[Sequence[float]]) -> dict[str, Any]:
    """small, large: milliseconds by round."""
    sides = [[ms for one in rounds for ms in one] for rounds in (small, large)]
    p95 = [statistics.quantiles(each, n=20)[18] for each in sides]
    ratios = [statistics.median(b) / statistics.median(a) for a, b in zip(small, large, strict=True)]
    return {
        "part": part,
        "n": len(sides[0]),
        "p50_ms": [round(statistics.median(each), 2) for each in sides],
        "p95_ms": [round(each, 2) for each in p95],
        "ratio": round(statistics.median(ratios), 3),
        "p95_ratio": round(p95[1] / p95[0], 3),
    }


async def catalogue(small: Side, large: Side) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    sizes: list[int] = []
    for each in (small, large):
        async with await psycopg.AsyncConnection.connect(each.admin, autocommit=True) as conn:
            for name in CATALOGUE:
                query = f"select count(*), pg_total_relation_size('{name}') from {name}"
                row = await (await conn.execute(query.encode())).fetchone()
                assert row is not None
                tables[name] = {"rows": row[0], "bytes": row[1]}
            row = await (await conn.execute("select pg_database_size(current_database())")).fetchone()
            assert row is not None
            sizes.append(row[0])
    more = len(large.companies) - len(small.companies)
    return {"tables": tables, "database_bytes": sizes[1], "bytes_a_company": round((sizes[1] - sizes[0]) / more)}


async def measure(folder: Path, companies: int, rounds: int) -> dict[str, Any]:
    async with side(folder / "small") as small, side(folder / "large") as large:
        await small.filled(FEW)
        await large.filled(companies - rounds)
        gc.collect()
        gc.freeze()  # the history is the benchmark's own
        taken: dict[str, tuple[list[list[float]], list[list[float]]]] = {part: ([], []) for part in ONES}
        for n in range(rounds + 1):
            sides = [(0, small), (1, large)]
            for part, count in ONES.items():
                for place, each in sides if n % 2 else reversed(sides):
                    ms = await timed(getattr(each, part), count)
                    if n:
                        taken[part][place].append(ms)
            sys.stdout.write(f"round {n}{' (warm-up)' if n == 0 else ''}\n")
            sys.stdout.flush()
        parts = [told(part, *each) for part, each in taken.items()]
        return {
            "id": "V14",
            "what": "making a company where there are so many, ms",
            "floor": {"what": f"the same where there are {FEW}", "p50_ms": parts[0]["p50_ms"][0]},
            "subject": {"p50_ms": parts[0]["p50_ms"][1]},
            "ratio": parts[0]["ratio"],
            "goals": [GOAL],
            "parts": parts,
            "companies": {"small": len(small.companies), "large": len(large.companies)},
            "catalogue": await catalogue(small, large),
            "rounds": rounds,
        }


def main() -> int:
    given = asked(__doc__, companies=1_000, rounds=20)
    with data_folder("v14") as folder:
        result = asyncio.run(measure(folder, given.companies, given.rounds))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
