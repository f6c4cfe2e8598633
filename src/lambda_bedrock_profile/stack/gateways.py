"""Gateway endpoints, for Amazon S3 and DynamoDB: routes to a prefix list of AWS's, and a rule that leads out to it.

They stand on the route tables of a new VPC, so there are none for a VPC that exists already. A rule of a security group
needs the id of the prefix list, which no attribute of CloudFormation gives. The macro's provider looks it up. Sources:
Amazon VPC User Guide, "Gateway endpoints" and "AWS-managed prefix lists".
"""

from __future__ import annotations

from collections.abc import Mapping

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.names import owner_of, prefix_list_id
from lambda_bedrock_profile.stack.endpoint_services import (
    ENDPOINT,
    GATEWAYS,
    asked_services,
    is_gateway,
    known_name,
    report_service,
    service_name,
    service_name_shown,
)
from lambda_bedrock_profile.stack.plan import VpcPlan
from lambda_bedrock_profile.template.intrinsics import Scope, condition, known
from lambda_bedrock_profile.template.references import get_att, targets_of
from lambda_bedrock_profile.template.resources import of_type
from lambda_bedrock_profile.values import Expression, Json


def check_gateways(declaration: Declaration, new: bool, provider: Expression, region: str, report: Report) -> None:
    """Report a gateway endpoint that is asked for in a VPC that is not ``new``, or without the ``provider``."""
    for service in asked_services(declaration):
        if not is_gateway(service):
            continue
        if not new:
            service_name = service_name_shown(declaration, service)
            name = known_name(service, region) if service_name == service else "the service"
            what = "is reached through a gateway endpoint, which is made in a new VPC only (DeployVpc)"
            fix = (
                f"Leave it out of InterfaceEndpoints, add an {ENDPOINT} of the type Gateway to the route tables, and "
                f"an AWS::EC2::SecurityGroupEgress with GroupId: !GetAtt {declaration.logical_id}.SecurityGroupId, "
                f"IpProtocol: tcp, port 443 and DestinationPrefixListId, the id of the prefix list of {name}"
            )
            report_service(declaration, service, report, what, fix)
        elif provider is None:
            what = (
                "is reached through a gateway endpoint, and the rule that lets the function out to it needs the id of "
                "a prefix list, which the provider looks up: it is not deployed"
            )
            fix = f"{custom_types.DEPLOY_PROVIDER}, or leave it out of InterfaceEndpoints"
            report_service(declaration, service, report, what, fix)


def own_gateways(key: str, resources: Mapping[str, Json], region: str, scope: Scope) -> tuple[str, ...]:
    """The services of the template's own gateway endpoints on a route table of the new VPC ``key``."""
    services = set()
    for logical_id, endpoint in of_type(resources, ENDPOINT):
        tables = targets_of(endpoint.get("RouteTableIds"))
        absent = condition(resources[logical_id].get("Condition"), scope) is False
        if not absent and any(owner_of(table, names.ROUTE_TABLE) == key for table in tables if table not in resources):
            name = known(endpoint.get("ServiceName"), scope)
            services |= {service for service in GATEWAYS if known_name(service, region) == name}
    return tuple(sorted(services))


def prefix_list(plan: VpcPlan, service: str) -> tuple[str, dict[str, Json]]:
    """The logical id and the resource that looks up the prefix list of ``service``."""
    properties = {"PrefixListName": service_name(service)}
    resource = custom_types.custom_resource(custom_types.MANAGED_PREFIX_LIST, plan.provider, properties)
    return prefix_list_id(plan.key, service), resource


def list_of(plan: VpcPlan, service: str) -> dict[str, Json]:
    """The id of the prefix list of ``service``."""
    return get_att(prefix_list_id(plan.key, service), "PrefixListId")
