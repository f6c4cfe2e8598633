"""What waits for a network, and so cannot be waited for by it.

A mount target in a generated subnet waits for the subnet. The DependsOn of a declaration holds for all that it expands
to, so one on that mount target would be a circular dependency: such a DependsOn is for the function alone. The same
question decides whether the network can wait for a policy on the function's role.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.names import owners_and_parts
from lambda_bedrock_profile.stack.existing_function import properties_with_globals
from lambda_bedrock_profile.stack.link import Function
from lambda_bedrock_profile.template.references import depends_on, targets_of
from lambda_bedrock_profile.values import Expression, Json

_ALONE: Final = (names.ROLE, names.POLICY, names.LOG_GROUP, *names.PROFILES, names.MODEL_ACCESS, names.NETWORK_POLICY)
"""The parts of a declaration that are no part of its network."""

_MAKE_A_ROLE: Final = (
    "AssumeRolePolicyDocument",
    "DeadLetterQueue",
    "EventInvokeConfig",
    "Events",
    "PermissionsBoundary",
    "Policies",
    "RolePath",
    "Tags",
)
"""The properties of a serverless function that go into the role which AWS SAM makes (aws-sam-translator 1.115.0)."""


class NetworkOrder(NamedTuple):
    """The network that ``declaration`` asks for, of the key ``key``, in a template without references to declarations.

    Every branch of Fn::If counts: what waits under a condition waits.
    """

    declaration: Declaration
    key: str
    declarations: Mapping[str, Declaration]
    resources: Mapping[str, Json]

    @property
    def late(self) -> tuple[str, ...]:
        """The ids in the declaration's DependsOn that wait for the network."""
        return tuple(name for name in depends_on(self.declaration.attributes) if self._leads_here([name]))

    def of_role(self, function: Function, template: Mapping[str, Json]) -> bool:
        """Whether the role of a function of ``template``, or what is in the role, waits for the network."""
        starts = [*targets_of(function.role.name), *targets_of(function.role_arn)]
        resource = self.resources.get(function.id)
        if isinstance(resource, dict) and not function.declared and not {*starts} <= self.resources.keys():
            properties = properties_with_globals(function.id, template)
            starts += targets_of({name: properties[name] for name in _MAKE_A_ROLE if name in properties})
        return self._leads_here(starts)

    def _leads_here(self, starts: Iterable[str]) -> bool:
        here = self.declaration.logical_id

        def inside(_: str, parts: list[tuple[str, str]]) -> bool:
            return any(owner in (here, self.key) and part not in _ALONE for owner, part in parts)

        return leads_to(inside, starts, {here}, {*self.declarations, self.key}, self.resources)


def leads_to(
    goal: Callable[[str, list[tuple[str, str]]], bool],
    starts: Iterable[str],
    passed: Iterable[str],
    owners: Collection[str],
    resources: Mapping[str, Json],
) -> bool:
    """Whether one of ``starts``, or what it waits for, is a ``goal``: asked with a logical id and whose part it can be.

    ``owners`` are the declarations and the keys of VPCs, of which there are parts that are no resources yet. What is
    ``passed`` is not followed.
    """
    waiting, seen = [*starts], {*passed}
    while waiting:
        name = waiting.pop()
        parts = [] if name in resources else owners_and_parts(name, owners)
        if goal(name, parts):
            return True
        if name not in seen:
            seen.add(name)
            waiting += _waits_for(resources[name]) if name in resources else [owner for owner, _ in parts]
    return False


def _waits_for(resource: Expression) -> list[str]:
    if not isinstance(resource, dict):
        return []
    return [*(name for name in depends_on(resource) if isinstance(name, str)), *targets_of(resource.get("Properties"))]
