"""Link: which function, role and VPC each declaration belongs to, settled once and before anything else is decided.

A declaration by itself is half the story. Several can belong to one function, and then they share its role, its
variables and its VPC. So all declarations are read first, and this step makes of them three kinds of frozen values:

* ``Function``: one that a declaration makes, or one of the template; with its role, its VPC and its declarations.
* ``Role``: an execution role, with the functions that run as it and the declarations that grant it something.
* ``Vpc``: a network by its key, with the functions in it and the declarations that belong to them.

What one declaration says of another (``ExistingLambdaObj: A``, ``ExistingVpc: !GetAtt A.VpcId``, a role that is
``!GetAtt A.RoleArn``) is followed here and nowhere else. ``Links.targets`` has the result as references see it. Every
later step reads a template in which those references are rewritten, and looks at no other declaration.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from lambda_bedrock_profile import names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.attributes import Node, Subject, targets
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, asks_for_no_vpc, role_of, vpc_config
from lambda_bedrock_profile.stack.role_name import (
    ROLE_WITHOUT_NAME,
    RoleUse,
    is_of_another_account,
    may_have_a_path,
    role_use,
)
from lambda_bedrock_profile.stack.vpcs_of_template import VPC, group_items, referred, referred_in_text
from lambda_bedrock_profile.template.branches import branches, chosen
from lambda_bedrock_profile.template.intrinsics import Scope, function_of
from lambda_bedrock_profile.template.loops import is_loop
from lambda_bedrock_profile.template.references import Target, get_att, ref, targets_of
from lambda_bedrock_profile.template.resources import is_a

Kind = Literal["declared", "AWS::Lambda::Function", "AWS::Serverless::Function"]


@dataclass(frozen=True, slots=True)
class Role:
    """An execution role.

    ``key`` is the logical id of the role, or the expression of its name as JSON. ``name`` is that expression, as IAM
    wants it for a policy. ``generated_by`` is the declaration that makes the role, None for any other role.
    """

    key: str
    name: Any
    generated_by: str | None
    functions: tuple[str, ...]
    declarations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC that the functions of declarations are in.

    ``key`` is the same for all of them and the start of the ids of its endpoints. ``deployed`` says that the
    declaration ``key`` makes it, ``in_template`` that the template shows it as a resource.
    """

    key: str
    deployed: bool
    in_template: bool
    functions: tuple[str, ...]
    declarations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that gets at least one profile.

    ``kind`` is ``declared`` if the declaration of its own id makes it, else its type. ``condition`` is the name of the
    condition that it stands under, or what the user wrote in the place of a name. ``role_arn`` is the expression of the
    role's ARN. ``declarations`` are in the order of the template, the one that makes the function first.
    """

    id: str
    kind: Kind
    condition: Any
    role: Role
    role_arn: Any
    vpc: Vpc | None
    declarations: tuple[str, ...]

    @property
    def declared(self) -> bool:
        """Whether a declaration makes the function."""
        return self.kind == "declared"


@dataclass(frozen=True, slots=True)
class NamedVpc:
    """The VPC that a declaration asks for itself, by DeployVpc or ExistingVpc.

    ``key`` is None if it names a declaration that is in no VPC, or could not be read. ``source`` is the declaration
    that describes the VPC: the other one for ``!GetAtt Other.VpcId``. ``id`` is the expression of its id.
    """

    key: str | None
    source: str
    id: Any


@dataclass(frozen=True, slots=True)
class Links:
    """Who belongs to whom.

    ``functions`` has the function of each declaration, ``named`` the VPC that it asks for itself, both by the
    declaration's id; ``roles`` and ``vpcs`` are by key. A declaration without a function or role that can be used is
    in none of them. ``targets`` says what references to each declaration stand for.
    """

    functions: Mapping[str, Function]
    roles: Mapping[str, Role]
    vpcs: Mapping[str, Vpc]
    named: Mapping[str, NamedVpc]
    targets: Mapping[str, Target]


def link(
    declarations: Sequence[Declaration],
    unread: Collection[str],
    template: Mapping[str, Any],
    scope: Scope,
    report: Report,
    profile_part: str = names.PROFILE,
) -> Links:
    """Link ``declarations`` with each other and with what ``template`` has.

    ``unread`` are the ids of declarations with errors that leave nothing to link; what refers to one is not reported.
    A function or a role that cannot be used is reported. ``profile_part`` is what the profile is of its declaration.
    """
    resources = template["Resources"]
    by_id = {declaration.logical_id: declaration for declaration in declarations}
    members: dict[str, list[str]] = {}
    for declaration in declarations:
        if (owner := _function_id(declaration, by_id, unread, resources, report)) is not None:
            members.setdefault(owner, []).append(declaration.logical_id)
    for function_id, ids in members.items():
        ids.sort(key=lambda logical_id: logical_id != function_id)
    function_of_declaration = {logical_id: owner for owner, ids in members.items() for logical_id in ids}
    named = _named_vpcs(by_id, unread, function_of_declaration, members, resources, scope)
    generated, written = _attributes(by_id, members, named, template, scope)
    subjects = [
        Subject(name, owner, generated_id(name, profile_part), by_id[name].model)
        for name, owner in function_of_declaration.items()
    ]
    lost = [name for name in by_id if name not in function_of_declaration]
    found = targets(subjects, generated, written, [*unread, *lost], template, scope)

    vpcs = _vpcs(members, named, by_id, resources)
    uses = _role_uses(members, by_id, written, found, resources, scope, report)
    roles = _roles(uses, members, by_id)
    functions: dict[str, Function] = {}
    for function_id, use in uses.items():
        ids = members[function_id]
        source: Any = by_id[function_id].attributes if function_id in by_id else resources[function_id]
        function = Function(
            id=function_id,
            kind="declared" if function_id in by_id else source["Type"],
            condition=source.get("Condition"),
            role=roles[_role_key(use.name)],
            role_arn=use.arn,
            vpc=vpcs.get(_key_of(ids, named) or ""),
            declarations=tuple(ids),
        )
        functions |= dict.fromkeys(ids, function)
    return Links(functions, roles, vpcs, named, found)


def _function_id(
    declaration: Declaration,
    by_id: Mapping[str, Declaration],
    unread: Collection[str],
    resources: Mapping[str, Any],
    report: Report,
) -> str | None:
    """The id of the declaration's function; None, and an error, if it names none."""
    name = declaration.existing_function
    if name is None:
        return declaration.logical_id
    function = resources.get(name)
    if isinstance(function, dict) and function.get("Type") in FUNCTION_TYPES:
        return name
    if name in unread or (name in by_id and by_id[name].existing_function is None):
        return None if name in unread else name
    kind = f"a resource of type {function.get('Type')}" if isinstance(function, dict) else "no resource"
    loops = function is None and any(is_loop(key) for key in resources)
    # A name that does not stand in the template comes from a parameter, and is not shown.
    written = declaration.properties.expression("ExistingLambdaObj")
    named = name if name == written or name in targets_of(written) else "what this comes to"
    report.of(declaration.logical_id, "Properties", "ExistingLambdaObj").error(
        "property",
        f"{named} is {kind} of this template, and only a function in it can be changed",
        f"Name a function of the types {' or '.join(FUNCTION_TYPES)}, or write LambdaFunctionProps for a new one"
        + ("; for a function that Fn::ForEach makes, write the declaration in the same loop" if loops else ""),
    )
    return None


# Networks


def _named_vpcs(
    by_id: Mapping[str, Declaration],
    unread: Collection[str],
    function_of_declaration: Mapping[str, str],
    members: Mapping[str, Sequence[str]],
    resources: Mapping[str, Any],
    scope: Scope,
) -> dict[str, NamedVpc]:
    """The VPC that each declaration asks for, those of other declarations followed to the one that describes it."""
    written = {name: item for name, item in by_id.items() if item.deploy_vpc or "ExistingVpc" in item.properties}
    values = {name: chosen(item.properties.expression("ExistingVpc"), scope) for name, item in written.items()}
    asking = {name for name, item in written.items() if item.deploy_vpc or values[name] is not None}
    if not asking:
        return {}

    def follow(logical_id: str, seen: tuple[str, ...]) -> NamedVpc | None:
        """The VPC of a declaration, or of another one of its function."""
        function_id = function_of_declaration.get(logical_id, logical_id)
        others = [name for name in members.get(function_id, ()) if name in asking]
        first = logical_id if logical_id in asking else next(iter(others), None)
        return None if first is None or first in seen else named(first, seen)

    def key_of(value: Any, seen: tuple[str, ...]) -> str:
        name = referred(value, "VpcId")
        if name in by_id and (other := follow(str(name), seen)) is not None and other.key is not None:
            return other.key
        return key_of_vpc(value, by_id, resources)

    def named(logical_id: str, seen: tuple[str, ...] = ()) -> NamedVpc:
        declaration, seen = by_id[logical_id], (*seen, logical_id)
        if declaration.deploy_vpc:
            return NamedVpc(logical_id, logical_id, ref(generated_id(logical_id, names.VPC)))
        value = values[logical_id]
        if isinstance(value, dict) and function_of(value) is None:
            return NamedVpc(key_of(value.get("VpcId"), seen), logical_id, value.get("VpcId"))
        name = referred(value, "VpcId") or referred_in_text(value, "VpcId")
        if name is not None and name not in resources and (owner := _deploying(name, by_id)) is not None:
            return NamedVpc(owner, owner, ref(name))
        if name in unread:
            return NamedVpc(None, str(name), get_att(str(name), "VpcId"))
        if name in by_id:
            other = follow(str(name), seen)
            key, source = (other.key, other.source) if other else (None, logical_id)
            return NamedVpc(key, source, get_att(str(name), "VpcId"))
        if name is not None and is_a(resources, name, VPC):
            return NamedVpc(name, logical_id, ref(name))
        return NamedVpc(key_of_vpc(value, by_id, resources), logical_id, value)

    return {name: named(name) for name in by_id if name in asking}


def key_of_vpc(value: Any, by_id: Mapping[str, Declaration], resources: Mapping[str, Any]) -> str:
    """The key of the VPC whose id is the expression ``value``, in a template without references to declarations.

    That is the id of the resource or parameter that gives the VPC, of the declaration that makes it, or a digest.
    """
    name = referred(value, "VpcId")
    if name is None:
        return names.vpc_key(value)
    owner = _deploying(name, by_id) if name not in resources else None
    return owner or name


def _deploying(vpc_id: str, by_id: Mapping[str, Declaration]) -> str | None:
    """The declaration that makes the VPC with that generated logical id."""
    owner = owner_of(vpc_id, names.VPC)
    return owner if owner is not None and owner in by_id and by_id[owner].deploy_vpc else None


def _key_of(ids: Iterable[str], named: Mapping[str, NamedVpc]) -> str | None:
    """The key of the VPC of a function with the declarations ``ids``: that of the first one that asks for any."""
    return next((key for name in ids if name in named and (key := named[name].key) is not None), None)


def _vpcs(
    members: Mapping[str, Sequence[str]],
    named: Mapping[str, NamedVpc],
    by_id: Mapping[str, Declaration],
    resources: Mapping[str, Any],
) -> dict[str, Vpc]:
    functions: dict[str, list[str]] = {}
    inside: dict[str, list[str]] = {}
    for function_id, ids in members.items() if named else ():
        common = _key_of(ids, named)
        keys = {name: named[name].key if name in named else common for name in ids}
        for name, key in keys.items():
            if key is not None:
                inside.setdefault(key, []).append(name)
        for key in dict.fromkeys(key for key in keys.values() if key is not None):
            functions.setdefault(key, []).append(function_id)
    return {
        key: Vpc(
            key,
            key in by_id and by_id[key].deploy_vpc,
            is_a(resources, key, VPC),
            tuple(functions[key]),
            tuple(sorted(ids)),
        )
        for key, ids in inside.items()
    }


# What the user wrote of role and network


def _attributes(
    by_id: Mapping[str, Declaration],
    members: Mapping[str, Sequence[str]],
    named: Mapping[str, NamedVpc],
    template: Mapping[str, Any],
    scope: Scope,
) -> tuple[dict[Node, Any], dict[Node, Any]]:
    """The expressions of role, VPC and group that the expansion makes, and those that the user wrote.

    What belongs to a function is said one time: its other declarations have a reference to that.
    """
    generated: dict[Node, Any] = {}
    written: dict[Node, Any] = {}
    for function_id, ids in members.items():
        first = ids[0]
        if function_id in by_id and makes_role(by_id[function_id]):
            generated[first, "RoleArn"] = get_att(generated_id(function_id, names.ROLE), "Arn")
        else:
            written[first, "RoleArn"] = _role_arn(function_id, by_id, template)
        written |= {(name, "RoleArn"): get_att(first, "RoleArn") for name in ids[1:]}
        asking = [name for name in ids if name in named] if named else []
        for name in ids if asking else ():
            if name in named:
                written[name, "VpcId"] = named[name].id
                written[name, "SecurityGroupId"] = _group(by_id[name], function_id, by_id, named, template, scope)
            else:
                written |= {(name, attribute): get_att(asking[0], attribute) for attribute in _SHARED}
    return generated, written


_SHARED: Final = ("VpcId", "SecurityGroupId")


def _role_arn(function_id: str, by_id: Mapping[str, Declaration], template: Mapping[str, Any]) -> Any:
    if function_id in by_id:
        return by_id[function_id].props("LambdaFunctionProps").expression("Role")
    return role_of(function_id, template["Resources"][function_id])


def _group(
    declaration: Declaration,
    function_id: str,
    by_id: Mapping[str, Declaration],
    named: Mapping[str, NamedVpc],
    template: Mapping[str, Any],
    scope: Scope,
) -> Any:
    """The first security group of the declaration's function: one of its own, or the generated one."""
    logical_id = declaration.logical_id
    if function_id != logical_id and function_id in named:
        return get_att(function_id, "SecurityGroupId")
    if function_id == logical_id or asks_for_no_vpc(function_id, by_id, template):
        value = chosen(declaration.properties.expression("ExistingVpc"), scope)
        given = value.get("SecurityGroupIds") if isinstance(value, dict) else None
    else:
        given = (vpc_config(function_id, by_id, template, scope) or {}).get("SecurityGroupIds")
    own = [group for group in group_items(given, scope) or () if chosen(group, scope) is not None]
    return own[0] if own else get_att(generated_id(logical_id, names.SECURITY_GROUP), "GroupId")


# Roles


def _role_uses(
    members: Mapping[str, Sequence[str]],
    by_id: Mapping[str, Declaration],
    written: Mapping[Node, Any],
    found: Mapping[str, Target],
    resources: Mapping[str, Any],
    scope: Scope,
    report: Report,
) -> dict[str, RoleUse]:
    """The role of each function; one whose name cannot be derived is reported."""
    uses: dict[str, RoleUse] = {}
    for function_id, (first, *_) in members.items():
        target = found[first]
        arn = target.attribute("RoleArn") if "RoleArn" in target.attributes else written[first, "RoleArn"]
        if function_id in by_id and makes_role(by_id[function_id]):
            uses[function_id] = RoleUse(arn, ref(generated_id(function_id, names.ROLE)))
            continue
        holder: Any = by_id[function_id].attributes if function_id in by_id else resources[function_id]
        use = role_use(arn, resources, scope, holder.get("Condition"))
        if use is not None:
            uses[function_id] = use
            at = report.of(first, "Properties", "ExistingLambdaObj")
            if function_id in by_id:
                at = report.of(function_id, "Properties", "LambdaFunctionProps", "Role")
            if is_of_another_account(arn, scope, holder.get("Condition")):
                what = "is a role of another account, and its policy would go to a role of that name in this one"
                fix = "Write a role of the stack's account, or leave Role out for a generated one"
                at.error("property", what if function_id in by_id else f"the Role of {function_id} {what}", fix)
            elif may_have_a_path(arn, resources):
                what = "comes from another stack, and if the role has a path, the deployment fails on its name"
                fix = (
                    "Take the role's name from that stack: !Sub arn:aws:iam::${AWS::AccountId}:role/${Name}, with its "
                    "path if it has one; or ignore this rule here (Metadata)"
                )
                at.information("path", what if function_id in by_id else f"the Role of {function_id} {what}", fix)
        elif function_id in by_id:
            at = report.of(function_id, "Properties", "LambdaFunctionProps", "Role")
            at.error("property", *_nameless(None in branches(arn)))
        elif arn is None:
            what = f"{function_id} has no Role, and its role needs the permissions of the profile"
            fix = f"Write the Role of {function_id}, such as !GetAtt of a role of this template"
            report.of(first, "Properties", "ExistingLambdaObj").error("property", what, fix)
        else:
            what = f"the name of the role of {function_id} cannot be derived from its Role, and the role needs the "
            at = report.of(first, "Properties", "ExistingLambdaObj")
            at.error("property", what + "permissions of the profile", ROLE_WITHOUT_NAME)
    return uses


def _nameless(absent_in_a_branch: bool) -> tuple[str, str]:
    if absent_in_a_branch:
        what = "is AWS::NoValue in one branch, and a role is made for all of the function or for none"
        return what, "Write a role in each branch, or two declarations, each with its Condition"
    what = "the role's name cannot be derived from this, and the role needs the permissions of the profile"
    return what, ROLE_WITHOUT_NAME


def makes_role(declaration: Declaration) -> bool:
    """Whether the declaration makes a function and, since the user names no role, its role."""
    return declaration.existing_function is None and "Role" not in declaration.props("LambdaFunctionProps")


def _roles(
    uses: Mapping[str, RoleUse], members: Mapping[str, Sequence[str]], by_id: Mapping[str, Declaration]
) -> dict[str, Role]:
    functions: dict[str, list[str]] = {}
    name_of: dict[str, Any] = {}
    for function_id, use in uses.items():
        key = _role_key(use.name)
        name_of.setdefault(key, use.name)
        functions.setdefault(key, []).append(function_id)
    roles = {}
    for key, ids in functions.items():
        generated_by = next((name for name in ids if name in by_id and makes_role(by_id[name])), None)
        declarations = tuple(name for function_id in ids for name in members[function_id])
        roles[key] = Role(key, name_of[key], generated_by, tuple(ids), declarations)
    return roles


def _role_key(name: Any) -> str:
    if isinstance(name, dict) and isinstance(name.get("Ref"), str):
        return str(name["Ref"])
    return json.dumps(name, sort_keys=True)
