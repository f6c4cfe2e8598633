"""Interface endpoints: which, where, and what each lets through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bedrock_profile.names import endpoint_part
from lambda_bedrock_profile.stack.endpoint_services import known_name, offered, service_name
from tests.network.templates import declaration, expanded, one_problem
from tests.support.templates import get_att, of_type, properties


def with_endpoints(*services: str, **given: Any) -> dict[str, Any]:
    """A template whose declaration makes a VPC with the endpoints of ``services``."""
    return {"Assistant": declaration(DeployVpc=True, InterfaceEndpoints=list(services), **given)}


def policy(template: dict[str, Any], logical_id: str) -> list[dict[str, Any]]:
    """The statements of an endpoint's policy."""
    found: list[dict[str, Any]] = properties(template, logical_id)["PolicyDocument"]["Statement"]
    return found


def test_endpoints_are_in_every_subnet_with_private_dns() -> None:
    """SDKs find the endpoints under Bedrock's usual names, in each zone."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})

    for endpoint in of_type(template, "VPCEndpoint").values():
        assert endpoint["Properties"]["VpcEndpointType"] == "Interface"
        assert endpoint["Properties"]["PrivateDnsEnabled"] is True
        assert endpoint["Properties"]["SubnetIds"] == [{"Ref": "AssistantSubnet1"}, {"Ref": "AssistantSubnet2"}]
        assert endpoint["Properties"]["SecurityGroupIds"] == [get_att("AssistantEndpointSecurityGroup", "GroupId")]


def test_only_this_account_invokes_only_the_profile_and_its_models() -> None:
    """Nobody can use the endpoint for another account's credentials, another model or another action."""
    (statement,) = policy(expanded({"Assistant": declaration(DeployVpc=True)}), "AssistantBedrockRuntimeEndpoint")

    assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    assert statement["Resource"] == [
        get_att("AssistantInferenceProfile", "InferenceProfileArn"),
        {"Fn::Sub": "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:project/default"},
        *(
            {"Fn::Sub": f"arn:${{AWS::Partition}}:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0"}
            for region in ("us-east-1", "us-east-2", "us-west-2")
        ),
    ]


def test_the_control_plane_is_read_only() -> None:
    """Through the endpoint of `bedrock` the profile can be read, and nothing else done."""
    (statement,) = policy(expanded({"Assistant": declaration(DeployVpc=True)}), "AssistantBedrockEndpoint")

    assert statement["Action"] == "bedrock:GetInferenceProfile"
    assert statement["Resource"] == [get_att("AssistantInferenceProfile", "InferenceProfileArn")]


def test_the_policy_of_a_global_profile_names_the_regionless_model() -> None:
    """A request that Bedrock serves anywhere passes the endpoint, too."""
    template = expanded(
        {
            "Assistant": declaration(
                DeployVpc=True, BedrockModelId="anthropic.claude-sonnet-4-5-20250929-v1:0", Geography="global"
            )
        }
    )

    assert ":bedrock:::foundation-model/" in json.dumps(policy(template, "AssistantBedrockRuntimeEndpoint"))


def test_other_services_are_open_to_this_account() -> None:
    """An endpoint to another service is for this account's principals, whatever they may do by their own policies."""
    template = expanded(with_endpoints("bedrock-runtime", "secretsmanager"))

    assert policy(template, "AssistantSecretsmanagerEndpoint") == [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}},
        }
    ]


def test_the_endpoints_take_https_from_the_function_and_send_nothing() -> None:
    """The endpoints' group has one way in, from the function's group on 443, and none out; each rule says what for."""
    template = expanded({"Assistant": declaration(DeployVpc=True)})

    ingress = properties(template, "AssistantEndpointIngress")
    assert ingress.pop("Description")
    assert ingress == {
        "GroupId": get_att("AssistantEndpointSecurityGroup", "GroupId"),
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "SourceSecurityGroupId": get_att("AssistantSecurityGroup", "GroupId"),
    }
    group = properties(template, "AssistantEndpointSecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["CidrIp"], bool(rule["Description"])) for rule in group["SecurityGroupEgress"]] == [
        ("127.0.0.1/32", True)
    ]


@pytest.mark.parametrize(
    ("service", "region"),
    [("bedrock-runtime-fips", "eu-west-1"), ("bedrock-fips", "ap-south-1")],
)
def test_an_endpoint_that_the_region_lacks_is_a_problem(service: str, region: str) -> None:
    """FIPS endpoints outside the US and Canada are refused by name, with the Regions that have them."""
    words = one_problem(with_endpoints("bedrock-runtime", service), region=region)

    assert f"Assistant.Properties.InterfaceEndpoints.1: {service} has no interface endpoint in {region}" in words
    assert "us-gov-west-1" in words


@pytest.mark.parametrize(
    "services", [("bedrock-runtime", "bedrock.runtime"), ("bedrock-runtime", "ecr.api", "ecr-api")]
)
def test_two_services_never_share_an_id(services: tuple[str, ...]) -> None:
    """Where the ids of two endpoints would be the same, both services are named, and none vanishes in silence."""
    *_, one, two = services
    words = one_problem(with_endpoints(*services))

    assert words.startswith(f"Assistant.Properties.InterfaceEndpoints.{len(services) - 1}: {two} differs from {one} in")


def test_a_service_from_a_parameter_is_named_by_its_place() -> None:
    """No message shows what a parameter holds, and services can come from one."""
    words = one_problem(
        {"Assistant": declaration(DeployVpc=True, InterfaceEndpoints={"Ref": "Services"})},
        Parameters={"Services": {"Type": "CommaDelimitedList"}},
        values={"Services": "bedrock-runtime,dynamodb"},
    )

    assert words.startswith("Assistant.Properties.InterfaceEndpoints: service 2 of the list is reached through a ga")
    assert "dynamodb" not in words


@pytest.mark.parametrize(
    ("service", "region", "expected"),
    [
        ("bedrock-runtime", "us-east-1", True),
        ("bedrock", "us-gov-east-1", True),
        ("bedrock-runtime", "cn-north-1", False),
        ("bedrock-runtime-fips", "us-gov-west-1", True),
        ("bedrock-runtime", "xx-new-1", True),
        ("secretsmanager", "cn-north-1", True),
    ],
)
def test_only_known_gaps_are_refused(service: str, region: str, expected: bool) -> None:
    """A Region or a service that the data does not know is left to CloudFormation."""
    assert offered(service, region) is expected


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        ("bedrok", "bedrock"),
        ("bedorck", "bedrock"),
        ("bedrock-runtme", "bedrock-runtime"),
        ("bedrockruntime", "bedrock-runtime"),
        ("bedrock-runtime-fisp", "bedrock-runtime-fips"),
    ],
)
def test_a_slip_in_the_name_of_a_service_is_reported(service: str, wanted: str) -> None:
    """A misspelt Bedrock service is refused with the one that was meant, before the deployment fails on it."""
    words = one_problem(with_endpoints("bedrock-runtime", service))

    assert f"InterfaceEndpoints.1: {service} is no endpoint service known here. Did you mean {wanted}?" in words


@pytest.mark.parametrize(
    "service",
    [
        "bedrock-agent",
        "bedrock-agent-runtime",
        "bedrock-agentcore",
        "bedrock-agentcore.gateway",
        "bedrock-data-automation-runtime-fips",
        "bedrock-mantle",
        "bedrock-nova-runtime",
        "sts",
        "s3tables",
    ],
)
def test_a_service_that_is_new_here_passes(service: str) -> None:
    """Services that the data does not know, those of next month included, are left to CloudFormation."""
    assert expanded(with_endpoints("bedrock-runtime", service))


def test_names_and_ids_of_services() -> None:
    """Short names become the Region's own, whole names stay, and ids are readable."""
    whole = "cn.com.amazonaws.cn-north-1.sts"

    assert service_name("bedrock-runtime") == {"Fn::Sub": "com.amazonaws.${AWS::Region}.bedrock-runtime"}
    assert service_name(whole) == known_name(whole, "cn-north-1") == whole
    assert endpoint_part("bedrock-runtime") == "BedrockRuntimeEndpoint"
    assert endpoint_part("ecr.api") == "EcrApiEndpoint"
