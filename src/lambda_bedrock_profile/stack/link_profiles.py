"""The application inference profile of each declaration: one that it makes, or one that is there.

``ExistingInferenceProfile`` names one in three ways. They differ in what says which model it is for, on which route:

* ``!GetAtt Other.InferenceProfileArn`` of another declaration: the other declaration.
* The same of a profile resource of the template: its ``ModelSource``, as far as that is known before deployment.
* Any other ARN (written out, a parameter, an import): the declaration itself.

A profile is called in its own Region and by its own account (Amazon Bedrock User Guide, "Use an inference profile in
model invocation").
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import generated_id, owner_of
from lambda_bedrock_profile.stack.profile_arns import PROPERTY, WHAT_TO_WRITE, ModelSource, check_arn, model_source
from lambda_bedrock_profile.template.branches import branches, taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, condition
from lambda_bedrock_profile.template.loops import is_loop
from lambda_bedrock_profile.template.references import get_att, whole_reference
from lambda_bedrock_profile.template.resources import Resources, properties
from lambda_bedrock_profile.values import Expression

ARN: Final = "InferenceProfileArn"
ID: Final = "InferenceProfileId"
NATIVE_TYPE: Final = "AWS::Bedrock::ApplicationInferenceProfile"
PROFILE_TYPES: Final = (NATIVE_TYPE, custom_types.INFERENCE_PROFILE)
"""The types of resources that are application inference profiles: CloudFormation's own, and the provider's."""


class Profile(NamedTuple):
    """The application inference profile of a declaration.

    ``owner`` is the declaration that says which model it is for, and on which route: another one for ``!GetAtt
    Other.InferenceProfileArn``. ``arn`` is the expression of its ARN, ``id`` its logical id, None if the template does
    not show it. ``made`` says that a declaration makes it. ``source`` is what a profile resource of the template is
    made from; without it nothing in the template shows whether the owner of a profile that is not made is right.
    """

    owner: str
    arn: Expression
    id: str | None = None
    made: bool = False
    source: ModelSource | None = None

    @property
    def stated(self) -> bool:
        """Whether the declaration alone says what the profile was made from."""
        return not self.made and self.source is None

    @property
    def short_id(self) -> Expression:
        """The expression of the profile's id, the last part of its ARN."""
        if self.id is not None:
            return get_att(self.id, ID)
        if isinstance(self.arn, str):
            return self.arn.rpartition("/")[2]
        return {"Fn::Select": [1, {"Fn::Split": ["/", self.arn]}]}


def profiles(
    declarations: Mapping[str, Declaration],
    unread: Collection[str],
    resources: Resources,
    scope: Scope,
    profile_part: str,
    report: Report,
) -> dict[str, Profile]:
    """The profile of each of ``declarations``, by id; an error for each that cannot be had.

    ``unread`` are declarations with errors that leave nothing to follow: what names the profile of one has none, and
    that is not reported. ``profile_part`` is what a profile is of the declaration that makes it.
    """
    profiles: dict[str, Profile] = {}
    others: dict[str, str] = {}
    for name, declaration in declarations.items():
        if not declaration.names_profile:
            logical_id = generated_id(name, profile_part)
            profiles[name] = Profile(name, get_att(logical_id, ARN), logical_id, made=True)
            continue
        named = _named(declaration, declarations, unread, resources, scope, report.of(name, "Properties"))
        if isinstance(named, Profile):
            profiles[name] = named
        elif named is not None:
            others[name] = named
    for name, other in others.items():
        owner = _end(name, others)
        if owner is None:
            _report_circular(name, others, report)
        elif owner in profiles:
            profiles[name] = profiles[owner]
            place = report.of(name, "Properties")
            _check_agreement(declarations[name], with_route(declarations[name], declarations, profiles), other, place)
    return profiles


def with_route(
    declaration: Declaration, declarations: Mapping[str, Declaration], profiles: Mapping[str, Profile]
) -> Declaration:
    """``declaration`` with the model and the route of its profile, whoever says what these are."""
    profile = profiles.get(declaration.logical_id)
    if profile is None or (profile.made and profile.owner == declaration.logical_id):
        return declaration
    owner = declarations[profile.owner]
    if (source := profile.source) is not None:
        owner = owner._replace(
            model=owner.model if source.model is None else source.model,
            model_id=source.model_id,
            geography=source.geography,
            cross_region=source.cross_region,
        )
    return owner if owner.logical_id == declaration.logical_id else declaration.with_route_of(owner)


def _end(name: str, others: Mapping[str, str]) -> str | None:
    """The declaration at the end of those that name each other's profiles; None if there is no end."""
    seen = {name}
    while name in others:
        name = others[name]
        if name in seen:
            return None
        seen.add(name)
    return name


def _report_circular(name: str, others: Mapping[str, str], report: Report) -> None:
    """Report a circular dependency one time, at the first of its declarations; one that only leads there is not."""
    path = [name]
    while (following := others[path[-1]]) not in path:
        path.append(following)
    if following == name and name == next(each for each in others if each in path):
        report.of(name, "Properties", PROPERTY).error(
            "reference",
            f"circular dependency: {' -> '.join([*path, name])}, and none of them makes a profile",
            f"Remove {PROPERTY} from one of them",
        )


_MUST_AGREE: Final = {
    "BedrockModelId": "model_id",
    "Geography": "geography",
    "DeployCrossRegionProfile": "cross_region",
    "DestinationRegions": "destination_regions",
}


def _check_agreement(declaration: Declaration, routed: Declaration, other: str, place: Report) -> None:
    """Report what ``declaration`` says otherwise than the profile of ``other``, which its model and route follow."""
    for name, field in _MUST_AGREE.items():
        if name in declaration.properties.values and getattr(declaration, field) != getattr(routed, field):
            what = f"does not agree with {other}, whose profile the declaration names"
            place.at(name).error("property", what, f"Remove {name}, or write what {other} has")


# --------------------------------------------------------------------------------------------- what a declaration names


def _named(
    declaration: Declaration,
    declarations: Mapping[str, Declaration],
    unread: Collection[str],
    resources: Resources,
    scope: Scope,
    place: Report,
) -> Profile | str | None:
    """The profile that ``declaration`` names, or the declaration that it names the profile of; None if neither is had.

    ``place`` is that of the declaration's Properties.
    """
    value, at = taken_branch(declaration.properties.expression(PROPERTY), scope), place.at(PROPERTY)
    parts = branches(value)
    reference = whole_reference(parts[0])
    if len(parts) > 1:
        if any(part is None or _is_shown(whole_reference(part), declarations, unread, resources) for part in parts):
            at.error("property", *_UNDECIDED)
            return None
        reference = None
    if reference is not None and reference[0] in unread:
        return None
    if reference is None or not _is_shown(reference, declarations, unread, resources):
        return _outside(declaration, value, reference, resources, scope, place)
    name, attribute = reference
    owner = name if name in declarations else _maker(name, declarations)
    if attribute != ARN:
        what = f"does not come to the ARN of the profile of {owner}" if owner else f"does not come to the ARN of {name}"
        at.error("property", what, f"Write !GetAtt {owner or name}.{ARN}")
        return None
    return owner or _of_resource(declaration, name, resources, scope, place)


_UNDECIDED: Final = (
    "decides which profile is taken, and its condition is not known before deployment",
    "Write one declaration for each profile, each with its Condition",
)


def _is_shown(
    reference: tuple[str, str] | None,
    declarations: Mapping[str, Declaration],
    unread: Collection[str],
    resources: Resources,
) -> bool:
    """Whether ``reference`` is to a declaration, or to a profile resource of the template."""
    if reference is None:
        return False
    name = reference[0]
    if name in declarations or name in unread or _maker(name, declarations) is not None:
        return True
    resource = resources.get(name)
    return isinstance(resource, dict) and resource.get("Type") in PROFILE_TYPES


def _maker(logical_id: str, declarations: Mapping[str, Declaration]) -> str | None:
    """The declaration that makes the profile with that generated logical id."""
    owners = (owner_of(logical_id, part) for part in names.PROFILES)
    return next((owner for owner in owners if owner in declarations), None)


def _of_resource(
    declaration: Declaration, name: str, resources: Resources, scope: Scope, place: Report
) -> Profile | None:
    """The profile resource ``name`` of the template."""
    source = model_source(properties(resources, name).get("ModelSource"), scope)
    profile = Profile(declaration.logical_id, get_att(name, ARN), name, source=source)
    if "BedrockModelId" not in declaration.properties.values and (source is None or source.model is None):
        what = f"BedrockModelId is missing, and it cannot be read in the ModelSource of {name}"
        place.error("property", what, _MODEL_AND_ROUTE if source is None else "Add BedrockModelId")
        return None
    if source is not None:
        routed = with_route(declaration, {declaration.logical_id: declaration}, {declaration.logical_id: profile})
        _check_agreement(declaration, routed, name, place)
    else:
        _report_stated(declaration, scope, place)
    return profile


_MODEL_AND_ROUTE: Final = (
    "Add BedrockModelId, and Geography or DeployCrossRegionProfile: false if the profile was not made from what the "
    "defaults come to"
)


def _outside(
    declaration: Declaration,
    value: Expression,
    reference: tuple[str, str] | None,
    resources: Resources,
    scope: Scope,
    place: Report,
) -> Profile | None:
    """The profile with the ARN ``value``, an expression, which the template does not show."""
    at, errors = place.at(PROPERTY), len(place.errors)
    if reference is not None and reference[1] and reference[0] not in resources and not any(map(is_loop, resources)):
        at.error("property", f"refers to {reference[0]}, which is no resource of this template", WHAT_TO_WRITE)
    elif condition(declaration.condition, scope) is not False:
        for branch in branches(value):
            check_arn(branch, scope, at)
    if len(place.errors) == errors and "BedrockModelId" not in declaration.properties.values:
        what = "BedrockModelId is missing, and nothing in the template shows what the profile was made from"
        place.error("property", what, _MODEL_AND_ROUTE)
    if len(place.errors) > errors:
        return None
    _report_stated(declaration, scope, place)
    return Profile(declaration.logical_id, value)


def _report_stated(declaration: Declaration, scope: Scope, place: Report) -> None:
    """Say that the template does not show what the profile was made from, unless that is compared at deployment."""
    if declaration.verify_model_access or condition(declaration.condition, scope) is False:
        return
    place.at(PROPERTY).information(
        "stated",
        "the template does not show what the profile was made from, so BedrockModelId, Geography and "
        "DeployCrossRegionProfile have to say it",
        "Add VerifyModelAccess: true, which compares them with the profile at deployment, or ignore this rule here "
        "(Metadata)",
    )
