"""The guardrail of a declaration: its ARN, its version, and what a call with it is authorized for besides.

``policy.py`` makes statements of it. Sources: Amazon Bedrock User Guide, "Set up permissions to use guardrails",
"Permissions for using cross-Region inference with guardrails", "Enforce the use of specific guardrails"; Service
Authorization Reference, "Actions, resources, and condition keys for Amazon Bedrock".

* ``bedrock:GuardrailIdentifier`` holds the ARN with the version behind it, and the bare ARN for DRAFT.
* A cross-Region guardrail is authorized on its guardrail profile, too, in every Region where Bedrock may evaluate it.
  The account is that of the guardrail. A guardrail of the template shows its profile; for any other one all profiles
  of its Region are named, which opens nothing but ApplyGuardrail, and that needs the guardrail itself.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock.catalog import guardrail_profiles
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import taken_branch
from lambda_bedrock_profile.template.intrinsics import Scope, function_of, known, text_of
from lambda_bedrock_profile.template.references import embedded, get_att, sub, whole_reference
from lambda_bedrock_profile.template.resources import Resources, is_a, is_custom, properties
from lambda_bedrock_profile.values import Expression, Json

GUARDRAIL: Final = "AWS::Bedrock::Guardrail"
VERSION: Final = "AWS::Bedrock::GuardrailVersion"

_MEMBERS: Final = SCHEMA["properties"]["Guardrail"]["properties"]
VARIABLES: Final = ("IdentifierEnvironmentVariableName", "VersionEnvironmentVariableName")
"""The members of Guardrail that name a variable: of the ARN, and of the version."""

_ARN: Final = r"arn:(?P<partition>[^:]+):bedrock:(?P<region>[^:]+):(?P<account>\d{12}):guardrail/(?P<id>[a-z0-9]+)"
_OWN: Final = "${AWS::AccountId}"


class Guardrail(NamedTuple):
    """A guardrail, as expressions.

    ``key_value`` is what ``bedrock:GuardrailIdentifier`` holds in a call with it. ``profiles`` are the ARNs of its
    guardrail profiles. ``key_arn`` is the key that it is encrypted with, None if the template shows none.
    ``variables`` are those that the function gets. ``versions`` are the logical ids of its version in the template.
    """

    arn: Expression
    key_value: Expression
    enforced: bool
    profiles: tuple[Json, ...]
    key_arn: Expression
    variables: Mapping[str, Json]
    versions: tuple[str, ...]


def variable_names(declaration: Declaration) -> dict[str, str]:
    """The names of the variables of the guardrail by member of Guardrail, those that are left out as empty texts."""
    values = declaration.properties.value("Guardrail")
    if not isinstance(values, dict):
        return {}
    return {name: str(values.get(name, _MEMBERS[name]["default"])) for name in VARIABLES}


def guardrail(declaration: Declaration, resources: Resources, scope: Scope, report: Report) -> Guardrail | None:
    """The guardrail that the declaration names; None if it names none, or none that can be used, which is reported.

    ``resources`` are those of the template, without references to declarations.
    """
    expression = taken_branch(declaration.properties.expression("Guardrail"), scope)
    values = declaration.properties.value("Guardrail")
    if not isinstance(expression, dict) or function_of(expression) or not isinstance(values, dict):
        return None
    place = report.of(declaration.logical_id, "Properties", "Guardrail")
    identifier, version = (_settled(name, expression, scope, place) for name in ("Identifier", "Version"))
    if identifier is None or version is None:
        return None
    reader = _Reader(identifier, version, values.get("Enforce") is True, resources, scope, place)
    before = len(report.errors)
    result = reader.guardrail(variable_names(declaration))
    return result if len(report.errors) == before else None


def _settled(name: str, members: Mapping[str, Json], scope: Scope, report: Report) -> Expression:
    """The user's expression of the member ``name``; None, and an error, if a condition decides that is not known."""
    value = taken_branch(members.get(name), scope)
    if function_of(value) == "Fn::If":
        what = "decides the expansion, and its condition cannot be known before deployment"
        fix = "Write two declarations, each with its Condition, or a condition on parameters with a value here"
        report.at(name).error("property", what, fix)
        return None
    return text_of(value) if isinstance(value, int) else value


class _Reader(NamedTuple):
    """Reads one guardrail from what the user wrote of it."""

    identifier: Expression
    version: Expression
    enforced: bool
    resources: Resources
    scope: Scope
    report: Report

    def guardrail(self, names: Mapping[str, str]) -> Guardrail:
        """The guardrail; what is wrong with it is reported."""
        target = self._target(self.identifier)
        arn = self._arn(target)
        of_template = self._guardrail_behind(target)
        settings = properties(self.resources, of_template) if of_template else {}
        values = dict(zip((names[name] for name in VARIABLES), (arn, self.version), strict=True))
        return Guardrail(
            arn=arn,
            key_value=self._key_value(arn, of_template),
            enforced=self.enforced,
            profiles=self._profiles(arn, settings if of_template else None),
            key_arn=taken_branch(settings.get("KmsKeyArn"), self.scope),
            variables={name: value for name, value in values.items() if name},
            versions=tuple(
                name
                for part in (self.identifier, self.version)
                if (target := self._target(part)) and is_a(self.resources, name := target[0], VERSION)
            ),
        )

    def _target(self, value: Expression) -> tuple[str, str] | None:
        """(logical id, attribute) of the resource of AWS that ``value`` refers to; the attribute of a Ref is empty."""
        target = whole_reference(value)
        return target if target is not None and self._kind(target[0]) is not None else None

    def _kind(self, name: str) -> str | None:
        """The type of a resource whose attributes are known; None for custom resources and nested stacks."""
        resource = self.resources.get(name)
        kind = resource.get("Type") if isinstance(resource, dict) else None
        return kind if isinstance(kind, str) and not is_custom(resource) else None

    def _guardrail_behind(self, target: tuple[str, str] | None) -> str | None:
        """The logical id of the guardrail that ``target`` is, or is a version of; None if the template has it not."""
        name = None if target is None else target[0]
        if name is not None and is_a(self.resources, name, VERSION):
            behind = self._target(taken_branch(properties(self.resources, name).get("GuardrailIdentifier"), self.scope))
            name = None if behind is None else behind[0]
        return name if name is not None and is_a(self.resources, name, GUARDRAIL) else None

    # The identifier

    def _arn(self, target: tuple[str, str] | None) -> Expression:
        """The ARN of the guardrail; an identifier that is none is reported."""
        if target is not None:
            name, attribute = target
            offered = {GUARDRAIL: ("", "GuardrailArn", "GuardrailId"), VERSION: ("GuardrailArn", "GuardrailId")}
            if attribute not in offered.get(str(self._kind(name)), ()):
                what = f"{name} is a resource of type {self._kind(name)}, and this reference to it gives no guardrail"
                fix = f"Write !GetAtt of GuardrailArn of an {GUARDRAIL}, or the id or ARN of a guardrail"
                self.report.at("Identifier").error("property", what, fix)
            return get_att(name, "GuardrailArn")
        value = known(self.identifier, self.scope)
        if isinstance(value, str) and (match := re.fullmatch(_ARN, value)):
            self._check(match)
            return self.identifier
        if isinstance(value, str):
            text, variables = embedded(self.identifier, "GuardrailId")
            return sub(f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}:{_OWN}:guardrail/{text}", variables)
        return self.identifier  # Only deployment knows it, and IAM refuses what is no ARN.

    def _check(self, arn: re.Match[str]) -> None:
        place, pseudo = self.report.at("Identifier"), self.scope.pseudo
        if (arn["partition"], arn["region"]) != (pseudo.get("AWS::Partition"), pseudo.get("AWS::Region")):
            what = "is a guardrail of another Region than the stack's, and a call takes one of its own Region"
            place.error("property", what, "Name a guardrail in the stack's Region")
        elif arn["account"] != pseudo.get("AWS::AccountId", arn["account"]):
            what = "is a guardrail of another account, which works within an organization if its resource policy lets "
            what += "the function's role apply it"
            if self.enforced:
                fix = "Remove Enforce, or name a guardrail of the stack's account: AWS documents the condition for it"
                place.error("property", f"{what}; whether Enforce works with it is not documented", fix)
            else:
                fix = "Add the role to the AWS::Bedrock::ResourcePolicy of the guardrail, and ignore this rule here"
                place.warning("guardrail", what, fix)

    # The version

    def _key_value(self, arn: Expression, of_template: str | None) -> Expression:
        """The ARN with the version behind it, or the bare ARN of DRAFT."""
        if self._is_draft(of_template):
            return arn
        text, variables = _embedded(arn, "GuardrailArn")
        version, others = _embedded(self.version, "GuardrailVersion")
        return sub(f"{text}:{version}", {**variables, **others})

    def _is_draft(self, of_template: str | None) -> bool:
        target = self._target(self.version)
        if target is None:
            return bool(known(self.version, self.scope) == "DRAFT")  # What only deployment knows is a number.
        name, attribute = target
        place = self.report.at("Version")
        if attribute != "Version" or self._kind(name) not in (GUARDRAIL, VERSION):
            what = f"this reference to {name}, a resource of type {self._kind(name)}, gives no version of a guardrail"
            place.error("property", what, f"Write !GetAtt of Version of an {VERSION}, a number, or DRAFT")
        behind = self._guardrail_behind(target)
        if None not in (behind, of_template) and behind != of_template:
            what = f"is a version of {behind}, and Identifier names {of_template}"
            place.error("property", what, f"Write a version of {of_template}, or name {behind} in Identifier")
        return self._kind(name) == GUARDRAIL

    # The guardrail profiles

    def _profiles(self, arn: Expression, settings: Mapping[str, Json] | None) -> tuple[Json, ...]:
        """The ARNs of the guardrail profiles; ``settings`` are the guardrail's if the template has it."""
        offered = guardrail_profiles(self.scope.pseudo.get("AWS::Region", ""))
        if settings is not None:
            config = taken_branch(settings.get("CrossRegionConfig"), self.scope)
            if config is None:
                return ()
            profile_id = self._profile_id(config)
            if profile_id is not None:
                # A profile that is newer than the table may lead to any Region.
                offered = {profile_id: offered.get(profile_id, ("*",))}
        owner, variables = self._owner(arn)
        texts = [
            f"arn:${{AWS::Partition}}:bedrock:{region}:{owner}:guardrail-profile/{profile_id}"
            for profile_id, regions in offered.items()
            for region in regions
        ]
        return tuple(sub(text, variables) for text in texts)

    def _profile_id(self, config: Expression) -> str | None:
        """The id of the profile in a CrossRegionConfig, as far as the template shows it, whatever the account is."""
        arn = config.get("GuardrailProfileArn") if isinstance(config, dict) else None
        anywhere = replace(self.scope, pseudo={"AWS::AccountId": "0" * 12, **self.scope.pseudo})
        value = known(arn, anywhere)
        return value.rpartition("/")[2] if isinstance(value, str) else None

    def _owner(self, arn: Expression) -> tuple[str, dict[str, Json]]:
        """The account of the guardrail inside the text of Fn::Sub, and the variables of that."""
        if isinstance(arn, str):
            return arn.split(":")[4], {}
        if arn is not self.identifier:
            return _OWN, {}
        return "${Owner}", {"Owner": {"Fn::Select": [4, {"Fn::Split": [":", arn]}]}}


def _embedded(value: Expression, variable: str) -> tuple[str, dict[str, Json]]:
    """How ``value`` is written inside the text of Fn::Sub; the text of an Fn::Sub goes in as it is."""
    text = value.get("Fn::Sub") if isinstance(value, dict) else None
    if isinstance(text, str):
        return text, {}
    if isinstance(text, list) and len(text) == 2 and isinstance(text[1], dict):
        return str(text[0]), text[1]
    return embedded(value, variable)
