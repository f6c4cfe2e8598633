"""What the schema cannot say: which properties go together.

Each check gets the properties of a declaration and a report that is bound to Properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.declaration.properties import Properties
from lambda_bedrock_profile.declaration.property_names import INCLUDED, TRANSFORM, misspelt
from lambda_bedrock_profile.declaration.schema import DEFAULTS, SCHEMA
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Unknown, function_of, text_of
from lambda_bedrock_profile.values import Expression, Json

_FUNCTION: Final = SCHEMA["properties"]["LambdaFunctionProps"]
_LIMITS: Final = {
    name: item["maximumWithoutCapacityProvider"]
    for name, item in _FUNCTION["properties"].items()
    if "maximumWithoutCapacityProvider" in item
}

GENERATED_POLICY: Final = "LambdaBedrockProfile"
"""The name of the policy in the generated role."""

_ONE_OF: Final = ("LambdaFunctionProps", "ExistingLambdaObj", "ExistingRole")
ONE_FUNCTION: Final = (
    "Write exactly one of LambdaFunctionProps (a new function), ExistingLambdaObj (one of this template) and "
    "ExistingRole (a role that is no function's)"
)


def check_combinations(properties: Properties, report: Report) -> None:
    """Report every combination of properties that cannot be meant."""
    _check_function(properties, report)
    _check_model(properties, report)
    for check, names in _CHECKS:
        if not names.isdisjoint(properties.expressions):
            check(properties, report)


def _check_function(properties: Properties, report: Report) -> None:
    named = [name for name in _ONE_OF if name in properties.expressions]
    if len(named) > 1:
        report.error("property", f"has {' and '.join(named)}", ONE_FUNCTION)
    elif not named and not any(misspelt(name, properties.expressions, SCHEMA) for name in _ONE_OF):
        report.error("property", "names no function and no role", ONE_FUNCTION)


def _check_model(properties: Properties, report: Report) -> None:
    """Report that nothing says which model is called. What a profile of the template says of it is known later."""
    if {"BedrockModelId", "ExistingInferenceProfile"}.isdisjoint(properties.values):
        if not misspelt("BedrockModelId", properties.expressions, SCHEMA):
            expected = SCHEMA["properties"]["BedrockModelId"]["expects"]
            report.error("property", "BedrockModelId is missing", f"Add BedrockModelId: {expected}")
    elif {"ExistingInferenceProfile", "InferenceProfileProps"} <= properties.values.keys():
        what = "stands beside ExistingInferenceProfile: a profile is either given or made"
        fix = "Remove InferenceProfileProps or ExistingInferenceProfile"
        report.at("InferenceProfileProps").error("property", what, fix)


def _check_variables(properties: Properties, report: Report) -> None:
    model, profile = "FoundationModelEnvironmentVariableName", "InferenceProfileEnvironmentVariableName"
    names = [properties.value(name, DEFAULTS[name]) for name in (model, profile)]
    if names[0] == names[1] and not isinstance(names[0], Unknown):
        report.at(model if model in properties else profile).error(
            "property",
            "both environment variables have the same name, so one would hide the other",
            "Give the model id and the profile ARN different names",
        )
    guardrail = properties.value("Guardrail")
    for member, definition in SCHEMA["properties"]["Guardrail"]["properties"].items():
        if not isinstance(guardrail, dict) or not member.endswith("EnvironmentVariableName"):
            continue
        name = guardrail.get(member, definition["default"])
        if name and name in names and not isinstance(name, Unknown):
            report.at("Guardrail", *([member] if member in guardrail else [])).error(
                "property",
                "two environment variables have the same name, so one would hide the other",
                f"Give the variables of model, profile and guardrail different names, this one with {member}",
            )
        names.append(name)


def _check_vpc(properties: Properties, report: Report) -> None:
    if "ExistingVpc" in properties and (properties.value("DeployVpc") is True or "VpcProps" in properties):
        other = "VpcProps" if "VpcProps" in properties else "DeployVpc"
        what = f"stands beside {other}: a VPC is either given or made"
        report.at("ExistingVpc").error("property", what, f"Remove ExistingVpc or {other}")


def _check_function_props(properties: Properties, report: Report) -> None:
    expression = properties.expression("LambdaFunctionProps")
    if not isinstance(expression, dict) or function_of(expression):
        return
    props = properties.within("LambdaFunctionProps")
    for name, limit in _LIMITS.items() if not _LIMITS.keys().isdisjoint(props.expressions) else ():
        value, definition = props.value(name), _FUNCTION["properties"][name]
        if isinstance(value, int) and limit < value <= definition["maximum"] and "CapacityProviderConfig" not in props:
            at = report.at("LambdaFunctionProps", name)
            at.error("property", "is too large", f"Write {definition['expects']}")
    _check_package(props, report)


# The code of a function: a zip archive, which needs a runtime and a handler, or a container image. Sources:
# CloudFormation Template Reference, AWS::Lambda::Function and its Code; Lambda API Reference, CreateFunction. Whether
# runtime, layers and image settings suit the package is cfn-lint's matter.

_ARCHIVE_ONLY: Final = {"Runtime": "python3.13", "Handler": "index.handler"}
_SOURCES: Final = ("ZipFile", "S3Bucket", "S3Key", "ImageUri")
_WHOLE_SOURCES: Final = frozenset({("S3Bucket", "S3Key"), ("ZipFile",), ("ImageUri",)})
_ABOUT_A_SOURCE: Final = frozenset({"S3ObjectStorageMode", "S3ObjectVersion", "SourceKMSKeyArn"})


def is_image(props: Mapping[str, Json]) -> bool:
    """Whether the code of a function with these properties is a container image, in each branch of Fn::If."""
    return all(
        isinstance(code, dict) and "ImageUri" in code and None not in branches(code["ImageUri"])
        for code in branches(props.get("Code"))
    )


def _check_package(props: Properties, report: Report) -> None:
    """Report a function with two sources of code or none, and an archive without runtime or handler.

    ``props`` are LambdaFunctionProps, and ``report`` is bound to the map that these stand in.
    """
    code = _code(props.expression("Code"))
    if not _has_one_source(code):
        _report_sources(code, report.at("LambdaFunctionProps", "Code"))
        return
    if "ImageUri" in code:
        return
    package = props.value("PackageType")
    if package != "Zip" and ("PackageType" in props or (not code and is_image(props.expressions))):
        return
    for name, example in _ARCHIVE_ONLY.items():
        if name not in props.expressions and not misspelt(name, props.expressions, _FUNCTION):
            what = f"{name} is missing, and a function that is no container image needs it"
            report.at("LambdaFunctionProps").error("property", what, f"Add {name}, such as {example}")


def _code(code: Expression) -> Mapping[str, Json]:
    """The members of a function's ``code``, if it is a map and no condition leaves a member out."""
    if not isinstance(code, dict) or function_of(code):
        return {}
    if not any(isinstance(value, dict) for value in code.values()):
        return code
    members = {name: value for name, value in code.items() if value != NO_VALUE}
    return {} if any(None in branches(value) for value in members.values()) else members


def _has_one_source(code: Mapping[str, Json]) -> bool:
    """Whether ``code`` is one source; an empty one, and one that only AWS knows, are taken for one."""
    sources = [name for name in _SOURCES if name in code]
    if not sources:
        return not code or not code.keys() <= _ABOUT_A_SOURCE
    return tuple(sources) in _WHOLE_SOURCES


def _report_sources(code: Mapping[str, Json], report: Report) -> None:
    """Report a ``code`` that is not one source."""
    sources = [name for name in _SOURCES if name in code]
    what = f"has {' and '.join(sources)}, and a function has one source of its code" if sources else "has no source"
    fix = "Write one of ZipFile, S3Bucket with S3Key, and ImageUri"
    if sources in (["S3Bucket"], ["S3Key"]):
        missing = "S3Key" if sources == ["S3Bucket"] else "S3Bucket"
        what, fix = f"has {sources[0]} without {missing}", f"Add {missing}"
    report.error("property", what, fix)


def _check_merged(properties: Properties, report: Report) -> None:
    for path, kind, value in _merged(properties):
        for branch in branches(value):
            if function := function_of(branch):
                what_and_fix = (
                    f"is the result of {function}, and nothing can be added to that",
                    "Write the value itself, with the intrinsic functions inside it; Fn::If may stand around it",
                )
                report.at(*path).error("property", *(INCLUDED if function == TRANSFORM else what_and_fix))
            elif function_of(value) and not isinstance(branch, kind | None):
                report.at(*path).error(
                    "property",
                    "is of the wrong type in one branch of Fn::If",
                    f"Write a {'map' if kind is dict else 'list'} in each branch, or AWS::NoValue",
                )


def _merged(properties: Properties) -> Iterator[tuple[tuple[str, ...], type, Json]]:
    """(path, type, value) of everything that the user and the expansion write together."""
    at = "LambdaFunctionProps"
    function, role = properties.within(at).expressions, properties.within("RoleProps").expressions
    if "Policies" in role:
        yield ("RoleProps", "Policies"), list, role["Policies"]
    if "LoggingConfig" in function:
        yield (at, "LoggingConfig"), dict, function["LoggingConfig"]
    if "Environment" in function:
        yield (at, "Environment"), dict, function["Environment"]
        for branch in branches(function["Environment"]):
            if isinstance(branch, dict) and not function_of(branch):
                yield (at, "Environment", "Variables"), dict, branch.get("Variables")


OF_A_FUNCTION: Final = (
    "FoundationModelEnvironmentVariableName",
    "InferenceProfileEnvironmentVariableName",
    "RoleProps",
    "LogGroupProps",
    "DeployVpc",
    "VpcProps",
    "ExistingVpc",
    "InterfaceEndpoints",
)
"""The properties about a function, its role, its logs and its network."""


def _check_role(properties: Properties, report: Report) -> None:
    if not {"LambdaFunctionProps", "ExistingLambdaObj"}.isdisjoint(properties.expressions):
        return  # That is an error of its own.
    for name in OF_A_FUNCTION:
        if name in properties:
            _no_effect(name, _NO_FUNCTION, report)
    guardrail, at = properties.within("Guardrail"), report.at("Guardrail")
    for name in ("IdentifierEnvironmentVariableName", "VersionEnvironmentVariableName"):
        if name in guardrail:
            _no_effect(name, _NO_FUNCTION, at)


_NO_FUNCTION: Final = "ExistingRole is a role and no function"


def _check_effects(properties: Properties, report: Report) -> None:
    if "ExistingRole" in properties:
        return  # That is an error of its own.
    function_props = properties.within("LambdaFunctionProps")
    if "RoleProps" in properties and ("ExistingLambdaObj" in properties or "Role" in function_props):
        _no_effect("RoleProps", "the function keeps its own role", report)
    keeps_log_group = "ExistingLambdaObj" in properties or not leaves_log_group_open(function_props.expressions)
    if "LogGroupProps" in properties and keeps_log_group:
        _no_effect("LogGroupProps", "the function keeps its own log group", report)


def _check_vpc_props(properties: Properties, report: Report) -> None:
    """What of VpcProps is ignored or overridden, as the documentation of the construct has it."""
    if not {"ExistingVpc", "ExistingRole"}.isdisjoint(properties.expressions):
        return  # These are errors of their own.
    if misspelt("DeployVpc", properties.expressions, SCHEMA):
        return  # These are errors of their own.
    at = report.at("VpcProps")
    if properties.expression("DeployVpc", False) in (False, "false"):
        what = "is ignored, since no VPC is made without DeployVpc: true"
        at.warning("ignored", what, "Add DeployVpc: true, or remove VpcProps")
        return
    if properties.value("DeployVpc") is False:
        return
    values = properties.within("VpcProps").values
    for name, definition in SCHEMA["properties"]["VpcProps"]["properties"].items():
        if "always" not in definition or name not in values:
            continue
        value = values[name]
        if not isinstance(value, Unknown) and value != definition["always"]:
            what = f"is overridden, since {definition['because']}"
            at.at(name).warning("ignored", what, f"Remove {name}, or make the VPC yourself and name it in ExistingVpc")


def leaves_log_group_open(props: Mapping[str, Json]) -> bool:
    """Whether a function's ``props`` name no log group, in one branch of Fn::If at least."""
    if "LoggingConfig" not in props:
        return True
    configs = branches(props["LoggingConfig"])
    return any(None in branches(config.get("LogGroup")) if isinstance(config, dict) else True for config in configs)


def _no_effect(name: str, reason: str, report: Report) -> None:
    report.at(name).error("property", f"has no effect, since {reason}", f"Remove {name}")


def _check_tags(properties: Properties, report: Report) -> None:
    """Tags that are there twice, or too many. IAM takes two keys that differ in case alone for one.

    Source: IAM User Guide, "Tags for IAM and STS resources".
    """
    expression = properties.within("InferenceProfileProps").expression("Tags")
    tags = expression if isinstance(expression, list) else []
    makes_role = {"ExistingLambdaObj", "ExistingRole"}.isdisjoint(properties.expressions)
    on_role = makes_role and "Tags" not in properties.within("RoleProps")
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        users_key = tag.get("Key") if isinstance(tag, dict) else None
        if not isinstance(users_key, str | int | float):
            continue
        key = text_of(users_key)
        compared = key.lower() if on_role else key
        if compared in seen:
            alike = ", or differs in case alone, and the generated role takes the tags over" if on_role else ""
            at = report.at("InferenceProfileProps", "Tags", index, "Key")
            at.error("property", f"is the key of an earlier tag{alike}", "Write each key one time")
        seen.add(compared)
    if len(tags) > 50 and on_role:
        what = f"has {len(tags)} tags, which the generated role takes over, and a role takes 50"
        at = report.at("InferenceProfileProps", "Tags")
        at.error("property", what, "Write the role's own tags in RoleProps.Tags")


def _check_policies(properties: Properties, report: Report) -> None:
    policies = properties.within("RoleProps").value("Policies")
    for policy in policies if isinstance(policies, list) else ():
        if isinstance(policy, dict) and policy.get("PolicyName") == GENERATED_POLICY:
            what = (
                f"has a policy {GENERATED_POLICY}, which is the name of the generated one, and it would take its place"
            )
            report.at("RoleProps", "Policies").error("property", what, "Give the policy another name")


_CHECKS: Final = tuple(
    (check, frozenset(names))
    for check, names in (
        (_check_function_props, ("LambdaFunctionProps",)),
        (_check_merged, ("LambdaFunctionProps", "RoleProps")),
        (_check_effects, ("RoleProps", "LogGroupProps")),
        (_check_role, ("ExistingRole",)),
        (_check_vpc_props, ("VpcProps",)),
        (_check_tags, ("InferenceProfileProps",)),
        (_check_policies, ("RoleProps",)),
        (
            _check_variables,
            ("FoundationModelEnvironmentVariableName", "InferenceProfileEnvironmentVariableName", "Guardrail"),
        ),
        (_check_vpc, ("ExistingVpc",)),
    )
)
"""Each check, and the properties it is about: it has nothing to say if none of them is written."""
