"""The network that a declaration asks for: which VPC, which endpoints, which security groups, what waits for it.

A mount target in a generated subnet waits for the subnet. The DependsOn of a declaration holds for all that it expands
to, so one on that mount target would be a circular dependency: such a DependsOn is for the function alone. The same
question decides whether the network can wait for a policy on the function's role.

``moved_function.py`` reports what is wrong between that network and the function.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owners_and_parts
from lambda_bedrock_profile.stack.endpoint_services import (
    check_endpoints,
    check_gateways,
    check_services,
    gateways_of_the_template,
    requested_endpoints,
)
from lambda_bedrock_profile.stack.existing_function import properties_with_globals, vpc_config
from lambda_bedrock_profile.stack.existing_vpc import VpcView, existing_vpc, fits, ruled_groups, security_groups
from lambda_bedrock_profile.stack.link import Function, Surroundings
from lambda_bedrock_profile.stack.moved_function import check_function, is_moved, vpc_property
from lambda_bedrock_profile.stack.new_vpc import NewVpc, new_vpc, zones_of
from lambda_bedrock_profile.stack.plan import Network
from lambda_bedrock_profile.template.branches import taken_branch, taken_path
from lambda_bedrock_profile.template.intrinsics import Scope, function_of, known
from lambda_bedrock_profile.template.references import depends_on, get_att, ref, referred, refs, targets_of
from lambda_bedrock_profile.template.resources import VPC, is_a, of_type
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


def networks(
    functions: Mapping[str, Function], conditions: Mapping[str, str | None], around: Surroundings, report: Report
) -> dict[str, Network]:
    """The network of each declaration that asks for one; an error for each that cannot be had.

    ``functions`` and ``conditions`` are those of each declaration, by its id.
    """
    result: dict[str, Network] = {}
    if not around.links.named and not any(
        "InterfaceEndpoints" in item.properties for item in around.declarations.values()
    ):
        return result
    # A declaration of a function that another one makes has the security groups of that one, so it comes after it.
    for logical_id in sorted(functions, key=lambda name: functions[name].declared and functions[name].id != name):
        declaration, function = around.declarations[logical_id], functions[logical_id]
        if logical_id in around.links.named:
            owner = result.get(function.id) if function.id != logical_id else None
            network = _network(declaration, function, conditions[logical_id], owner, around, report)
            if network is not None:
                result[logical_id] = network
        elif "InterfaceEndpoints" in declaration.properties and not _asks_elsewhere(declaration):
            report.of(logical_id, "Properties", "InterfaceEndpoints").error(
                "property",
                "has no effect, since the declaration asks for no VPC",
                "Add DeployVpc: true or ExistingVpc, or remove InterfaceEndpoints",
            )
    return result


def _asks_elsewhere(declaration: Declaration) -> bool:
    """Whether a parameter or a condition may ask for a VPC in another stack."""
    return not {"DeployVpc", "ExistingVpc"}.isdisjoint(declaration.properties.expressions)


def _network(
    declaration: Declaration,
    function: Function,
    condition_name: str | None,
    owner: Network | None,
    around: Surroundings,
    report: Report,
) -> Network | None:
    """The network of one declaration; ``owner`` is that of the other declaration which makes its function."""
    logical_id, links, scope = declaration.logical_id, around.links, around.scope
    named = links.named[logical_id]
    moves = is_moved(declaration, function, around)
    view, new = _vpc(declaration, condition_name, around, report)
    groups = _groups(declaration, function, owner, moves, around, report)
    added = _added_groups(declaration, scope, report)
    check_services(declaration, around.context.region, report)
    provider, region = around.context.service_token, around.context.region
    source = around.declarations.get(named.source)
    check_gateways(declaration, source is not None and source.deploy_vpc, provider, region, report)
    if named.key is not None and (declaration.deploy_vpc or view is not None or is_a(around.resources, named.key, VPC)):
        check_function(declaration, function, named.key, around, report)
        check_endpoints(declaration, named.key, around, report)
    if named.key is None or view is None or groups is None or added is None:
        return None
    users_rules = _rules_of_the_template(generated_id(logical_id, names.SECURITY_GROUP), around.resources)
    order = _NetworkOrder(declaration, named.key, around.declarations, around.resources)
    if moves and not groups[0]:
        _report_closed(declaration, function, report)
    return Network(
        named.key,
        view,
        requested_endpoints(declaration, scope),
        new,
        *groups,
        added,
        moves,
        moves and not order.of_role(function, around.template),
        order.late,
        users_rules,
        _gateways_to_let_out_to(declaration, users_rules, around, report) if declaration.deploy_vpc else (),
    )


def _gateways_to_let_out_to(
    declaration: Declaration, users_rules: Sequence[Mapping[str, Json]], around: Surroundings, report: Report
) -> tuple[str, ...]:
    """The template's gateway endpoints in the new VPC that need a rule: none, if it lets the function out by itself."""
    if any("DestinationPrefixListId" in rule for rule in users_rules):
        return ()
    services = gateways_of_the_template(declaration.logical_id, around.resources, around.context.region, around.scope)
    if services and around.context.service_token is None:
        what = (
            f"the new VPC has a gateway endpoint to {' and '.join(services)}, and without the provider the generated "
            "security group does not let the function out to it"
        )
        fix = "Deploy the macro's stack with its provider, or add an AWS::EC2::SecurityGroupEgress to the prefix list"
        report.of(declaration.logical_id, "Properties", "DeployVpc").information("closed", what, fix)
    return services


def _rules_of_the_template(group: str, resources: Mapping[str, Json]) -> tuple[Mapping[str, Json], ...]:
    """The egress rules that the template adds to a generated security group."""
    rules = of_type(resources, "AWS::EC2::SecurityGroupEgress")
    return tuple(rule for _, rule in rules if referred(rule.get("GroupId"), "GroupId") == group)


def _report_closed(declaration: Declaration, function: Function, report: Report) -> None:
    """Say what else a function can no longer reach, once it is in the VPC with the generated security group."""
    report.of(declaration.logical_id, "Properties", vpc_property(declaration)).information(
        "closed",
        f"{function.id} is moved into a VPC, and can reach the endpoints there and nothing else: no other service and "
        "not the internet",
        "List the other services that it calls in InterfaceEndpoints, and ignore this rule here (Metadata)",
    )


# The VPC


def _vpc(
    declaration: Declaration, condition_name: str | None, around: Surroundings, report: Report
) -> tuple[VpcView | None, NewVpc | None]:
    """The VPC as the declaration sees it, and what is to be made; the view is None if there is an error."""
    named = around.links.named[declaration.logical_id]
    place = _place(declaration, around.scope, report)
    if declaration.deploy_vpc:
        new = new_vpc(declaration, around.context, report.of(declaration.logical_id, "Properties", "VpcProps"))
        return (None if new is None else view_of_new(declaration)), new
    source = around.declarations.get(named.source)
    if source is None:
        return None, None  # Its own errors are reported, and this one follows from them.
    if named.key is None:
        other = _named_in(declaration, around.scope)
        what = f"{other} is in no VPC that this macro knows"
        place.error("property", what, f"Add DeployVpc: true or ExistingVpc to {other}, or name a VPC")
        return None, None
    if source.deploy_vpc:
        return view_of_new(source), None
    vpc = around.links.vpcs.get(named.key)
    in_stack = is_a(around.resources, named.key, VPC) or (vpc is not None and vpc.made)
    value = taken_branch(source.properties.expression("ExistingVpc"), around.scope)
    if source is not declaration and condition_name == source.condition:
        place = Report()  # The other declaration sees the same subnets, and reports what is wrong.
    view = existing_vpc(
        value, named.key, condition_name, in_stack, around.resources, around.scope, around.key_of, place
    )
    return view, None


def _place(declaration: Declaration, scope: Scope, report: Report) -> Report:
    """The place of the declaration's ExistingVpc, or of the branch of it that is taken."""
    path = taken_path(declaration.properties.expression("ExistingVpc"), scope)
    return report.of(declaration.logical_id, "Properties", "ExistingVpc", *path)


def _named_in(declaration: Declaration, scope: Scope) -> str:
    value = taken_branch(declaration.properties.expression("ExistingVpc"), scope)
    return referred(value, "VpcId") or declaration.logical_id


def view_of_new(owner: Declaration) -> VpcView:
    """The VPC that the declaration ``owner`` makes, as its function and others see it."""
    vpc = generated_id(owner.logical_id, names.VPC)
    subnets = refs(generated_id(owner.logical_id, names.SUBNET, number) for number in range(1, zones_of(owner) + 1))
    return VpcView(ref(vpc), subnets, subnets, (get_att(vpc, "CidrBlock"),))


# The function and its security groups


def _groups(
    declaration: Declaration,
    function: Function,
    owner: Network | None,
    moves: bool,
    around: Surroundings,
    report: Report,
) -> tuple[tuple[Json, ...], Json] | None:
    """The function's own security groups, and the expression of all of them; empty if one is generated."""
    if owner is not None:
        return owner.security_groups or (get_att(generated_id(function.id, names.SECURITY_GROUP), "GroupId"),), None
    if declaration.existing_function is not None and not moves:
        config = vpc_config(function.id, around.declarations, around.template, around.scope)
        expression = config.get("SecurityGroupIds") if config else None
        place = report.of(declaration.logical_id, "Properties", "ExistingLambdaObj")
        if not expression:
            return (), None
    else:
        value = taken_branch(declaration.properties.expression("ExistingVpc"), around.scope)
        is_map = isinstance(value, dict) and function_of(value) is None
        expression = taken_branch(value.get("SecurityGroupIds"), around.scope) if is_map else None
        place = _place(declaration, around.scope, report).at("SecurityGroupIds")
        if expression is None or not fits(
            "SecurityGroupIds", known(expression, around.scope)
        ):  # Which existing_vpc reports.
            return (), None
    groups = ruled_groups(expression, around.scope, place)
    return None if groups is None else (groups, expression)


def _added_groups(declaration: Declaration, scope: Scope, report: Report) -> tuple[Json, ...] | None:
    """The security groups that LambdaFunctionProps give a new function besides the declaration's own.

    Its subnets come from the declaration: a VpcConfig that has any is an error.
    """
    config = taken_branch(declaration.props("LambdaFunctionProps").expression("VpcConfig"), scope)
    if config is None:
        return ()
    place = report.of(declaration.logical_id, "Properties", "LambdaFunctionProps", "VpcConfig")
    if not isinstance(config, dict) or config.keys() != {"SecurityGroupIds"}:
        asked = vpc_property(declaration)
        what = f"stands beside {asked}, which sets it"
        fix = f"Keep SecurityGroupIds alone in VpcConfig, or remove {asked} and make endpoints yourself"
        place.error("property", what, fix)
        return None
    return security_groups(config["SecurityGroupIds"], scope, place.at("SecurityGroupIds"))


# What waits for the network


class _NetworkOrder(NamedTuple):
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
            waiting += _dependencies_of(resources[name]) if name in resources else [owner for owner, _ in parts]
    return False


def _dependencies_of(resource: Expression) -> list[str]:
    if not isinstance(resource, dict):
        return []
    return [*(name for name in depends_on(resource) if isinstance(name, str)), *targets_of(resource.get("Properties"))]
