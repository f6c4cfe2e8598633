"""What the ARN of an inference profile says, and what the ModelSource of a profile resource does.

Source: Amazon Bedrock API Reference, "CreateInferenceProfile"; AWS CloudFormation Template Reference,
AWS::Bedrock::ApplicationInferenceProfile.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock import split_profile_id
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, Scope, known
from lambda_bedrock_profile.template.references import ref, sub
from lambda_bedrock_profile.values import Expression

PROPERTY: Final = "ExistingInferenceProfile"

WHAT_TO_WRITE: Final = (
    "Write !GetAtt of the InferenceProfileArn of a declaration or of a profile of this template, or the ARN of an "
    "application inference profile: arn:aws:bedrock:<Region>:<account>:application-inference-profile/<id>"
)

_ANY_ACCOUNT: Final = "0" * 12
"""What stands for the stack's account if nobody says which it is."""


class ModelSource(NamedTuple):
    """What a profile resource of the template is made from.

    ``model`` is an expression of the model's id, None if only its value is known.
    """

    model: Expression
    model_id: str
    geography: str
    cross_region: bool


def check_arn(value: Expression, scope: Scope, report: Report) -> None:
    """Report a ``value`` that is known not to be the ARN of an application inference profile of the stack's place."""
    text = known(value, _with_account(scope))
    if not isinstance(text, str):
        text = value.get("Fn::Sub") if isinstance(value, dict) else None
        if isinstance(text, str) and ":inference-profile/" in text:
            report.error("property", *_SYSTEM_DEFINED)
        return
    start, partition, service, region, account, resource = [*text.split(":", 5), *[""] * 6][:6]
    kind, _, profile_id = resource.partition("/")
    here = scope.pseudo["AWS::Region"]
    fix = f"Write the ARN of a profile in {here}, or remove {PROPERTY} to have one made"
    if kind == "inference-profile" or split_profile_id(text):
        report.error("property", *_SYSTEM_DEFINED)
    elif (start, service, kind) != ("arn", "bedrock", "application-inference-profile") or not profile_id:
        report.error("property", "is not the ARN of an application inference profile", WHAT_TO_WRITE)
    elif partition != scope.pseudo["AWS::Partition"]:
        report.error("property", "is a profile of another partition, and cannot be called from this one", fix)
    elif region != here:
        what = f"is a profile of another Region, and a profile is called in its own; the stack is in {here}"
        report.error("property", what, fix)
    elif account != scope.pseudo.get("AWS::AccountId", account):
        report.error("property", "is a profile of another account, and only its own account can call it", fix)


_SYSTEM_DEFINED: Final = (
    "is a system-defined inference profile, which has no tags that its cost could be attributed by",
    f"Remove {PROPERTY}: a profile is then made from it, as BedrockModelId and Geography say. Or: Write the ARN of an "
    "application inference profile",
)


def _with_account(scope: Scope) -> Scope:
    return replace(scope, pseudo={"AWS::AccountId": _ANY_ACCOUNT, **scope.pseudo})


def model_source(expression: Expression, scope: Scope) -> ModelSource | None:
    """What the ``ModelSource`` of a profile resource says, as ``expression``; None if only deployment shows it."""
    source = taken_branch(expression, scope)
    copied = taken_branch(source.get("CopyFrom"), scope) if isinstance(source, dict) else None
    text = known(copied, _with_account(scope))
    head, _, name = text.rpartition("/") if isinstance(text, str) else ("", "", "")
    if head.endswith(":foundation-model"):
        return ModelSource(_model(copied, "", name, scope), name, "auto", False)
    if head.endswith(":inference-profile") and (split := split_profile_id(name)):
        return ModelSource(_model(copied, split[0], split[1], scope), split[1], split[0], True)
    return None


def _model(arn: Expression, geography: str, model_id: str, scope: Scope) -> Expression:
    """The expression of the model in the expression ``arn``, whose value ends in it; None if it is not known.

    It is taken from the form of ``arn`` and not from its value, which can come from a parameter.
    """
    argument = arn.get("Fn::Sub") if isinstance(arn, dict) else arn
    text, *local = argument if isinstance(argument, list) and argument else [argument]
    name = text.rpartition("/")[2] if isinstance(text, str) else ""
    if geography:
        prefix = re.match(_GEOGRAPHY, name)
        name = name[prefix.end() :] if prefix else ""
    variables = local[0] if local and isinstance(local[0], dict) else {}
    used = {match[1].strip() for match in PLACEHOLDER.finditer(name)}
    model: Expression = sub(name, {key: item for key, item in variables.items() if key in used}) if used else name
    if (whole := PLACEHOLDER.fullmatch(name)) and not variables and "." not in name:
        model = ref(whole[1].strip())
    return model if known(model, scope) == model_id else None


_GEOGRAPHY: Final = r"(?:[a-z-]+|\$\{[^}]*\})\."
"""The start of the id of a system-defined inference profile, which a reference can stand for."""
