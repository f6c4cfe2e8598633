"""The Deny statements of a role: which grants carry one, and what else it would stop.

A Deny holds for every call with the role, whichever declaration or function makes it. There are two, and their
statements are in ``policy.py``:

* Network interfaces are Lambda's, not the code's. Lambda makes and removes the interfaces of a function in a VPC with
  the function's role, so its code could do that with every interface of the account. The Deny stands only on a role
  whose permissions the template shows whole, and that does nothing with interfaces itself: elsewhere it could stop code
  that works.
* An enforced guardrail: calls of the model without it are denied.

Sources: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC"; Amazon Bedrock User
Guide, "Enforce the use of specific guardrails", considerations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.existing_function import asks_for_no_vpc
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.plan import Grant, function_for
from lambda_bedrock_profile.stack.policy import INTERFACE_ACTIONS
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.template.resources import Resources, properties

_WITHOUT_GUARDRAIL: Final = ("bedrock:InvokeAgent", "bedrock:InvokeInlineAgent", "bedrock:RetrieveAndGenerate")
"""Actions behind which Bedrock calls models with the role of the caller, some of these calls without a guardrail."""
_BEDROCK: Final = "bedrock.amazonaws.com"


# Network interfaces


def interface_keepers(grants: Sequence[Grant], around: Surroundings, report: Report) -> frozenset[str]:
    """The declarations whose grants carry the Deny on network interfaces, by id.

    Each role that cannot have it is reported as information.

    One grant carries it for a role: the one that makes the role, or the first that is there always. If all of them are
    under conditions, each does.
    """
    on_role: dict[str, list[Grant]] = {}
    for grant in sorted(grants, key=lambda grant: (not grant.makes_role, grant.condition or "", grant.logical_id)):
        if grant.function is not None:
            on_role.setdefault(grant.role.key, []).append(grant)
    keepers: list[Grant] = []
    for together in on_role.values():
        inside = [grant for grant in together if _in_vpc(grant, around)]
        if not inside:
            continue
        first = next((grant for grant in together if grant.makes_role or grant.condition is None), None)
        if reason := _left_open(inside[0], around.scope):
            _report_left_open(inside[0], reason, report)
        else:
            keepers += inside if first is None else [first]
    return frozenset(grant.logical_id for grant in keepers)


def _in_vpc(grant: Grant, around: Surroundings) -> bool:
    """Whether the function is in a VPC, by a declaration or by what the user wrote of it."""
    function = function_for(grant)
    if grant.network is not None or function.vpc is not None:
        return True
    return not asks_for_no_vpc(function.id, around.declarations, around.template)


def _left_open(grant: Grant, scope: Scope) -> str | None:
    """Why the role gets no Deny; None if it gets one."""
    permissions = grant.permissions
    if not permissions.whole:
        return "the template does not show all of its role"
    if not permissions.only_for_lambda:
        return "its role has managed policies, and the template does not show what they allow"
    if any(statement.allows(INTERFACE_ACTIONS, scope) for statement in permissions.statements):
        return "the role allows that itself"
    return None


def _report_left_open(grant: Grant, reason: str, report: Report) -> None:
    asked = grant.declaration.properties
    names = ["ExistingLambdaObj"] if "ExistingLambdaObj" in asked else ["LambdaFunctionProps"]
    if "Role" in grant.function_props:
        names.append("Role")
    elif "RoleProps" in asked:
        names = ["RoleProps"]
    report.of(grant.logical_id, "Properties", *names).information(
        "interfaces",
        f"the code of {function_for(grant).id} may make and remove network interfaces of the account as Lambda does "
        f"for it: {reason}",
        "Deny these actions to calls that carry lambda:SourceFunctionArn, as docs/security.md shows, or ignore this "
        "rule here (Metadata)",
    )


# Enforced guardrails


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
