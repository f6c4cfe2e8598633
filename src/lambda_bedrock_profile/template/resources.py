"""The resources of a template, looked at without trust in what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lambda_bedrock_profile.diagnostics import Path, Report
from lambda_bedrock_profile.values import Expression, Json

Resources = Mapping[str, Json]

IAM_ROLE: Final = "AWS::IAM::Role"
IAM_POLICY: Final = "AWS::IAM::Policy"
IAM_MANAGED_POLICY: Final = "AWS::IAM::ManagedPolicy"
IAM_ROLE_POLICY: Final = "AWS::IAM::RolePolicy"
IAM_POLICIES: Final = (IAM_POLICY, IAM_MANAGED_POLICY, IAM_ROLE_POLICY)
"""The types whose resources give permissions to a role that they name."""

VPC: Final = "AWS::EC2::VPC"
SUBNET: Final = "AWS::EC2::Subnet"


def check_shape(template: Mapping[str, Json], report: Report) -> None:
    """Report why ``template`` cannot be read at all; nothing if it can."""
    resources = template.get("Resources")
    if resources is None:
        what = (
            "there is no Resources section: this macro was called by Fn::Transform inside a section, where it sees a "
            "part of the template only, or this is no template"
        )
        fix = "Name LambdaBedrockProfile in the Transform section at the top of the template"
        report.of("Template").error("template", what, fix)
    elif not isinstance(resources, dict):
        report.of("Template", "Resources").error("template", "is not a map", "Write resources by logical id")


def properties(resources: Resources, logical_id: str) -> Mapping[str, Json]:
    """The properties of a resource; empty if it has none, or is none."""
    resource = resources.get(logical_id)
    props = resource.get("Properties") if isinstance(resource, dict) else None
    return props if isinstance(props, dict) else {}


def properties_path(logical_id: str) -> Path:
    """The path of a resource's properties from the top of the template."""
    return ("Resources", logical_id, "Properties")


def of_type(resources: Resources, kind: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """(logical id, properties) of every resource of the type ``kind``."""
    for logical_id, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") == kind:
            yield logical_id, properties(resources, logical_id)


def is_custom(resource: Expression) -> bool:
    """Whether what attributes ``resource`` has is known to its maker alone: a custom resource, or a nested stack."""
    kind = resource.get("Type") if isinstance(resource, dict) else None
    return str(kind).startswith(("Custom::", "AWS::CloudFormation::"))


def is_a(resources: Resources, logical_id: str, kind: str) -> bool:
    """Whether ``logical_id`` is a resource of the type ``kind``."""
    resource = resources.get(logical_id)
    return isinstance(resource, dict) and resource.get("Type") == kind
