"""What one declaration puts into the template: its generated resources, with the declaration's resource attributes."""

from __future__ import annotations

from collections.abc import Mapping

from lambda_bedrock_profile import names
from lambda_bedrock_profile.names import owner_of
from lambda_bedrock_profile.stack.alarms import alarms
from lambda_bedrock_profile.stack.endpoints import endpoints
from lambda_bedrock_profile.stack.functions import function, role
from lambda_bedrock_profile.stack.logs import log_group
from lambda_bedrock_profile.stack.new_vpc import vpc_resources
from lambda_bedrock_profile.stack.plan import Grant, Network
from lambda_bedrock_profile.stack.policy import attached_policy, durable_policy, network_policy
from lambda_bedrock_profile.stack.profile import inference_profile, model_access
from lambda_bedrock_profile.stack.security_groups import endpoint_ingress, function_group
from lambda_bedrock_profile.stack.vpc_plans import VpcPlan
from lambda_bedrock_profile.template.references import always_referred, depends_on
from lambda_bedrock_profile.values import Json


def generated(grant: Grant, vpcs: Mapping[str, VpcPlan]) -> dict[str, dict[str, Json]]:
    """Every resource that the declaration expands to, by logical id.

    ``vpcs`` are by key; what belongs to a VPC comes with the first declaration that asks for it.
    """
    resources = {}
    if grant.makes_function:
        resources[grant.logical_id] = function(grant)
        if grant.makes_log_group:
            resources[grant.id(names.LOG_GROUP)] = log_group(grant.declaration.props("LogGroupProps").expressions)
    if grant.makes_role:
        resources[grant.id(names.ROLE)] = role(grant)
    else:
        resources[grant.id(names.POLICY)] = attached_policy(grant)
    if grant.is_durable:
        resources[grant.id(names.DURABLE_POLICY)] = durable_policy(grant)
    if grant.makes_profile:
        resources[grant.profile_id] = inference_profile(grant)
    if grant.monitoring is not None:
        resources |= alarms(grant.logical_id, grant.monitoring, grant.profile.short_id)
    vpc = vpcs[grant.network.key] if grant.network is not None else None
    if vpc is not None and grant.network is not None:
        resources |= _network(grant, grant.network, vpc)
    if grant.verifier:
        access = grant.id(names.MODEL_ACCESS)
        resources = {logical_id: _after(item, [access]) for logical_id, item in resources.items()}
        resources[access] = model_access(grant)
    if grant.declaration.attributes or grant.condition is not None:
        resources = {logical_id: _with_attributes(grant, logical_id, item) for logical_id, item in resources.items()}
    return resources | endpoints(vpc) if vpc is not None and vpc.asking[0] is grant else resources


def _network(grant: Grant, network: Network, vpc: VpcPlan) -> dict[str, dict[str, Json]]:
    """The network resources of the grant alone: a new VPC, a security group, the way to the endpoints."""
    resources = vpc_resources(grant.declaration, network.new) if network.new is not None else {}
    if not network.security_groups:
        resources[grant.id(names.SECURITY_GROUP)] = function_group(grant, network, vpc)
    if network.moves:
        policy = grant.id(names.NETWORK_POLICY)
        held = {logical_id for logical_id in resources if network.depends_on_policy and _holds(grant, logical_id)}
        resources = {name: _after(item, [policy] if name in held else []) for name, item in resources.items()}
        resources[policy] = network_policy(grant)
    if vpc.services:
        resources |= endpoint_ingress(grant, vpc)
    return resources


def _holds(grant: Grant, logical_id: str) -> bool:
    """Whether a resource cannot be deleted before Lambda has deleted the interfaces that use it."""
    return logical_id == grant.id(names.SECURITY_GROUP) or owner_of(logical_id, names.SUBNET) == grant.logical_id


def _with_attributes(grant: Grant, logical_id: str, resource: dict[str, Json]) -> dict[str, Json]:
    """``resource`` under the declaration's condition, after what it depends on, with its policies.

    The metadata goes to the resource that stands for the declaration.
    """
    attributes = grant.declaration.attributes
    result = dict(resource)
    if grant.condition is not None:
        result["Condition"] = grant.condition
    others = depends_on(attributes) if logical_id == grant.logical_id else grant.dependencies
    implied = set(always_referred(resource.get("Properties"))) if others else set()
    result = _after(result, [name for name in others if name not in implied])
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if name in attributes:
            result[name] = attributes[name]
    if "Metadata" in attributes and logical_id == grant.main_id:
        result["Metadata"] = attributes["Metadata"]
    return result


def _after(resource: dict[str, Json], others: list[str]) -> dict[str, Json]:
    names = [*depends_on(resource), *others]
    return {**resource, "DependsOn": names} if names else resource
