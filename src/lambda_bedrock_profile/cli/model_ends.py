"""When the models of declarations end, as of a day that the command line is given or takes from the clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.stages import Stage, check_end, stage
from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.stack.plan import Grant


@dataclass(frozen=True, slots=True)
class Clock:
    """The day to judge by, and the day before which no model may end; both ``2026-11-26``, the latter maybe empty."""

    on: str
    fail_before: str = ""


def stage_of(grant: Grant, on: str) -> Stage:
    """Where the model of ``grant`` is in its life cycle on the day ``on``."""
    route = grant.route
    return stage(Catalog.bundled(), route.model, route.source, route.geography, on)


def model_ends(grants: Iterable[Grant], clock: Clock) -> tuple[Diagnostic, ...]:
    """An error for each model that has ended, and a warning for each that will soon; the macro expands both."""
    report = Report()
    for grant in grants:
        place = report.of(grant.logical_id, "Properties", "BedrockModelId")
        check_end(stage_of(grant, clock.on), grant.route.model, place, clock.fail_before)
    return report.all
