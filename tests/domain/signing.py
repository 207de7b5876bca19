"""The words that specs of contracts and templates are written in: the lead of talk.py, the deal of sales.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from domain.contract import commands as k
from domain.contract.aggregate import Contract
from domain.contract.parts import (
    AfterSigning,
    ContractState,
    Reach,
    SentHow,
    SignedFile,
    Signer,
    SignerLink,
    SignerRole,
    SignerSeen,
)
from domain.conversation.parts import Chunk
from domain.effect.commands import AbandonEffect
from domain.effect.kinds import EffectKind
from domain.kernel.ids import derived
from domain.kernel.sealed import Sealed
from domain.lead.aggregate import Lead
from domain.template import commands as tc
from domain.template.parts import TemplateVariable, Text
from tests.domain import sales
from tests.domain.sales import DEAL, IN_TALK
from tests.domain.spec import COMPANY, START, Step, World
from tests.domain.talk import IDS, LEAD, message

CONTRACT: Final = derived("contract")
DOCUMENT: Final = "d" * 50
TEMPLATE: Final = derived("template")
NAMES: Final[dict[str, Any]] = {"lead": LEAD, "contract": CONTRACT}
DEADLINE: Final = START + timedelta(days=30)
FILE: Final = SignedFile(file="f", sha256="ab" * 32, size=3)
WINS: Final = AfterSigning(place=None, wins=True, reason="price")


def contract(world: World) -> Contract:
    return world.stream(Contract, CONTRACT)


def signer(name: str, reach: Reach = Reach.EMAIL, role: SignerRole = SignerRole.SIGN) -> Signer:
    return Signer(signer=name, role=role, reach=reach, contact=Sealed(name.encode()))


CLIENT: Final = signer("client", Reach.CHANNEL)
US: Final = signer("us")


def draft(**changed: Any) -> k.DraftContract:
    fields: dict[str, Any] = {
        **NAMES,
        "deal": DEAL,
        "template": TEMPLATE,
        "template_version": 1,
        "values": Sealed(b"values"),
        "locale": "pt-BR",
        "signers": (CLIENT, US),
        "ordered": False,
        "deadline_at": DEADLINE,
        "reminder": None,
        "sandbox": False,
    }
    return k.DraftContract(**{**fields, **changed})


SEND: Final = k.SendContract(**NAMES, deal=DEAL)
CANCEL: Final = k.CancelContract(**NAMES)
SEARCH: Final = k.SettleContract(**NAMES, never_made=False, document=None)
NEVER_MADE: Final = k.SettleContract(**NAMES, never_made=True, document=None)
CANCELLED: Final = k.RecordContractCancelled(**NAMES)
CANCEL_REFUSED: Final = k.RecordContractCancelRefused(**NAMES, code="signed_already")
NO_LINK: Final = k.RecordContractLinkNotSent(**NAMES, code="no_conversation")


def attempt(claim: str = "k1", **changed: Any) -> k.AttemptContract:
    return k.AttemptContract(**{**NAMES, "claim": claim, "timeout_ms": 60_000, **changed})


def not_called(claim: str = "k1") -> k.RecordContractNotCalled:
    return k.RecordContractNotCalled(**NAMES, claim=claim, retry_ms=1_000)


def rejected(claim: str = "k1", retry_ms: int = 60_000) -> k.RecordContractRejected:
    return k.RecordContractRejected(**NAMES, claim=claim, code="rate_limited", retry_ms=retry_ms)


def failed(claim: str = "k1") -> k.RecordContractFailed:
    return k.RecordContractFailed(**NAMES, claim=claim, code="credentials_refused")


def unknown(claim: str = "k1") -> k.RecordContractUnknown:
    return k.RecordContractUnknown(**NAMES, claim=claim)


def sent(claim: str = "k1", document: str = DOCUMENT, how: SentHow = SentHow.ANSWER) -> k.RecordContractSent:
    links = (SignerLink(signer="client", link=Sealed(b"link")),)
    return k.RecordContractSent(**NAMES, claim=claim, document=document, how=how, links=links)


def hint(name: str = "h1", document: str = DOCUMENT) -> k.HintContract:
    return k.HintContract(**NAMES, document=document, hint=derived(name), kind="signature.accepted")


def seen(
    name: str, *, viewed: datetime | None = None, signed: datetime | None = None, refused: datetime | None = None
) -> SignerSeen:
    reason = Sealed(b"too dear") if refused else None
    return SignerSeen(signer=name, viewed_at=viewed, signed_at=signed, refused_at=refused, reason=reason)


def state(*signers: SignerSeen, check: str | None = None, **changed: Any) -> Step:
    """check: None for the one that is due."""
    fields: dict[str, Any] = {"passed": False, "gone": False, "file": None, "after": None, **changed}
    return lambda world: k.RecordContractState(
        **NAMES, deal=DEAL, check=check or contract(world).check or "none", signers=signers, **fields
    )


def all_signed(after: AfterSigning | None = WINS) -> Step:
    return state(*(seen(name, viewed=START, signed=START) for name in ("client", "us")), file=FILE, after=after)


def resend(name: str = "us") -> k.ResendContract:
    return k.ResendContract(**NAMES, signer=name)


def resent(name: str = "us", code: str | None = None) -> k.RecordContractResent:
    return k.RecordContractResent(**NAMES, signer=name, code=code)


def say_link(notice: str = "n1") -> k.SayContractLink:
    chunk = Chunk(chunk=derived("chunk", notice), seq=0, text=Sealed(b"sign here"), tag=notice, typing_ms=10)
    return k.SayContractLink(
        **NAMES, conversation=IDS["conversation"], notice=derived("notice", notice), chunks=(chunk,)
    )


TALKED: Final[Sequence[Step]] = (message(handling=None), sales.hand_off(place=IN_TALK))
"""A lead whom people sell to, and nothing that the Centurion is at."""

DRAFTED: Final[Sequence[Step]] = (*TALKED, draft())
ATTEMPTED: Final[Sequence[Step]] = (*DRAFTED, SEND, attempt())
OUT: Final[Sequence[Step]] = (*ATTEMPTED, sent())


def text(**changed: Any) -> Text:
    variable = TemplateVariable(name="client", kind="text", label="Cliente", required=True)
    return Text(**{"name": "Curso", "body": "{}", "variables": (variable,), "signers": ("client",), **changed})


def create_template(**changed: Any) -> tc.CreateTemplate:
    return tc.CreateTemplate(template=TEMPLATE, company=COMPANY, text=text(**changed))


def publish_template(**changed: Any) -> tc.PublishTemplateVersion:
    return tc.PublishTemplateVersion(template=TEMPLATE, company=COMPANY, text=text(**changed))


RETIRE_TEMPLATE: Final = tc.RetireTemplate(template=TEMPLATE, company=COMPANY)


EFFECTS: Final = (
    EffectKind.CONTRACT,
    EffectKind.RESOLVE_CONTRACT,
    EffectKind.CHECK_CONTRACT,
    EffectKind.CANCEL_CONTRACT,
    EffectKind.RESEND_CONTRACT,
    EffectKind.CONTRACT_LINK,
)


def abandon(kind: EffectKind) -> AbandonEffect:
    return AbandonEffect(stream=f"contract-{CONTRACT}", kind=kind, key=CONTRACT, code="refused")


def check_rows(world: World) -> None:
    """What is open for the runners is what the contract waits for, and nothing else."""
    made, rows = contract(world), world.rows
    wanted: set[tuple[EffectKind, str]] = set()
    if not world.stream(Lead, LEAD).erased:
        if made.state is ContractState.SENDING:
            wanted.add((EffectKind.CONTRACT, "attempted" if made.attempted else "pending"))
        if made.attempted:
            wanted.add((EffectKind.RESOLVE_CONTRACT, "pending"))
        if made.live and made.check is not None:
            wanted.add((EffectKind.CHECK_CONTRACT, "pending"))
        if made.cancelling:
            wanted.add((EffectKind.CANCEL_CONTRACT, "pending"))
        if made.resending is not None:
            wanted.add((EffectKind.RESEND_CONTRACT, "pending"))
        if made.linking:
            wanted.add((EffectKind.CONTRACT_LINK, "pending"))
    assert {(row.kind, row.state) for kind in EFFECTS for row in rows.of(kind)} == wanted
    for row in rows.of(EffectKind.CHECK_CONTRACT):
        assert row.version == made.check
