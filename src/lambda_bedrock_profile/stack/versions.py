"""Published versions of a function: a new one has to come whenever a profile, or a guardrail's version, is replaced.

A version keeps its variables for ever, and an alias serves a version. AWS SAM publishes a version if the *text* of
the variables changes; Lambda accepts it if their *values* do. If a profile is replaced, the text stays: it is
``Fn::GetAtt`` of the same resource. The alias would go on to call a profile that is deleted. So the expansion adds a
variable with a digest of all properties that no update of a profile can change. The digest differs, as text and as
value, exactly if a profile is replaced. The same holds for the version of a guardrail that the template makes.

Of an existing profile the template may have only the ARN. A parameter can change it under the same text, so what is
known of the ARN is in the digest, too. What only deployment knows, such as an import, is a warning.
Sources: AWS SAM translator 1.115.0, ``_construct_version``; AWS Lambda API Reference, "PublishVersion".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.existing_function import SERVERLESS
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.profile_arns import PROPERTY
from lambda_bedrock_profile.template.estimates import as_far_as_known, filled
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, condition
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.template.resources import properties as properties_of
from lambda_bedrock_profile.values import Expression, Json

REVISION: Final = "BEDROCK_PROFILE_REVISION"
"""The variable with the digest."""

CREATE_ONLY: Final = ("InferenceProfileName", "Description", "ModelSource")
"""AWS CloudFormation Template Reference, AWS::Bedrock::ApplicationInferenceProfile: "Update requires: Replacement"."""
_OF_A_GUARDRAIL: Final = ("Description", "GuardrailIdentifier")
"""The same of AWS::Bedrock::GuardrailVersion."""


def publishes(function: Mapping[str, Json], shared: Mapping[str, Json]) -> bool:
    """Whether AWS SAM publishes versions of ``function``; ``shared`` is what it inherits from Globals."""
    alias = _property(function, shared, "AutoPublishAlias")
    return function.get("Type") == SERVERLESS and alias is not None and alias != NO_VALUE


def _property(function: Mapping[str, Json], shared: Mapping[str, Json], name: str) -> Expression:
    return (function.get("Properties") or {}).get(name, shared.get(name))


def revision(grants: Sequence[Grant], resources: Mapping[str, Json], scope: Scope) -> str | None:
    """A digest of what no update can change of what ``grants`` call with; None if none of them is deployed.

    A part that only deployment knows counts by its text, and so does the account, which not everybody knows who expands
    the template. An ARN that is written out shows in the text of the variables, and needs no digest.
    """
    pseudo = {name: value for name, value in scope.pseudo.items() if name != "AWS::AccountId"}
    anywhere = replace(scope, pseudo=pseudo)
    digested = []
    for grant in sorted(grants, key=lambda grant: grant.logical_id):
        if grant.condition is None or condition(grant.condition, scope) is not False:
            versions = grant.guardrail.versions if grant.guardrail is not None else ()
            called: dict[str | None, Sequence[str]] = {
                grant.profile.id: CREATE_ONLY,
                **dict.fromkeys(versions, _OF_A_GUARDRAIL),
            }
            for logical_id, create_only in called.items():
                if logical_id is None or logical_id not in resources:
                    continue
                properties = properties_of(resources, logical_id)
                fixed = {name: properties[name] for name in create_only if name in properties}
                digested.append([logical_id, as_far_as_known(fixed, anywhere)])
            if grant.profile.id is None and not isinstance(grant.profile_arn, str):
                digested.append([PROPERTY, as_far_as_known(grant.profile_arn, anywhere)])
    return names.revision(digested) if digested else None


def check_existing_profiles(function_id: str, grants: Sequence[Grant], scope: Scope, report: Report) -> None:
    """Warn of each profile of ``function_id``, which publishes versions, that may become another one unseen."""
    for grant in {grant.profile.owner: grant for grant in grants}.values():
        if grant.profile.id is None and condition(grant.condition, scope) is not False and _varies(grant, scope):
            report.of(grant.profile.owner, "Properties", PROPERTY).warning(
                "versions",
                f"{function_id} publishes versions, and only deployment knows this ARN; if it becomes another one, no "
                "version is published, and the alias calls the earlier profile",
                "Write the ARN, or give it by a parameter that is neither NoEcho nor SSM",
            )


def _varies(grant: Grant, scope: Scope) -> bool:
    """Whether the ARN of the profile of ``grant`` can change unseen: a part of it only deployment knows."""
    unknown: list[Expression] = []

    def stand_in(part: Expression) -> str:
        unknown.append(part)
        return ""

    def choice(name: Expression, then: Expression, otherwise: Expression) -> Expression:
        unknown.append(name)
        return then

    filled(grant.profile_arn, scope, stand_in, choice)
    return any(not _of_the_stack(part) for part in unknown)


def _of_the_stack(part: Expression) -> bool:
    """Whether ``part`` is a pseudo parameter, which stays the same for a stack."""
    return isinstance(part, dict) and str(part.get("Ref", "")).startswith("AWS::")


def check_versions(
    function_id: str,
    function: Mapping[str, Json],
    shared: Mapping[str, Json],
    versions: Mapping[str, Mapping[str, Json]],
    context: StackContext,
    place: Report,
) -> None:
    """Report at ``place`` each way in which versions of ``function`` are published without a look at the profiles.

    ``shared`` is what the function inherits from Globals, ``versions`` are the properties of the template's versions by
    logical id.
    """
    if publishes(function, shared) and _property(function, shared, "AutoPublishCodeSha256") is not None:
        place.warning(
            "versions",
            f"AutoPublishCodeSha256 alone decides when AWS SAM publishes a version of {function_id}, so {_DELETED}",
            f"Remove AutoPublishCodeSha256 from {function_id}, or write another one whenever a profile is replaced",
        )
    if publishes(function, shared) and context.serverless_first:
        place.warning(
            "versions",
            f"AWS SAM comes first and publishes {function_id} without a look at its profiles, so {_DELETED}",
            _ORDER,
        )
    for logical_id, properties in versions.items():
        if function_id in targets_of(properties.get("FunctionName")):
            place.warning(
                "versions",
                f"{logical_id} publishes {function_id} without a look at its profiles, so {_DELETED}",
                f"If AWS SAM made it: {_ORDER}. Give a version of your own another logical id with each new profile",
            )


_DELETED: Final = "after one is replaced an alias may call the one that is deleted"
_ORDER: Final = "Write Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31], in this order"
