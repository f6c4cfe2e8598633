"""What the parts of an expansion are there for, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.stack.function import DEFAULTS
from lambda_bedrock_profile.stack.log_group import RETENTION
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.branches import branches

STATEMENTS: Final = {
    "InvokeInferenceProfile": (
        "call and look up its own inference profile, in the default project of the account",
        "the profile carries the tags that its cost is attributed by; Bedrock authorizes a call on the project, too; "
        "SDKs find the model behind the profile's ARN",
    ),
    "InvokeModelThroughInferenceProfile": (
        "use the model in the Region it is called from and in every Region of the profile, through the profile only",
        "Bedrock authorizes the model in each of them; a call of the bare model, past the tags, is denied",
    ),
    "WriteLogs": (
        "write to its own log group",
        "a function without logs cannot be looked into; no other group is open",
    ),
    "SendTraces": ("send traces to X-Ray", "tracing is on; X-Ray has no resource that could be named"),
    "SendDeadLetters": ("send failed events to its dead-letter target", "DeadLetterConfig names it"),
    "FindNetworkInterfaces": ("look at network interfaces and subnets", "Lambda needs it in a VPC, on all resources"),
    "ManageNetworkInterfaces": ("make and remove its network interfaces", "Lambda needs it in a VPC"),
}
"""Sid → (what it lets the function do, why it is there)."""

FUNCTION_DEFAULTS: Final = {
    "Timeout": f"{DEFAULTS['Timeout']} seconds",
    "TracingConfig": f"{DEFAULTS['TracingConfig']['Mode'].lower()} tracing with X-Ray",
}
"""What a new function gets where the user does not say, by property."""

_BY_USE: Final = (
    "Everything else is billed by use: the model at the price of the Region it is called from, the function by "
    "requests and time. A profile, a role and a VPC cost nothing by themselves"
)


def statements(processed: Mapping[str, Any], plan: Plan) -> Iterator[Mapping[str, Any]]:
    """Every policy statement that the expansion gives to the function's role."""
    resources = processed["Resources"]
    role = resources.get(plan.id("Role")) if plan.role.generated else resources.get(plan.id("Policy"))
    for document in _documents(role):
        written = document["Statement"]
        for item in written if isinstance(written, list) else [written]:
            yield from (found for found in branches(item) if isinstance(found, dict) and found.get("Sid") in STATEMENTS)


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every policy document below ``value``, in whatever branch."""
    if isinstance(value, Mapping):
        if isinstance(value.get("PolicyDocument"), Mapping) and "Statement" in value["PolicyDocument"]:
            yield value["PolicyDocument"]
            return
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _documents(item)


def costs(processed: Mapping[str, Any], generated: tuple[str, ...]) -> Iterator[str]:
    """What is billed although nothing is called, and what is billed by use.

    Sources: AWS PrivateLink pricing, Amazon CloudWatch pricing, Amazon Bedrock User Guide, "Cross-Region inference".
    """
    for logical_id in generated:
        resource = processed["Resources"][logical_id]
        kind = resource["Type"]
        if kind == "AWS::EC2::VPCEndpoint":
            subnets = resource["Properties"].get("SubnetIds")
            zones = f"{len(subnets)} zones" if isinstance(subnets, list) else "each zone of its subnets"
            yield f"{logical_id}: an interface endpoint is billed by the hour in {zones}, and by GB, used or not"
        elif kind == "AWS::Logs::LogGroup":
            yield f"{logical_id}: logs are billed by GB written, and by GB and month kept"
    yield _BY_USE


def defaults(plan: Plan) -> Iterator[tuple[str, str]]:
    """(property, what it came to) for everything that the user left open."""
    declaration = plan.declaration
    for name, definition in SCHEMA["properties"].items():
        if "default" not in definition or name in declaration.properties:
            continue
        if name == "InterfaceEndpoints" and plan.network is None:
            continue
        shown = _shown(definition["default"])
        yield name, f"{shown}, which came to {plan.route.geography or 'none'}" if shown == "auto" else shown
    if plan.network is not None and plan.network.new is not None:
        for name, definition in SCHEMA["properties"]["VpcProps"]["properties"].items():
            if "default" in definition and name not in declaration.props("VpcProps"):
                yield f"VpcProps.{name}", _shown(definition["default"])
    if plan.new_function:
        for name, came_to in FUNCTION_DEFAULTS.items():
            if name not in plan.function_props:
                yield f"LambdaFunctionProps.{name}", came_to
        if plan.generates_log_group and "RetentionInDays" not in declaration.props("LogGroupProps"):
            yield "LogGroupProps.RetentionInDays", f"{RETENTION} days"
        if plan.role.generated:
            yield "LambdaFunctionProps.Role", "a role of its own"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
