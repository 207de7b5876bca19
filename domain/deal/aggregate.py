"""A deal: something that may be sold to a lead. Here it only evolves; the deciders stand beside."""

from __future__ import annotations

from domain.deal import events as d
from domain.deal.parts import DealItem, DealState, Money
from domain.effect import events as x
from domain.kernel.stream import Stream, evolves


class Deal(Stream):
    """lead: whose; "" before it is opened. briefing: the Centurion is to write a brief. activities: id → whether there
    is nothing left to do."""

    CATEGORY = "deal"

    def begin(self) -> None:
        self.lead = ""
        self.company = ""
        self.state = DealState.OPEN
        self.pipeline = ""
        self.stage = ""
        self.value: Money | None = None
        self.items: tuple[DealItem, ...] = ()
        self.briefing = False
        self.briefed = False
        self.activities: dict[str, bool] = {}

    @property
    def known(self) -> dict[str, bool]:
        """Of what stages may require of a deal."""
        return {"value": self.value is not None, "items": bool(self.items), "brief": self.briefed}

    @property
    def owner(self) -> str | None:
        return self.company or None

    @evolves(d.DealOpened)
    def _opened(self, event: d.DealOpened) -> None:
        self.lead, self.company = event.lead, event.company
        self.pipeline, self.stage, self.value = event.pipeline, event.stage, event.value
        self.briefing = True

    @evolves(d.DealMoved)
    def _moved(self, event: d.DealMoved) -> None:
        self.pipeline, self.stage = event.pipeline, event.stage

    @evolves(d.DealHeldBack)
    def _held_back(self, _event: d.DealHeldBack) -> None:
        """It stands where it stood."""

    @evolves(d.DealValued)
    def _valued(self, event: d.DealValued) -> None:
        self.value, self.items = event.value, event.items

    @evolves(d.DealWon)
    def _won(self, _event: d.DealWon) -> None:
        self.state, self.briefing = DealState.WON, False

    @evolves(d.DealLost)
    def _lost(self, _event: d.DealLost) -> None:
        self.state, self.briefing = DealState.LOST, False

    @evolves(d.DealReopened)
    def _reopened(self, _event: d.DealReopened) -> None:
        self.state = DealState.OPEN

    @evolves(d.DealWithdrawn)
    def _withdrawn(self, _event: d.DealWithdrawn) -> None:
        self.state, self.briefing = DealState.WITHDRAWN, False

    @evolves(d.DealBriefed)
    def _briefed(self, _event: d.DealBriefed) -> None:
        self.briefed, self.briefing = True, False

    @evolves(d.ActivityAdded)
    def _activity_added(self, event: d.ActivityAdded) -> None:
        self.activities[event.activity] = event.due_at is None

    @evolves(d.ActivityDone)
    def _activity_done(self, event: d.ActivityDone) -> None:
        self.activities[event.activity] = True

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """It opens one: the brief."""
        self.briefing = False
