"""What a policy comes to in a single case: parameters, two models on a function, another partition, the project."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import partition
from tests.policies.entitled import INVOKE, Entitled, context
from tests.policies.routes import CATALOG, Route
from tests.policies.stacks import functions, new_functions
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import allowed
from tests.support.templates import FUNCTION, MODEL, OTHER_NAMES, expanded, new, on, plain, role, serverless, template

PRO = "amazon.nova-pro-v1:0"
OWN = "arn:aws:iam::111122223333:role/team/Own"


def deployed(source: dict[str, Any], region: str = "us-east-1", **parameters: str) -> Deployed:
    """The processed template of ``source`` in ``region``."""
    provider = not CATALOG.has_profile_type(region)
    return Deployed(expanded(source, region, provider=provider, **parameters), region, parameters)


def entitled(stack: Deployed, logical_id: str = "X", model: str = MODEL) -> Entitled:
    """What a declaration for ``model`` by the geography of the United States entitles to."""
    known = CATALOG.data.profiles[f"us.{model}"].routes[stack.region]
    return Entitled(stack, Route(model, stack.region, tuple(known), "us"), logical_id)


def test_a_profile_is_copied_from_what_its_route_says() -> None:
    """For every route the profile leads to the system-defined profile, or to the model in its own Region."""
    for function in functions(new_functions):
        stack, route = function.entitled.stack, function.entitled.route
        profile = stack.resources[f"{function.logical_id}InferenceProfile"]
        source = stack.value(profile["Properties"]["ModelSource"]["CopyFrom"])
        alone = stack.model_arn(route.source, route.model)
        assert source == (function.entitled.system if route.geography else alone)
        native = profile["Type"] == "AWS::Bedrock::ApplicationInferenceProfile"
        assert native == CATALOG.has_profile_type(route.source)


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param({"X": new(Geography="us")}, id="new"),
        pytest.param({"Chat": plain(), "Role": role(), "X": on("Chat", Geography="us")}, id="plain"),
        pytest.param({"Chat": serverless(Role=OWN), "X": on("Chat", Geography="us")}, id="own"),
    ],
)
@pytest.mark.parametrize("project", [True, False], ids=["strict account", "project not asked for"])
def test_the_project_alone_opens_nothing(resources: dict[str, Any], project: bool) -> None:
    """Whether Bedrock asks for the default project or not, the function calls through its own profile only."""
    stack = deployed(template(**resources))
    policies = stack.identity("Chat" if "Chat" in resources else "X")
    assert list(entitled(stack).wrong_calls(policies, project=project)) == []
    assert not allowed(policies, INVOKE[0], stack.arn("project/other"), context(None))


def test_a_parameter_for_the_model_grants_what_its_value_would() -> None:
    """The user's expression stands in the policy, and comes to the same ARNs."""
    parameters = {"Parameters": {"Model": {"Type": "String"}}}
    stack = deployed(template(parameters, X=new(BedrockModelId={"Ref": "Model"})), "eu-central-1", Model=MODEL)
    assert stack.documents == deployed(template(X=new()), "eu-central-1").documents


def test_a_function_of_two_models_may_use_both_and_mixes_neither() -> None:
    """Each profile leads to its own model only."""
    second = on("Chat", BedrockModelId=PRO, **OTHER_NAMES)
    stack = deployed(template(Chat=serverless(Role=OWN), X=on("Chat"), Y=second))
    policies = stack.identity("Chat")
    lite, pro = entitled(stack), entitled(stack, "Y", PRO)
    for one, other in ((lite, pro), (pro, lite)):
        for action in INVOKE:
            assert allowed(policies, action, one.own, context(None))
            assert all(allowed(policies, action, model, context(one.own)) for model in one.models)
            assert not any(allowed(policies, action, model, context(other.own)) for model in one.models)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1"])
def test_arns_are_of_the_regions_partition(region: str) -> None:
    """No ARN is of another partition, no action has more resources than it needs, and no account is spelt out."""
    destinations = {"DestinationRegions": [region], "DeployCrossRegionProfile": False}
    stack = deployed(template(X=new(**destinations)), region)
    statements = [each for document in stack.documents["XRole"] for each in document["Statement"]]
    arns = {
        arn
        for each in statements
        for arn in ([each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"])
    }
    assert {arn.split(":")[1] for arn in arns - {"*"}} == {partition(region)}
    everywhere = [each["Action"] for each in statements if each["Resource"] == "*"]
    assert everywhere == [["xray:PutTraceSegments", "xray:PutTelemetryRecords"]]
    assert "111122223333" not in json.dumps(stack.template["Resources"]["XRole"])


@pytest.mark.parametrize("action", ["CreateNetworkInterface", "DeleteNetworkInterface", "UnassignPrivateIpAddresses"])
def test_network_interfaces_are_lambdas_and_not_the_codes(action: str) -> None:
    """The function's own code can neither make nor take away an interface; Lambda, which manages them, can."""
    policies = deployed(template(X=new(DeployVpc=True))).identity("X")
    interface = "arn:aws:ec2:us-east-1:111122223333:network-interface/eni-1"
    assert allowed(policies, "ec2:DeleteNetworkInterface", interface, {})
    assert not allowed(policies, f"ec2:{action}", interface, context(None))


DURABLE = {**FUNCTION, "DurableConfig": {"ExecutionTimeout": 900}}
CHECKPOINT = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")


@pytest.mark.parametrize("own", [{}, {"Role": OWN}, {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}], ids=["", "ARN", "role"])
def test_a_durable_function_keeps_its_own_checkpoints(own: dict[str, Any]) -> None:
    """It may write and read them in every version of itself, and those of no other function."""
    stack = deployed(template(Role=role(), X=new(LambdaFunctionProps={**DURABLE, **own}), Xa=new()))
    function = stack.value({"Fn::GetAtt": ["X", "Arn"]})
    policies = stack.identity("X")
    for action in CHECKPOINT:
        assert allowed(policies, action, function, context(None))
        assert allowed(policies, action, f"{function}:7", context(None))
        assert not allowed(policies, action, f"{function}a", context(None))
    assert not any(allowed(stack.identity("Xa"), action, function, context(None)) for action in CHECKPOINT)
    assert "X" in stack.dependencies("XDurablePolicy")


def test_a_function_that_is_not_durable_has_no_policy_for_it() -> None:
    """Neither a function without DurableConfig, nor one whose parameter leaves it out."""
    conditions = {
        "Parameters": {"Durable": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "Durable"}, "y"]}},
    }
    props = {**FUNCTION, "DurableConfig": {"Fn::If": ["C", DURABLE["DurableConfig"], {"Ref": "AWS::NoValue"}]}}
    source = template(conditions, X=new(LambdaFunctionProps=props), Y=new())
    assert "XDurablePolicy" in deployed(source, Durable="y").resources
    assert {"XDurablePolicy", "YDurablePolicy"}.isdisjoint(deployed(source, Durable="n").resources)


def policies(*actions: str) -> list[dict[str, Any]]:
    """The inline policies of a role that allows ``actions``."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


PRIVATE = {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


@pytest.mark.parametrize(
    ("resources", "denies"),
    [
        pytest.param({"X": new()}, False, id="no VPC"),
        pytest.param({"X": new(DeployVpc=True, RoleProps={"Policies": policies("s3:Get*")})}, True, id="own policies"),
        pytest.param({"X": new(DeployVpc=True, RoleProps={"Policies": policies("ec2:*")})}, False, id="all of EC2"),
        pytest.param({"X": new(DeployVpc=True, RoleProps={"ManagedPolicyArns": ["arn:aws:iam::1:policy/p"]})}, False),
        pytest.param({"X": new(DeployVpc=True, RoleProps={"ManagedPolicyArns": [BASIC]})}, True, id="Lambda's own"),
        pytest.param({"X": new(LambdaFunctionProps={**FUNCTION, "Role": OWN}, DeployVpc=True)}, False, id="by ARN"),
        pytest.param({"Chat": plain(**PRIVATE), "Role": role(), "X": on("Chat")}, True, id="role of the template"),
        pytest.param({"Chat": serverless(**PRIVATE), "X": on("Chat")}, True, id="serverless"),
        pytest.param({"Chat": serverless(Policies=[{"VPCAccessPolicy": {}}], **PRIVATE), "X": on("Chat")}, False),
        pytest.param({"Chat": serverless(Policies=["AmazonEC2FullAccess"], **PRIVATE), "X": on("Chat")}, False),
    ],
)
def test_the_deny_stands_where_the_macro_sees_the_whole_role(resources: dict[str, Any], denies: bool) -> None:
    """Code that works with interfaces by a permission that the macro cannot see goes on working."""
    text = json.dumps(expanded(template(**resources)))
    assert text.count("KeepNetworkInterfacesFromCode") == denies


def test_functions_of_one_role_have_one_deny() -> None:
    """The Deny covers every function of a role, so a second declaration does not repeat it."""
    resources = {"Chat": plain(**PRIVATE), "Role": role(), "X": on("Chat"), "Y": on("Chat", **OTHER_NAMES)}
    assert json.dumps(expanded(template(**resources))).count("KeepNetworkInterfacesFromCode") == 1
