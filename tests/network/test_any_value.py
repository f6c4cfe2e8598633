"""Whatever stands where a network is described, the answer is a template or problems, never a failure of the macro."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile.diagnostics import TemplateError
from tests.network.templates import declaration, expanded
from tests.support.templates import FUNCTION, VPC, subnet

names = st.sampled_from(
    [
        "VpcId",
        "SubnetIds",
        "SecurityGroupIds",
        "SecurityGroupId",
        "CidrBlock",
        "MaxAzs",
        "FlowLogs",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
    ]
)
targets = st.sampled_from(["Office", "Inside", "Assistant", "AssistantVpc", "Other", "Missing", "AWS::NoValue"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 30),
    st.sampled_from(["vpc-1", "subnet-1", "sg-1", "10.0.0.0/16", "", "x"]),
)
calls = st.one_of(
    targets.map(lambda name: {"Ref": name}),
    st.tuples(targets, names).map(lambda pair: {"Fn::GetAtt": list(pair)}),
    st.tuples(targets, names).map(lambda pair: {"Fn::Sub": "${" + ".".join(pair) + "}"}),
    st.just({"Fn::ImportValue": "x"}),
)


def branching(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Fn::If around ``values``, with a condition that holds, one that is not known and one that is none."""
    condition = st.sampled_from(["Holds", "Unknown", "Missing", 1])
    return st.tuples(condition, values, values).map(lambda parts: {"Fn::If": list(parts)})


values = st.recursive(
    scalars | calls,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(names, inner, max_size=3),
        branching(inner),
        inner.map(lambda value: {"Fn::If": value}),
        inner.map(lambda value: {"Fn::Split": [",", value]}),
    ),
    max_leaves=6,
)
CONDITIONS = {"Holds": {"Fn::Equals": [1, 1]}, "Unknown": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "x"]}}

given_ids = st.fixed_dictionaries(
    {"VpcId": calls | st.just("vpc-1"), "SubnetIds": st.just(["subnet-1"])},
    optional={"SecurityGroupIds": st.lists(calls, max_size=2), "CidrBlock": values},
)
service_lists = st.lists(st.sampled_from(["bedrock", "bedrock-runtime", "bedrok", "sts", "s3", "a.b", "a-b", "A"]))


@settings(deadline=None)
@given(
    existing=values | given_ids,
    props=values,
    deploy=st.sampled_from([True, False, None]),
    config=values | given_ids,
    own=values,
    services=values | service_lists,
)
def test_any_value_is_answered(existing: Any, props: Any, deploy: Any, config: Any, own: Any, services: Any) -> None:
    """Any JSON in ExistingVpc, VpcProps and VpcConfig, and in the VPC of the template, is expanded or refused."""
    asked = {"DeployVpc": True, "VpcProps": props} if deploy else {"ExistingVpc": existing}
    function = FUNCTION if deploy is None else {**FUNCTION, "VpcConfig": config}
    chat = {"Type": "AWS::Serverless::Function", "Properties": {"VpcConfig": config}}
    resources = {
        "Office": {**VPC, "Properties": {**VPC["Properties"], "EnableDnsSupport": own}},  # type: ignore[dict-item]
        "Inside": subnet("Office", own, MapPublicIpOnLaunch=own),
        "Odd": {"Type": "AWS::EC2::Subnet", "Properties": own},
        "Route": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": own, "GatewayId": own}},
        "Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcId": own, "ServiceName": own}},
        "Chat": chat,
        "Model": declaration(ExistingLambdaObj="Chat", **asked),
        "Assistant": declaration(LambdaFunctionProps=function, **asked),
        "Other": declaration(ExistingVpc={"Ref": "Office"}, InterfaceEndpoints=services),
    }
    with suppress(TemplateError):
        expanded(resources, Conditions=CONDITIONS, Globals={"Function": {"VpcConfig": own}})
