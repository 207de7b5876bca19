"""Random histories of contracts and of the notices that say their links: see moves.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.contract import events as k
from domain.contract.parts import CancelledBy, Reach, Reminder, SentHow, Signer, SignerLink, SignerRole
from domain.conversation import events as c
from domain.conversation.parts import Chunk
from domain.kernel.event import Event
from proof.ground.histories import Story

CONTRACT_MOVES: Final[dict[str, Callable[[Story, int, int], list[Event]]]] = {
    "drafted": lambda story, n, s: [
        _contract(story, s, k.ContractDrafted, lead=story.lead, company=story.company, deal=story.id("deal", s),
                  template="t", template_version=n, values=story.sealed("contract.values", f'{{"n": {n}}}'),
                  locale="pt-BR", signers=(_signer(story, "client", Reach.CHANNEL), _signer(story, "us", Reach.EMAIL)),
                  ordered=n % 2 == 0, deadline_at=story.log.at, reminder=Reminder.DAILY, sandbox=n % 2 == 1)
    ],
    "send_asked": lambda story, _n, s: [_contract(story, s, k.ContractSendAsked)],
    "contract_attempted": lambda story, n, s: [
        _contract(story, s, k.ContractAttempted, claim=str(n), resolve_at=story.log.at)
    ],
    "contract_not_called": lambda story, n, s: [
        _contract(story, s, k.ContractNotCalled, claim=str(n), retry_at=story.log.at)
    ],
    "contract_put_off": lambda story, n, s: [
        _contract(story, s, k.ContractRejected, claim=str(n), code="rate_limited", retry_at=story.log.at)
    ],
    "contract_sent": lambda story, n, s: [
        _contract(story, s, k.ContractSent, claim=str(n), document=f"d{s}", how=SentHow.ANSWER, by_channel="client",
                  links=(SignerLink(signer="client", link=story.sealed("contract.link", "https://a.example/1")),),
                  check_at=story.log.at)
    ],
    "contract_failed": lambda story, n, s: [_contract(story, s, k.ContractFailed, claim=str(n), code="bad")],
    "contract_unknown": lambda story, n, s: [_contract(story, s, k.ContractOutcomeUnknown, claim=str(n))],
    "contract_searched": lambda story, n, s: [
        _contract(story, s, k.ContractSearchAsked, claim=str(n), document=f"d{s}" if n % 2 else None)
    ],
    "never_made": lambda story, n, s: [_contract(story, s, k.ContractNeverMade, claim=str(n))],
    "hinted": lambda story, n, s: [_contract(story, s, k.ContractHinted, hint=f"h{n}", kind="signature.viewed")],
    "checked": lambda story, n, s: [_contract(story, s, k.ContractChecked, next=f"c{n}", check_at=story.log.at)],
    "viewed": lambda story, n, s: [
        _contract(story, s, k.ContractViewed, signer="client", viewed_at=story.log.at, first=n % 2 == 0)
    ],
    "signer_signed": lambda story, _n, s: [
        _contract(story, s, k.ContractSignerSigned, signer="us", signed_at=story.log.at)
    ],
    "contract_signed": lambda story, n, s: [
        _contract(story, s, k.ContractSigned, deal=story.id("deal", s), file=f"f{n}", sha256="ab" * 32, size=n,
                  signed_at=story.log.at)
    ],
    "contract_refused": lambda story, _n, s: [
        _contract(story, s, k.ContractRefused, signer="client", refused_at=story.log.at,
                  reason=story.sealed("contract.refusal", "caro"))
    ],
    "contract_expired": lambda story, _n, s: [_contract(story, s, k.ContractExpired)],
    "cancel_asked": lambda story, _n, s: [_contract(story, s, k.ContractCancelAsked)],
    "cancel_refused": lambda story, n, s: [_contract(story, s, k.ContractCancelRefused, code="no", next=f"c{n}")],
    "contract_cancelled": lambda story, _n, s: [_contract(story, s, k.ContractCancelled, by=CancelledBy.US)],
    "resend_asked": lambda story, _n, s: [_contract(story, s, k.ContractResendAsked, signer="us")],
    "resent": lambda story, n, s: [
        _contract(story, s, k.ContractResent, signer="us", code="too_many" if n % 2 else None)
    ],
    "link_asked": lambda story, _n, s: [_contract(story, s, k.ContractLinkAsked)],
    "link_written": lambda story, n, s: [
        story.on(c.NoticeWritten, notice=story.id("notice", n),
                 chunks=(Chunk(chunk=story.chunk(n + 3, s), seq=0, text=story.sealed("message.text", "assine"),
                               tag="t", typing_ms=1),)),
        _contract(story, s, k.ContractLinkWritten, conversation=story.conversation, notice=story.id("notice", n)),
    ],
    "link_not_sent": lambda story, _n, s: [_contract(story, s, k.ContractLinkNotSent, code="opted_out")],
}  # fmt: skip


def refused_by(story: Story) -> None:
    """Something in every table and column that a contract fills."""
    for move in ("drafted", "contract_sent", "viewed", "contract_refused"):
        story.commit(*CONTRACT_MOVES[move](story, 1, 1))


def _contract(story: Story, number: int, cls: type[Event], **own: Any) -> Event:
    id_ = story.id("contract", number)
    return story.log.event(f"contract-{id_}", cls, contract=id_, **own)


def _signer(story: Story, name: str, reach: Reach) -> Signer:
    contact = story.sealed("contract.signer", f'{{"name": "{name}", "email": "{name}@example.com"}}')
    return Signer(signer=name, role=SignerRole.SIGN, reach=reach, contact=contact)
