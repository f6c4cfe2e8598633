"""Network interfaces are Lambda's, not the code's: which grants deny them to the code of the functions with their role.

Lambda makes and removes the interfaces of a function in a VPC with the function's role, so its code could do that with
every interface of the account. A Deny stands only on a role whose permissions the template shows whole, and that does
nothing with interfaces itself: elsewhere it could stop code that works.

Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
"""

from __future__ import annotations

from collections.abc import Sequence

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.existing_function import asks_for_no_vpc
from lambda_bedrock_profile.stack.link import Surroundings
from lambda_bedrock_profile.stack.plan import Grant, function_for
from lambda_bedrock_profile.stack.policy import INTERFACE_ACTIONS
from lambda_bedrock_profile.template.intrinsics import Scope


def interface_keepers(grants: Sequence[Grant], around: Surroundings, report: Report) -> frozenset[str]:
    """The declarations whose grants carry the Deny, by id; information on each role that cannot have it.

    One grant carries it for a role: the one that makes the role, or the first that is there always. If all of them are
    under conditions, each does.
    """
    on_role: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.function is not None:
            on_role.setdefault(grant.role.key, []).append(grant)
    keepers: list[Grant] = []
    for together in on_role.values():
        if not any(_in_vpc(grant, around) for grant in together):
            continue
        together.sort(key=lambda grant: (not grant.makes_role, grant.condition or "", grant.logical_id))
        inside = [grant for grant in together if _in_vpc(grant, around)]
        first = next((grant for grant in together if grant.makes_role or grant.condition is None), None)
        if reason := _left_open(inside[0], around.scope):
            _report(inside[0], reason, report)
        else:
            keepers += inside if first is None else [first]
    return frozenset(grant.logical_id for grant in keepers)


def _in_vpc(grant: Grant, around: Surroundings) -> bool:
    """Whether the function is in a VPC, by a declaration or by what is written of it."""
    if grant.network is not None or function_for(grant).vpc is not None:
        return True
    return not asks_for_no_vpc(function_for(grant).id, around.declarations, around.template)


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


def _report(grant: Grant, reason: str, report: Report) -> None:
    properties = grant.declaration.properties
    names = ["ExistingLambdaObj"] if "ExistingLambdaObj" in properties else ["LambdaFunctionProps"]
    if "Role" in grant.function_props:
        names.append("Role")
    elif "RoleProps" in properties:
        names = ["RoleProps"]
    report.of(grant.logical_id, "Properties", *names).information(
        "interfaces",
        f"the code of {function_for(grant).id} may make and remove network interfaces of the account as Lambda does "
        f"for it: {reason}",
        "Deny these actions to calls that carry lambda:SourceFunctionArn, as docs/security.md shows, or ignore this "
        "rule here (Metadata)",
    )
