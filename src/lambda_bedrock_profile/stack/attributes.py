"""What ``!GetAtt`` of a declaration gives, and what any reference to one stands for after the expansion.

A new attribute is a line in ``_generated`` if the expansion makes its value. If its value can be what the user wrote
(the role, the VPC, a security group, a profile), it is a line in ``USERS_EXPRESSIONS``, and ``_attributes`` in
``link.py`` gives the expression. Such an expression can refer to another declaration's attribute. So all of them are
settled in one topological order, each with the references in it rewritten. An attribute that comes back to itself has
no value: the declaration is then without that attribute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from lambda_bedrock_profile import names
from lambda_bedrock_profile.diagnostics import Path
from lambda_bedrock_profile.names import generated_id
from lambda_bedrock_profile.template.branches import is_deployed
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.references import get_att, ref, references_of
from lambda_bedrock_profile.template.rewrite import Target, rewrite_value
from lambda_bedrock_profile.values import Expression, Json

FUNCTION_ATTRIBUTES: Final = (
    "Arn",
    "SnapStartResponse",
    "SnapStartResponse.ApplyOn",
    "SnapStartResponse.OptimizationStatus",
)
"""What Fn::GetAtt gives for AWS::Lambda::Function: CloudFormation Template Reference, "Return values"."""


class Subject(NamedTuple):
    """A declaration as references see it: its function, its profile, and the user's expression of the model id.

    ``function_id`` is None if the declaration is for a role in the place of a function. ``profile_id`` is the logical
    id of the profile, None if the template has only its ARN; ``short_id`` is the expression of the profile's own id.
    """

    logical_id: str
    function_id: str | None
    profile_id: str | None
    short_id: Expression
    model: Expression


def _generated(subject: Subject) -> dict[str, Json]:
    """The attributes that the expansion makes, and those that the function has in any case, by name."""
    made: dict[str, Json] = {"ModelId": subject.model}
    if (function_id := subject.function_id) is not None:
        made["FunctionName"] = ref(function_id)
        made |= {name: get_att(function_id, attribute) for name, attribute in _OF_THE_FUNCTION}
    if (profile_id := subject.profile_id) is not None:
        made |= {name: get_att(profile_id, name) for name in _OF_THE_PROFILE}
    return made


_OF_THE_FUNCTION: Final = (("FunctionArn", "Arn"), *((name, name) for name in FUNCTION_ATTRIBUTES))
"""(attribute of a declaration, attribute of its function that it is)."""

_ID: Final = "InferenceProfileId"
_OF_THE_PROFILE: Final = ("InferenceProfileArn", _ID)
_OF_THE_VPC: Final = ("VpcId", "SecurityGroupId")
USERS_EXPRESSIONS: Final = ("RoleArn", *_OF_THE_PROFILE, *_OF_THE_VPC)
"""The attributes that can be the user's own expressions; the last two only if the function is in a VPC."""

ATTRIBUTES: Final = (*FUNCTION_ATTRIBUTES, "FunctionName", "FunctionArn", "ModelId", *USERS_EXPRESSIONS)
"""What Fn::GetAtt gives for a declaration."""

Node = tuple[str, str]
"""(logical id of a declaration, name of an attribute)."""


def targets(
    subjects: Sequence[Subject],
    generated: Mapping[Node, Json],
    users_expressions: Mapping[Node, Json],
    unread: Iterable[str],
    template: Mapping[str, Json],
    scope: Scope,
) -> dict[str, Target]:
    """What each declaration stands for, by logical id.

    ``users_expressions`` are the expressions of the attributes that the user wrote, ``generated`` those that the
    expansion makes. ``unread`` are declarations that could not be read: each stands for itself with any attribute, so
    that references to it are checked all the same.
    """

    def pointless(name: str, at: Path) -> bool:
        # A parameter can decide both whether there is a VPC and whether anything asks for it.
        return name in _OF_THE_VPC and not is_deployed(template, at, scope)

    settled: dict[str, dict[str, Json]] = {subject.logical_id: _generated(subject) for subject in subjects}
    result = {subject.logical_id: _target(subject, settled[subject.logical_id], pointless) for subject in subjects}
    for name in unread:
        result[name] = Target(ref(name), {attribute: get_att(name, attribute) for attribute in ATTRIBUTES}, (name,))
    for (logical_id, name), value in generated.items():
        settled[logical_id][name] = value
    for logical_id, name in _in_order(users_expressions) if users_expressions else ():
        settled[logical_id][name] = rewrite_value(users_expressions[logical_id, name], result, scope.budget)
    for subject in subjects:
        if subject.function_id is None and (logical_id := subject.logical_id):
            result[logical_id] = result[logical_id]._replace(reference=settled[logical_id].get(_ID, subject.short_id))
    return result


_WITHOUT_VPC: Final = "since its function is in no VPC"
_MISSING: Final = {
    "RoleArn": (
        "since its role leads back to itself",
        "Write a role of the template or its ARN, or leave Role out for a generated one, in one of the declarations",
    ),
    "VpcId": (_WITHOUT_VPC, "Add DeployVpc: true or ExistingVpc to the declaration, or remove the reference"),
    "SecurityGroupId": (_WITHOUT_VPC, "Add DeployVpc: true or ExistingVpc to the declaration, or remove the reference"),
}
"""Why an attribute that a declaration can have is not there, and what to do."""


_WITHOUT_FUNCTION: Final = dict.fromkeys(
    (*FUNCTION_ATTRIBUTES, "FunctionName", "FunctionArn", *_OF_THE_VPC),
    ("since it is for a role and no function", "Remove the reference; !Ref of the declaration is the profile's id"),
)


def _target(subject: Subject, settled: Mapping[str, Json], pointless: Callable[[str, Path], bool]) -> Target:
    function_id, logical_id = subject.function_id, subject.logical_id
    if function_id == logical_id:
        return Target(ref(logical_id), settled, (logical_id,), pointless, _MISSING)
    profile = () if subject.profile_id is None else (subject.profile_id,)
    depends_on = (*profile, generated_id(logical_id, names.POLICY))
    if function_id is None:
        return Target(subject.short_id, settled, depends_on, pointless, _WITHOUT_FUNCTION)
    return Target(ref(function_id), settled, (function_id, *depends_on), pointless, _MISSING)


def _in_order(users_expressions: Mapping[Node, Json]) -> Iterator[Node]:
    """The nodes of ``users_expressions``, each after those it refers to; none that leads to a circular reference."""
    dependencies = {
        node: others
        for node, value in users_expressions.items()
        if (others := [other for other in references_of(value) if other in users_expressions])
    }
    if not dependencies:
        yield from users_expressions
        return
    sorter = TopologicalSorter({node: dependencies.get(node, []) for node in users_expressions})
    with suppress(CycleError):
        sorter.prepare()  # After a CycleError it gives all that does not depend on the circular ones.
    while ready := sorter.get_ready():
        yield from ready
        sorter.done(*ready)
