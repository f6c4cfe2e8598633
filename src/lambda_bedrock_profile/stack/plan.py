"""The plan: what was decided for one declaration. Builders read it and decide nothing.

* ``Grant``: the declaration with its route, for the role of its function. It says what is added.
* ``Network``: the VPC that it asks for, as its function is in it.

What was decided for a VPC with the grants of several declarations is in ``vpc_plans.py``.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, cast

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import Route
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.properties import Properties
from lambda_bedrock_profile.declaration.rules import leaves_log_group_open
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.stack.alarms import Monitoring
from lambda_bedrock_profile.stack.endpoint_services import RequestedEndpoint
from lambda_bedrock_profile.stack.existing_vpc import VpcView
from lambda_bedrock_profile.stack.guardrails import Guardrail
from lambda_bedrock_profile.stack.link import Function
from lambda_bedrock_profile.stack.link_profiles import Profile
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.new_vpc import NewVpc
from lambda_bedrock_profile.stack.permissions import NOTHING, Permissions
from lambda_bedrock_profile.template.references import depends_on, get_att, referred
from lambda_bedrock_profile.values import Expression, Json

NFS: Final = 2049
"""The port of mount targets: Amazon EFS User Guide, "Using VPC security groups"."""


class Network(NamedTuple):
    """The network that one declaration asks for.

    ``key`` is that of the VPC. ``endpoints`` are those that the declaration asks for.
    ``security_groups`` are the function's own, one expression each, ``AWS::NoValue`` for one that a condition leaves
    out, and ``security_group_ids`` the expression of all of them; without any, one is generated. ``added_groups`` are
    what a new function gets besides, for ends of the user's. ``moves`` says that the declaration moves a function into
    the VPC which another one makes, or the template: ``stack/moved_function.py``. ``depends_on_policy`` says that its
    subnets and security group wait for the policy that such a function gets. ``late`` are the logical ids in DependsOn
    that wait for the network themselves, so that the function alone can wait for them. ``users_rules`` are the
    properties of the template's egress rules on the generated security group, and ``users_gateways`` the services of
    its gateway endpoints in a new VPC that need a rule there.
    """

    key: str
    vpc: VpcView
    endpoints: tuple[RequestedEndpoint, ...]
    new: NewVpc | None = None
    security_groups: tuple[Json, ...] = ()
    security_group_ids: Expression = None
    added_groups: tuple[Json, ...] = ()
    moves: bool = False
    depends_on_policy: bool = False
    late: tuple[str, ...] = ()
    users_rules: tuple[Mapping[str, Json], ...] = ()
    users_gateways: tuple[str, ...] = ()

    @property
    def has_nfs_rule(self) -> bool:
        """Whether the template lets the function out to file systems itself."""
        return any(str(rule.get("FromPort")) == str(NFS) for rule in self.users_rules)

    @property
    def services(self) -> tuple[str, ...]:
        """The endpoint services that the declaration asks for."""
        return tuple(endpoint.service for endpoint in self.endpoints)


class Grant(NamedTuple):
    """What a declaration adds to a role: a profile on a route, and what goes with it.

    ``profile`` may be that of another declaration, which then has its route, too. ``role`` is that of ``function``, or
    one that the declaration names in the place of a function, which is then None.
    ``condition`` is the name of the condition that all generated resources stand under. ``stand_in`` and ``verifier``
    are the service token of the provider: if it makes the profile in place of CloudFormation's own type, and if it
    verifies that the account can use the model. ``network`` is what the declaration itself asks for; its function can
    be in the VPC of another declaration all the same. ``permissions`` are what the template shows of its role besides.
    ``file_systems`` are the statements for the function's file systems, None if it has none.
    ``keeps_interfaces`` says that it denies the function's code what Lambda does with network interfaces.
    ``shared_policy`` is the logical id of the managed policy with the permissions, if the inline policies of the role
    are too long.
    ``profile_part`` is what the profile is of the declaration, one of ``names``.
    ``monitoring`` are the alarms on the profile, and ``guardrail`` is the guardrail of the calls, each None if the
    declaration asks for none.
    """

    declaration: Declaration
    route: Route
    profile: Profile
    role: Role
    function: Function | None
    condition: str | None = None
    stand_in: Expression = None
    verifier: Expression = None
    network: Network | None = None
    permissions: Permissions = NOTHING
    file_systems: tuple[Json, ...] | None = None
    keeps_interfaces: bool = False
    shared_policy: str | None = None
    profile_part: str = names.PROFILE
    monitoring: Monitoring | None = None
    guardrail: Guardrail | None = None

    @property
    def logical_id(self) -> str:
        """The logical id of the declaration."""
        return self.declaration.logical_id

    @property
    def makes_function(self) -> bool:
        """Whether the declaration makes its function."""
        return self.declaration.makes_function

    @property
    def makes_role(self) -> bool:
        """Whether the declaration makes the role, with its permissions in it."""
        return self.role.generated_by == self.declaration.logical_id

    def id(self, part: str, number: int | None = None) -> str:
        """The logical id of a generated resource; ``part`` is one of ``names``."""
        return generated_id(self.declaration.logical_id, part, number)

    @property
    def dependencies(self) -> list[str]:
        """What all that is generated depends on: the declaration's DependsOn, without what depends on it in turn.

        A function of the template depends on what is generated, and something may depend on the network.
        """
        dependents = {self.declaration.existing_function, *(self.network.late if self.network is not None else ())}
        return [name for name in depends_on(self.declaration.attributes) if name not in dependents]

    @property
    def policy_id(self) -> str:
        """The logical id of the policy with the permissions, unless they stand in the role."""
        return self.shared_policy or self.id(names.POLICY)

    @property
    def makes_profile(self) -> bool:
        """Whether the declaration makes the profile."""
        return self.profile.made and self.profile.owner == self.declaration.logical_id

    @property
    def main_id(self) -> str:
        """The logical id of the resource that stands for the declaration: the function, the profile or the policy."""
        if self.makes_function:
            return self.declaration.logical_id
        return self.id(self.profile_part) if self.makes_profile else self.policy_id

    @property
    def profile_id(self) -> str:
        """The logical id of the application inference profile that the declaration makes."""
        return self.id(self.profile_part)

    @property
    def profile_arn(self) -> Expression:
        """The ARN of the application inference profile, which may be that of another declaration."""
        return self.profile.arn

    @property
    def function_props(self) -> Properties:
        """The user's properties of a new function."""
        return self.declaration.props("LambdaFunctionProps")

    @property
    def makes_log_group(self) -> bool:
        """Whether a new function is left without a log group of the user's own, in one branch at least."""
        return leaves_log_group_open(self.function_props.expressions)

    @property
    def is_durable(self) -> bool:
        """Whether the declaration makes a durable function."""
        return self.function_props.value("DurableConfig") is not None

    @property
    def security_groups(self) -> tuple[Json, ...]:
        """The security groups of the function, in the network that the declaration asks for; or the generated one."""
        groups = self.network.security_groups if self.network is not None else ()
        return groups or (get_att(self.id(names.SECURITY_GROUP), "GroupId"),)


def network_of(grant: Grant) -> Network:
    """The network of a grant that asks for one, as those in ``VpcPlan.asking`` do."""
    return cast(Network, grant.network)


def function_for(grant: Grant) -> Function:
    """The function of a grant that has one: each does that makes one, has a network, or names a function."""
    return cast(Function, grant.function)


def group_key(group: Expression) -> str:
    """What all expressions of one security group have in common: the logical id, if they refer to one."""
    return referred(group, "GroupId") or json.dumps(group, sort_keys=True, default=str)


def numbered_groups(grant: Grant) -> dict[str, int]:
    """The number of each security group among those of the grant's function, from 1, by its key."""
    numbers: dict[str, int] = {}
    for number, group in enumerate(grant.security_groups, 1):
        numbers.setdefault(group_key(group), number)
    return numbers


def distinct(groups: Iterable[Json]) -> list[Json]:
    """``groups`` without those that are an earlier one, whether written alike or not."""
    result: dict[str, Json] = {}
    for group in groups:
        result.setdefault(group_key(group), group)
    return [*result.values()]
