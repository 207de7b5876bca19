"""The main job, told in three scenes: a burst and its one answer, an answer cancelled, a human on the phone."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cli.demo.client import INSTANCE, Legion, until

ANSWER_S: Final = 60.0
"""Window (4 s), AI and typing of three chunks stay well below; a real model may think."""

Tell = Callable[[str], None]
Sim = Callable[[str, dict[str, Any]], Awaitable[None]]
"""(path of the simulator's control API, body)."""

BURST: Final = ("Oi, boa tarde!", "vi o anúncio de vocês sobre clareamento", "quanto custa? tem horário essa semana?")
MORE: Final = ("E vocês atendem criança também?", "é para a minha filha", "ela tem 9 anos")
FOURTH: Final = "esqueci de dizer: teria que ser no sábado"
PHONE_REPLY: Final = "Oi! Aqui é a Júlia, da recepção. Pode deixar que eu sigo com você."


@dataclass(slots=True)
class Story:
    """One lead's scenes. phone: fresh each time, so that a second start tells the story of a new lead."""

    legion: Legion
    sim: Sim
    tell: Tell
    phone: str = field(default_factory=lambda: f"55119{secrets.randbelow(90_000_000) + 10_000_000}")
    conversation: str = ""
    told: set[str] = field(default_factory=set)

    async def burst(self) -> None:
        """Three messages in four seconds, one considered answer, receipts."""
        self.tell("a lead writes three WhatsApp messages in four seconds …")
        for text in BURST:
            await self._lead(text)
            await asyncio.sleep(1.3)
        self.conversation = await until("the conversation", self._find, ANSWER_S)
        await until("the answer and its receipts", self._answered(replies=1), ANSWER_S)

    async def cancelled(self) -> None:
        """A fourth message while the reply is in the making cancels it; one considered reply to all four."""
        self.tell("three more, and a fourth while the answer is in the making …")
        for text in MORE:
            await self._lead(text)
            await asyncio.sleep(0.5)
        await until("a reply in the making", self._making, ANSWER_S)
        await self._lead(FOURTH)
        await until("one answer to all four", self._answered(replies=2), ANSWER_S)

    async def silenced(self) -> None:
        """Somebody answers by hand on the phone: the Centurion is silent."""
        self.tell("somebody answers by hand on the phone …")
        await self.sim("/_sim/owner", {"instance": INSTANCE, "phone": self.phone, "text": PHONE_REPLY})
        await until("the floor to be people's", self._human, ANSWER_S)
        self.tell("  the floor is people's: the Centurion is silent until it is given back")

    async def _lead(self, text: str) -> None:
        self.tell(f"  lead: {text}")
        await self.sim("/_sim/lead", {"instance": INSTANCE, "phone": self.phone, "text": text, "name": "Marina"})

    async def _find(self) -> str | None:
        mine = await self.legion.conversation(self.phone)
        return mine["id"] if mine else None

    async def _state(self) -> Any:
        return await self.legion.get(f"/v1/conversations/{self.conversation}")

    async def _making(self) -> bool:
        return bool((await self._state())["reply_state"] == "making")

    async def _human(self) -> bool:
        return bool((await self._state())["floor"] == "human")

    def _answered(self, *, replies: int) -> Callable[[], Awaitable[bool]]:
        """Tells each chunk as it goes out; true once so many replies went out whole and have their receipts."""

        async def ask() -> bool:
            state = await self._state()
            page = await self.legion.get(f"/v1/conversations/{self.conversation}/timeline", limit=100)
            out = [m for m in reversed(page["items"]) if m["direction"] == "out" and m["state"] != "cancelled"]
            for chunk in out:
                if chunk["state"] == "sent" and chunk["id"] not in self.told:
                    self.told.add(chunk["id"])
                    self.tell(f"  Aurora: {chunk['text']}")
            done = all(m["state"] == "sent" and m["receipt"] in {"delivered", "read"} for m in out)
            whole = {m["reply_id"] for m in out}
            if len(whole) < replies or not done or state["turn_id"] or state["reply_id"]:
                return False
            self.tell(f"  receipts: {', '.join(m['receipt'] for m in out[-3:])}")
            return True

        return ask
