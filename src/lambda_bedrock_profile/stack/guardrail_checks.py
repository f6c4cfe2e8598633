"""What an enforced guardrail does to other calls of the same role.

The Deny of ``Enforce`` stands in the role, so it is about every call of the model with that role, whichever declaration
or function makes it. Source: Amazon Bedrock User Guide, "Enforce the use of specific guardrails", considerations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.template.resources import Resources, properties

_WITHOUT_GUARDRAIL: Final = ("bedrock:InvokeAgent", "bedrock:InvokeInlineAgent", "bedrock:RetrieveAndGenerate")
"""Actions behind which Bedrock calls models with the role of the caller, some of these calls without a guardrail."""


def check_guardrails(grants: Sequence[Grant], resources: Resources, scope: Scope, report: Report) -> None:
    """Report calls that an enforced guardrail of the same role would stop; ``resources`` are those of the template."""
    by_role: dict[str, list[Grant]] = {}
    for grant in grants:
        by_role.setdefault(grant.role.key, []).append(grant)
    for members in by_role.values():
        for grant in members:
            if grant.guardrail is not None and grant.guardrail.enforced:
                _check_others(grant, members, scope, report)
                _check_actions(grant, scope, report)
                _check_trust(grant, resources, report)


def _check_others(grant: Grant, members: Sequence[Grant], scope: Scope, report: Report) -> None:
    """Other declarations of the role that call the same model without this guardrail."""
    enforced = grant.guardrail
    for other in members:
        guarded = other.guardrail
        agrees = guarded is not None and enforced is not None and guarded.key_value == enforced.key_value
        same = other.route.model == grant.route.model and not {*other.route.regions}.isdisjoint(grant.route.regions)
        if other is grant or agrees or not same or not _together(grant, other, scope):
            continue
        # Two that enforce different guardrails are one error.
        if guarded is not None and guarded.enforced and other.logical_id < grant.logical_id:
            continue
        what = (
            f"calls the model of {grant.logical_id} with the same role, and that one enforces another guardrail, so "
            "that each call of this one would be denied"
        )
        shared = grant.function is not None and other.function is not None and grant.function.id == other.function.id
        names = ', with "" as the names of its variables, which the function has already' if shared else ""
        fix = f"Write the Guardrail of {grant.logical_id} here, too{names}; or give the two roles of their own"
        place = report.of(other.logical_id, "Properties", *(["Guardrail"] if guarded is not None else []))
        place.error("property", what, fix)


def _together(one: Grant, other: Grant, scope: Scope) -> bool:
    """Whether both may be deployed at once."""
    return all(grant.condition is None or condition(grant.condition, scope) is not False for grant in (one, other))


def _check_actions(grant: Grant, scope: Scope, report: Report) -> None:
    """Actions of the role behind which Bedrock makes calls that have no guardrail."""
    statements = grant.permissions.of_bedrock
    if any(statement.allows(_WITHOUT_GUARDRAIL, scope) for statement in statements):
        report.of(grant.logical_id, "Properties", "Guardrail", "Enforce").warning(
            "guardrail",
            "is set for a role that may call agents or knowledge bases, and some of the calls which Bedrock makes for "
            "these carry no guardrail, so that they are denied",
            "Give what calls agents and knowledge bases a role of its own, or remove Enforce",
        )


def _check_trust(grant: Grant, resources: Resources, report: Report) -> None:
    """A role of the template that Bedrock assumes: a record of a batch job, for one, has no guardrail to name."""
    trust = properties(resources, grant.role.key).get("AssumeRolePolicyDocument")
    if _BEDROCK in json.dumps(trust, default=str):
        report.of(grant.logical_id, "Properties", "Guardrail", "Enforce").warning(
            "guardrail",
            f"is set for {grant.role.key}, which Bedrock itself assumes, for batch jobs or agents, and calls of these "
            "without the guardrail are denied",
            "Remove Enforce, and name the guardrail in the agent; a batch job takes none",
        )


_BEDROCK: Final = "bedrock.amazonaws.com"
