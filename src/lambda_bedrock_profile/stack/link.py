"""Link: which function, role and VPC each declaration belongs to, settled once and before anything else is decided.

A declaration by itself is half the story. Several can belong to one function, and then they share its role, its
variables and its VPC. So all declarations are read first, and this step makes of them three kinds of frozen values:

* ``Function``: one that a declaration makes, or one of the template; with its role, its VPC and its declarations.
* ``Role`` (``link_roles.py``): an execution role, with the functions that run as it and the declarations that grant it
  something.
* ``Vpc`` (``link_vpcs.py``): a network by its key, with the functions in it and the declarations that belong to them.

To each declaration belongs a ``Profile``, too (``link_profiles.py``), which several can share.

What one declaration says of another (``ExistingLambdaObj: A``, ``ExistingVpc: !GetAtt A.VpcId``, a role that is
``!GetAtt A.RoleArn``, a profile that is ``!GetAtt A.InferenceProfileArn``) is followed here and nowhere else.
``Links.targets`` has the result as references see it. Every later step reads a template in which those references are
rewritten, and looks at no other declaration.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report, nearest
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.stack.attributes import Node, Subject, targets
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, role_of
from lambda_bedrock_profile.stack.link_profiles import ARN, ID, Profile, profiles, with_route
from lambda_bedrock_profile.stack.link_roles import Role, linked_roles, named_roles, role_key, role_uses, uses_of_roles
from lambda_bedrock_profile.stack.link_vpcs import (
    NamedVpc,
    Vpc,
    first_group,
    key_of,
    key_of_vpc,
    linked_vpcs,
    named_vpcs,
)
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.loops import is_loop
from lambda_bedrock_profile.template.references import get_att, ref, targets_of
from lambda_bedrock_profile.template.resources import is_a
from lambda_bedrock_profile.template.rewrite import Target
from lambda_bedrock_profile.values import Expression, Json

Kind = Literal["declared", "AWS::Lambda::Function", "AWS::Serverless::Function"]


class Function(NamedTuple):
    """A function that gets at least one profile.

    ``kind`` is ``declared`` if the declaration of its own id makes it, else its type. ``condition`` is the name of the
    condition that it stands under, or what the user wrote in the place of a name. ``role_arn`` is the expression of the
    role's ARN. ``declarations`` are in the order of the template, the one that makes the function first.
    """

    id: str
    kind: Kind
    condition: Expression
    role: Role
    role_arn: Expression
    vpc: Vpc | None
    declarations: tuple[str, ...]

    @property
    def declared(self) -> bool:
        """Whether a declaration makes the function."""
        return self.kind == "declared"


class Links(NamedTuple):
    """Who belongs to whom.

    ``functions`` has the function of each declaration that is for one, ``role_of`` its role, ``named`` the VPC that it
    asks for itself and ``profiles`` its profile, all by the declaration's id; ``roles`` and ``vpcs`` are by key. A
    declaration without a function, role or profile that can be used is in none of them. ``targets`` says what
    references to each declaration stand for.
    """

    functions: Mapping[str, Function]
    role_of: Mapping[str, Role]
    roles: Mapping[str, Role]
    vpcs: Mapping[str, Vpc]
    named: Mapping[str, NamedVpc]
    profiles: Mapping[str, Profile]
    targets: Mapping[str, Target]


class Surroundings(NamedTuple):
    """What later steps look at: all declarations by id, who belongs to whom, the template and its context."""

    declarations: Mapping[str, Declaration]
    links: Links
    template: Mapping[str, Json]
    scope: Scope
    context: StackContext

    @property
    def resources(self) -> Mapping[str, Json]:
        """The resources of the template."""
        resources: Mapping[str, Json] = self.template["Resources"]
        return resources

    def key_of(self, vpc_id: Expression) -> str:
        """The key of the VPC whose id is the expression ``vpc_id``."""
        return key_of_vpc(vpc_id, self.declarations, self.resources)


def link(
    declarations: Sequence[Declaration],
    unread: Collection[str],
    template: Mapping[str, Json],
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
        owner = _function_id(declaration, by_id, unread, resources, report)
        if owner is not None and not declaration.names_role:
            members.setdefault(owner, []).append(declaration.logical_id)
    for function_id, ids in members.items():
        if len(ids) > 1:
            ids.sort(key=lambda logical_id: logical_id != function_id)
    function_of_declaration = {logical_id: owner for owner, ids in members.items() for logical_id in ids}
    named = named_vpcs(by_id, unread, function_of_declaration, members, resources, scope)
    generated, users_expressions = _attributes(by_id, members, named, template, scope)
    arns = named_roles(by_id, unread, resources, scope, report)
    users_expressions |= {(name, "RoleArn"): arn for name, arn in arns.items()}
    profile_of_declaration = profiles(by_id, unread, resources, scope, profile_part, report)
    subjects = []
    for name, owner in [*function_of_declaration.items(), *((name, None) for name in arns)]:
        profile = profile_of_declaration.get(name)
        if profile is None:  # It is reported. The attributes stand for themselves, so that references are checked.
            generated |= {(name, attribute): get_att(name, attribute) for attribute in (ARN, ID, "ModelId")}
        elif profile.id is None:
            users_expressions |= {(name, ARN): profile.arn, (name, ID): profile.short_id}
        model = with_route(by_id[name], by_id, profile_of_declaration).model
        profile_id, short_id = (profile.id, profile.short_id) if profile is not None else (None, ref(name))
        subjects.append(Subject(name, owner, profile_id, short_id, model))
    lost = [name for name in by_id if name not in function_of_declaration and name not in arns]
    targets_of_declarations = targets(subjects, generated, users_expressions, [*unread, *lost], template, scope)

    vpcs = linked_vpcs(members, named, by_id, resources)
    uses = role_uses(members, by_id, users_expressions, targets_of_declarations, resources, scope, report)
    uses_by_declaration = uses_of_roles(arns, by_id, targets_of_declarations, resources, scope, report)
    roles = linked_roles(uses, members, uses_by_declaration, by_id)
    role_of_declaration = {name: roles[role_key(use.name)] for name, use in uses_by_declaration.items()}
    functions: dict[str, Function] = {}
    for function_id, use in uses.items():
        ids = members[function_id]
        source: Expression = by_id[function_id].attributes if function_id in by_id else resources[function_id]
        function = Function(
            id=function_id,
            kind="declared" if function_id in by_id else source["Type"],
            condition=source.get("Condition"),
            role=roles[role_key(use.name)],
            role_arn=use.arn,
            vpc=vpcs.get(key_of(ids, named) or ""),
            declarations=tuple(ids),
        )
        for name in ids:
            functions[name], role_of_declaration[name] = function, function.role
    return Links(functions, role_of_declaration, roles, vpcs, named, profile_of_declaration, targets_of_declarations)


def _function_id(
    declaration: Declaration,
    by_id: Mapping[str, Declaration],
    unread: Collection[str],
    resources: Mapping[str, Json],
    report: Report,
) -> str | None:
    """The id of the declaration's function; None, and an error, if it names none."""
    name = declaration.existing_function
    if name is None:
        return declaration.logical_id
    function = resources.get(name)
    if isinstance(function, dict) and function.get("Type") in FUNCTION_TYPES:
        return name
    if name in unread or (name in by_id and by_id[name].makes_function):
        return None if name in unread else name
    kind = f"a resource of type {function.get('Type')}" if isinstance(function, dict) else "no resource"
    loops = function is None and any(is_loop(key) for key in resources)
    # A name that does not stand in the template comes from a parameter, and is not shown.
    expression = declaration.properties.expression("ExistingLambdaObj")
    is_in_expression = name == expression or name in targets_of(expression)
    named = name if is_in_expression else "what this comes to"
    functions = [each for each in resources if any(is_a(resources, each, kind) for kind in FUNCTION_TYPES)]
    makers = [each for each, item in by_id.items() if item.makes_function]
    near = nearest(name, [*functions, *makers], 0.8) if is_in_expression and function is None else None
    report.of(declaration.logical_id, "Properties", "ExistingLambdaObj").error(
        "property",
        f"{named} is {kind} of this template, and only a function in it can be changed",
        (f"Did you mean {near}? " if near else "")
        + f"Name a function of the types {' or '.join(FUNCTION_TYPES)}, or write LambdaFunctionProps for a new one"
        + ("; for a function that Fn::ForEach makes, write the declaration in the same loop" if loops else ""),
    )
    return None


# What the user wrote of role and network


def _attributes(
    by_id: Mapping[str, Declaration],
    members: Mapping[str, Sequence[str]],
    named: Mapping[str, NamedVpc],
    template: Mapping[str, Json],
    scope: Scope,
) -> tuple[dict[Node, Json], dict[Node, Json]]:
    """The expressions of role, VPC and group that the expansion makes, and those that the user wrote.

    What belongs to a function is said one time: its other declarations have a reference to that.
    """
    generated: dict[Node, Json] = {}
    users_expressions: dict[Node, Json] = {}
    for function_id, ids in members.items():
        first = ids[0]
        if function_id in by_id and by_id[function_id].makes_role:
            generated[first, "RoleArn"] = get_att(generated_id(function_id, names.ROLE), "Arn")
        else:
            users_expressions[first, "RoleArn"] = _role_arn(function_id, by_id, template)
        for name in ids[1:]:
            users_expressions[name, "RoleArn"] = get_att(first, "RoleArn")
        asking = [name for name in ids if name in named] if named else []
        for name in ids if asking else ():
            if name in named:
                users_expressions[name, "VpcId"] = named[name].id
                users_expressions[name, "SecurityGroupId"] = first_group(
                    by_id[name], function_id, by_id, named, template, scope
                )
            else:
                users_expressions |= {(name, attribute): get_att(asking[0], attribute) for attribute in _SHARED}
    return generated, users_expressions


_SHARED: Final = ("VpcId", "SecurityGroupId")


def _role_arn(function_id: str, by_id: Mapping[str, Declaration], template: Mapping[str, Json]) -> Expression:
    if function_id in by_id:
        return by_id[function_id].props("LambdaFunctionProps").expression("Role")
    return role_of(function_id, template["Resources"][function_id])
