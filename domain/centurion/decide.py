"""Which Centurions a company has, and what they are made of."""

from __future__ import annotations

from domain.centurion import commands as cec
from domain.centurion import events as ce
from domain.centurion.aggregate import Centurion
from domain.centurion.policies import check
from domain.kernel.company import check_company_journey
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def create_centurion(journey: Journey, command: cec.CreateCenturion) -> None:
    """Refused: wrong_journey, settings_out_of_range, centurion_exists."""
    check_company_journey(journey)
    check(command.settings)
    centurion = journey.get(Centurion, command.centurion)
    if centurion.exists:
        raise Refused("centurion_exists")
    journey.record(centurion, ce.CenturionCreated, centurion=command.centurion, settings=command.settings)


def publish_centurion_version(journey: Journey, command: cec.PublishCenturionVersion) -> None:
    """Refused: wrong_journey, settings_out_of_range, unknown_centurion, settings_unchanged."""
    centurion = known_centurion(journey, command.centurion)
    check(command.settings)
    if centurion.settings == command.settings:
        raise Refused("settings_unchanged")
    journey.record(
        centurion,
        ce.CenturionVersionPublished,
        centurion=command.centurion,
        number=centurion.number + 1,
        settings=command.settings,
    )


def pause_centurion(journey: Journey, command: cec.PauseCenturion) -> None:
    """Refused: wrong_journey, unknown_centurion, already_paused."""
    centurion = known_centurion(journey, command.centurion)
    if centurion.paused:
        raise Refused("already_paused")
    journey.record(centurion, ce.CenturionPaused, centurion=command.centurion)


def resume_centurion(journey: Journey, command: cec.ResumeCenturion) -> None:
    """Refused: wrong_journey, unknown_centurion, not_paused."""
    centurion = known_centurion(journey, command.centurion)
    if not centurion.paused:
        raise Refused("not_paused")
    journey.record(centurion, ce.CenturionResumed, centurion=command.centurion)


def known_centurion(journey: Journey, id_: str) -> Centurion:
    """Refused: wrong_journey, unknown_centurion."""
    check_company_journey(journey)
    centurion = journey.get(Centurion, id_)
    if not centurion.exists:
        raise Refused("unknown_centurion")
    return centurion
