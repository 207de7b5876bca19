"""Day keys age by the database's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eventlog.topics import TRANSIENT_DAYS
from proof.ground.world import Places
from streams.aging import Aging
from vault.daykeys import DayKeyGone
from vault.db import open_vault
from vault.migrate import migrate

pytestmark = pytest.mark.stack


async def test_a_key_lives_as_long_as_its_bodies_and_no_longer(places: Places) -> None:
    await migrate(places.vault_dsn)
    async with open_vault(places.vault_dsn, places.keys) as vault:
        today = await vault.daykeys.today()
        assert abs(today - datetime.now(UTC).date()) <= timedelta(days=1)
        kept, gone = today - timedelta(days=TRANSIENT_DAYS), today - timedelta(days=TRANSIENT_DAYS + 1)
        for day in (today, kept, gone):
            await vault.daykeys.get_or_create(day)
        await Aging(vault).once()
        for day in (today, kept):
            await vault.daykeys.open(day.isoformat())
        with pytest.raises(DayKeyGone):
            await vault.daykeys.open(gone.isoformat())
        await Aging(vault, ahead=timedelta(days=TRANSIENT_DAYS + 1)).once()  # the control: a clock that is believed
        with pytest.raises(DayKeyGone):
            await vault.daykeys.open(today.isoformat())
