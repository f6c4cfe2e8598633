"""What the schema cannot say: which properties go together, and what a path to local code means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration.package import package_problems
from lambda_bedrock_profile.declaration.schema import DEFAULTS, SCHEMA, misspelt
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import function_of

_FUNCTION: Final = SCHEMA["properties"]["LambdaFunctionProps"]
_LIMITS: Final = {
    name: item["maximumWithoutCapacityProvider"]
    for name, item in _FUNCTION["properties"].items()
    if "maximumWithoutCapacityProvider" in item
}

OWN_POLICY: Final = "LambdaBedrockProfile"
"""The name of the policy in the generated role."""

_ONE_OF: Final = ("LambdaFunctionProps", "ExistingLambdaObj")
ONE_FUNCTION: Final = (
    "Write exactly one of LambdaFunctionProps (a new function) and ExistingLambdaObj (one of this template)"
)


def combination_problems(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> list[Problem]:
    """Every combination of properties that cannot be meant."""
    problems = list(_one_function(logical_id, written))
    for rule, names in _RULES:
        if not names.isdisjoint(written):
            problems += rule(logical_id, written, plain)
    return problems


def _one_function(logical_id: str, written: Mapping[str, Any]) -> Iterator[Problem]:
    new, existing = "LambdaFunctionProps" in written, "ExistingLambdaObj" in written
    if new and existing:
        yield Problem(logical_id, ("Properties",), "has both LambdaFunctionProps and ExistingLambdaObj", ONE_FUNCTION)
    elif not new and not existing and not any(misspelt(name, written, SCHEMA) for name in _ONE_OF):
        yield Problem(logical_id, ("Properties",), "names no function", ONE_FUNCTION)


def _variables(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    model, profile = "FoundationModelEnvironmentVariableName", "InferenceProfileEnvironmentVariableName"
    unknown = {model, profile} & written.keys() - plain.keys()
    if not unknown and plain.get(model, DEFAULTS[model]) == plain.get(profile, DEFAULTS[profile]):
        yield Problem(
            logical_id,
            ("Properties", model if model in written else profile),
            "both environment variables have the same name, so one would hide the other",
            "Give the model id and the profile ARN different names",
        )


def _vpc(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    if "ExistingVpc" in written and (plain.get("DeployVpc") is True or "VpcProps" in written):
        other = "VpcProps" if "VpcProps" in written else "DeployVpc"
        yield Problem(
            logical_id,
            ("Properties", "ExistingVpc"),
            f"stands beside {other}: a VPC is either given or made",
            f"Remove ExistingVpc or {other}",
        )


def _function_problems(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    props = written.get("LambdaFunctionProps")
    if not isinstance(props, dict) or function_of(props):
        return
    at = ("Properties", "LambdaFunctionProps")
    known_props = plain.get("LambdaFunctionProps", {})
    for name, limit in _LIMITS.items():
        value = known_props.get(name)
        schema = _FUNCTION["properties"][name]
        if isinstance(value, int) and limit < value <= schema["maximum"] and "CapacityProviderConfig" not in props:
            yield Problem(logical_id, (*at, name), "is too large", f"Write {schema['expects']}")
    yield from package_problems(logical_id, props, known_props)


def _unmergeable(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    for path, kind, value in _merged(written):
        for branch in branches(value):
            if function := function_of(branch):
                yield Problem(
                    logical_id,
                    ("Properties", *path),
                    f"is the result of {function}, and nothing can be added to that",
                    "Write the value itself, with the intrinsic functions inside it; Fn::If may stand around it",
                )
            elif function_of(value) and not isinstance(branch, kind | None):
                yield Problem(
                    logical_id,
                    ("Properties", *path),
                    "is of the wrong type in one branch of Fn::If",
                    f"Write a {'map' if kind is dict else 'list'} in each branch, or AWS::NoValue",
                )


def _merged(written: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], type, Any]]:
    """(path, type, value) of everything that the user and the expansion write together."""
    function, role = (written.get(name) for name in ("LambdaFunctionProps", "RoleProps"))
    at = "LambdaFunctionProps"
    if isinstance(role, dict) and "Policies" in role:
        yield ("RoleProps", "Policies"), list, role["Policies"]
    if isinstance(function, dict) and "LoggingConfig" in function:
        yield (at, "LoggingConfig"), dict, function["LoggingConfig"]
    if isinstance(function, dict) and "Environment" in function:
        yield (at, "Environment"), dict, function["Environment"]
        for branch in branches(function["Environment"]):
            if isinstance(branch, dict) and not function_of(branch):
                yield (at, "Environment", "Variables"), dict, branch.get("Variables")


def _useless(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    props = written.get("LambdaFunctionProps")
    own = props if isinstance(props, dict) else {}
    if "RoleProps" in written and ("ExistingLambdaObj" in written or "Role" in own):
        yield _no_effect(logical_id, "RoleProps", "the function keeps its own role")
    if "LogGroupProps" in written and ("ExistingLambdaObj" in written or not leaves_log_group_open(own)):
        yield _no_effect(logical_id, "LogGroupProps", "the function keeps its own log group")
    if "VpcProps" in written and "DeployVpc" not in written and not misspelt("DeployVpc", written, SCHEMA):
        yield _no_effect(logical_id, "VpcProps", "no VPC is made without DeployVpc: true")


def leaves_log_group_open(props: Mapping[str, Any]) -> bool:
    """Whether a function's ``props`` name no log group, in one branch of Fn::If at least."""
    if "LoggingConfig" not in props:
        return True
    configs = branches(props["LoggingConfig"])
    return any(None in branches(config.get("LogGroup")) if isinstance(config, dict) else True for config in configs)


def _no_effect(logical_id: str, name: str, reason: str) -> Problem:
    return Problem(logical_id, ("Properties", name), f"has no effect, since {reason}", f"Remove {name}")


def _profile_problems(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    profile, role = written.get("InferenceProfileProps"), written.get("RoleProps")
    tags = profile.get("Tags") if isinstance(profile, dict) else None
    on_role = not (isinstance(role, dict) and "Tags" in role) and "ExistingLambdaObj" not in written
    yield from _tag_problems(logical_id, tags if isinstance(tags, list) else [], on_role)
    if isinstance(tags, list) and len(tags) > 50 and on_role:
        yield Problem(
            logical_id,
            ("Properties", "InferenceProfileProps", "Tags"),
            f"has {len(tags)} tags, which the generated role takes over, and a role takes 50",
            "Write the role's own tags in RoleProps.Tags",
        )


def _tag_problems(logical_id: str, tags: list[Any], on_role: bool) -> Iterator[Problem]:
    """Keys that are there already. IAM takes two that differ in case alone for one (IAM User Guide, "Tags for IAM")."""
    seen: set[str] = set()
    for index, tag in enumerate(tags):
        key = tag.get("Key") if isinstance(tag, dict) else None
        if not isinstance(key, str):
            continue
        compared = key.lower() if on_role else key
        if compared in seen:
            path = ("Properties", "InferenceProfileProps", "Tags", index, "Key")
            alike = "or differs in case alone, and the generated role takes the tags over"
            what = f"is the key of an earlier tag{f', {alike}' if on_role else ''}"
            yield Problem(logical_id, path, what, "Write each key once")
        seen.add(compared)


def _role_problems(logical_id: str, written: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[Problem]:
    policies = plain["RoleProps"].get("Policies") if isinstance(plain.get("RoleProps"), dict) else None
    for policy in policies if isinstance(policies, list) else ():
        if isinstance(policy, dict) and policy.get("PolicyName") == OWN_POLICY:
            what = f"has a policy {OWN_POLICY}, which is the name of the generated one, and it would take its place"
            yield Problem(logical_id, ("Properties", "RoleProps", "Policies"), what, "Give the policy another name")


_RULES: Final = tuple(
    (rule, frozenset(names))
    for rule, names in (
        (_function_problems, ("LambdaFunctionProps",)),
        (_unmergeable, ("LambdaFunctionProps", "RoleProps")),
        (_useless, ("RoleProps", "LogGroupProps", "VpcProps")),
        (_profile_problems, ("InferenceProfileProps",)),
        (_role_problems, ("RoleProps",)),
        (_variables, ("FoundationModelEnvironmentVariableName", "InferenceProfileEnvironmentVariableName")),
        (_vpc, ("ExistingVpc",)),
    )
)
"""Each rule, and the properties it is about: it has nothing to say where none of them is written."""
