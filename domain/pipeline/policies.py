"""What may stand in a pipeline."""

from __future__ import annotations

import re
from typing import Final

from domain.holding.policies import COLOR, name_fault
from domain.kernel.errors import Refused
from domain.pipeline.settings import Layout, OnSignature, Reason, Requirement, Stage

MAX_PIPELINES: Final = 50
"""Of one company, at a time: its pipelines are one stream, loaded whole for each change of one of them."""

MAX_STAGES: Final = 30
"""Of one pipeline: a board of more columns is read by nobody."""

MAX_REASONS: Final = 50
"""Of one outcome: who closes a deal chooses one from the list."""

MAX_REQUIRED: Final = 30
"""Of one stage: who moves a deal there has to know them all."""

REQUIREMENT: Final = "|".join((*Requirement, "fact:[a-z0-9_]{1,40}"))
"""Of one thing that a stage requires, as a regular expression."""


def check(layout: Layout) -> None:
    """What can be said without knowing any other pipeline. Raises Refused with the field, as `stages.0.colour`.

    Refused: invalid_name, no_stages, too_many_stages, too_many_reasons, stage_twice, reason_twice, invalid_colour,
    invalid_probability, invalid_requirement, unknown_stage, unknown_reason, reason_missing, rule_empty.
    """
    if fault := name_fault(layout.name):
        raise Refused(fault, "name")
    if not layout.stages:
        raise Refused("no_stages", "stages")
    if len(layout.stages) > MAX_STAGES:
        raise Refused("too_many_stages", "stages")
    for place, stage in enumerate(layout.stages):
        if wrong := _stage_fault(stage):
            code, at = wrong
            raise Refused(code, f"stages.{place}.{at}")
    _check_once("stage_twice", "stages", [stage.id for stage in layout.stages], [stage.name for stage in layout.stages])
    _check_reasons("won_reasons", layout.won_reasons)
    _check_reasons("lost_reasons", layout.lost_reasons)
    if layout.on_signature is not None:
        _check_rule(layout.on_signature, layout)


def _check_rule(rule: OnSignature, layout: Layout) -> None:
    """It names what the pipeline has, and does something."""
    reasons = [reason.id for reason in layout.won_reasons]
    if rule.stage is None and not rule.wins:
        raise Refused("rule_empty", "on_signature")
    if rule.stage is not None and rule.stage not in [stage.id for stage in layout.stages]:
        raise Refused("unknown_stage", "on_signature.stage")
    if rule.reason is not None and (not rule.wins or rule.reason not in reasons):
        raise Refused("unknown_reason", "on_signature.reason")
    if rule.wins and rule.reason is None and reasons:
        raise Refused("reason_missing", "on_signature.reason")


def _stage_fault(stage: Stage) -> tuple[str, str] | None:
    """The first thing that is wrong: (code, field)."""
    if name_fault(stage.name):
        return "invalid_name", "name"
    if not COLOR.fullmatch(stage.colour):
        return "invalid_colour", "colour"
    if not 0 <= stage.probability <= 100:
        return "invalid_probability", "probability"
    known = all(re.fullmatch(REQUIREMENT, each) for each in stage.requires)
    if not known or len(set(stage.requires)) < len(stage.requires) or len(stage.requires) > MAX_REQUIRED:
        return "invalid_requirement", "requires"
    return None


def _check_reasons(of: str, reasons: tuple[Reason, ...]) -> None:
    if len(reasons) > MAX_REASONS:
        raise Refused("too_many_reasons", of)
    for place, reason in enumerate(reasons):
        if name_fault(reason.label):
            raise Refused("invalid_name", f"{of}.{place}.label")
    _check_once("reason_twice", of, [reason.id for reason in reasons], [reason.label for reason in reasons])


def _check_once(code: str, of: str, ids: list[str], names: list[str]) -> None:
    """Neither an id nor what people call it stands there twice; capitals make no difference."""
    for each in (ids, [name.casefold() for name in names]):
        if len(set(each)) < len(each):
            raise Refused(code, of)
