"""Declarations that share a VPC share its endpoints, made once, whatever their order."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from tests.network.templates import declaration, expanded, one_problem, problems
from tests.support.templates import IDS, get_att, network, of_type, properties, subnet

OFFICE = {"Ref": "Office"}
PRO, LITE = "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0"
CONDITIONS = {name: {"Fn::Equals": [{"Ref": "AWS::StackName"}, name]} for name in ("A", "B", "C")}


def shared(**declarations: dict[str, Any]) -> dict[str, Any]:
    """The VPC Office with one subnet, and ``declarations``."""
    return {**network(Inside=subnet("Office")), **declarations}


def under(condition: str, **given: Any) -> dict[str, Any]:
    """A declaration in Office that stands under ``condition``."""
    return {**declaration(ExistingVpc=OFFICE, **given), "Condition": condition}


def test_two_declarations_make_the_endpoints_once() -> None:
    """The VPC gets one endpoint a service, whose policy and ingress cover both functions."""
    template = expanded(shared(One=declaration(ExistingVpc=OFFICE), Two=declaration(ExistingVpc=OFFICE)))

    assert set(of_type(template, "VPCEndpoint")) == {"OfficeBedrockRuntimeEndpoint", "OfficeBedrockEndpoint"}
    assert set(of_type(template, "SecurityGroupIngress")) == {"OneEndpointIngress", "TwoEndpointIngress"}
    (statement,) = properties(template, "OfficeBedrockEndpoint")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [
        get_att("OneInferenceProfile", "InferenceProfileArn"),
        get_att("TwoInferenceProfile", "InferenceProfileArn"),
    ]


def test_order_changes_nothing() -> None:
    """Declarations in another order expand to the same resources."""
    declarations = {
        "One": declaration(ExistingVpc=OFFICE, InterfaceEndpoints=["bedrock-runtime", "sts"]),
        "Two": under("A", BedrockModelId=PRO),
        "Three": declaration(ExistingVpc={**IDS, "VpcId": OFFICE}),
    }
    results = [expanded(shared(**dict(order)), Conditions=CONDITIONS) for order in permutations(declarations.items())]

    assert all(result == results[0] for result in results)


def test_a_declaration_that_comes_or_goes_renames_no_endpoint() -> None:
    """Endpoints are never replaced because a declaration was added or removed."""
    alone = expanded(shared(Two=declaration(ExistingVpc=OFFICE)))
    both = expanded(shared(One=declaration(ExistingVpc=OFFICE), Two=declaration(ExistingVpc=OFFICE)))

    for logical_id, endpoint in of_type(alone, "VPCEndpoint").items():
        there = properties(both, logical_id)
        assert {**there, "PolicyDocument": None} == {**endpoint["Properties"], "PolicyDocument": None}


def test_the_vpc_of_another_declaration_is_shared() -> None:
    """!GetAtt Assistant.VpcId puts a second function into the VPC that the first makes, wherever it stands."""
    resources = {
        "Before": declaration(ExistingVpc=get_att("Assistant", "VpcId")),
        "Assistant": declaration(DeployVpc=True, VpcProps={"MaxAzs": "1"}),
        "After": declaration(ExistingVpc=get_att("Before", "VpcId")),
    }
    template = expanded(resources)

    assert set(of_type(template, "VPC")) == {"AssistantVpc"}
    assert set(of_type(template, "VPCEndpoint")) == {"AssistantBedrockRuntimeEndpoint", "AssistantBedrockEndpoint"}
    for name in ("Before", "Assistant", "After"):
        assert properties(template, name)["VpcConfig"]["SubnetIds"] == [{"Ref": "AssistantSubnet1"}]
        assert properties(template, f"{name}SecurityGroup")["VpcId"] == {"Ref": "AssistantVpc"}


def test_the_generated_vpc_can_be_named_by_its_id() -> None:
    """!Ref AssistantVpc is the VPC of Assistant, as it will be in the processed template."""
    resources = {"Assistant": declaration(DeployVpc=True), "Other": declaration(ExistingVpc={"Ref": "AssistantVpc"})}

    assert set(of_type(expanded(resources), "VPCEndpoint")) == {
        "AssistantBedrockRuntimeEndpoint",
        "AssistantBedrockEndpoint",
    }


def test_two_new_vpcs_live_side_by_side() -> None:
    """Two declarations with DeployVpc have a VPC each."""
    template = expanded({"One": declaration(DeployVpc=True), "Two": declaration(DeployVpc=True)})

    assert set(of_type(template, "VPC")) == {"OneVpc", "TwoVpc"}
    assert len(of_type(template, "VPCEndpoint")) == 4


def test_an_imported_vpc_is_known_by_its_expression() -> None:
    """Two declarations that import the same id share its endpoints; the id of them is spelled out here, for ever."""
    vpc = {**IDS, "VpcId": {"Fn::ImportValue": "vpc"}}
    template = expanded({"One": declaration(ExistingVpc=vpc), "Two": declaration(ExistingVpc=vpc)})

    assert set(of_type(template, "VPCEndpoint")) == {"Vpcdcfcb6f5BedrockRuntimeEndpoint", "Vpcdcfcb6f5BedrockEndpoint"}


def test_one_vpc_in_two_spellings_is_a_problem() -> None:
    """A parameter and a literal with the same value would make the endpoints twice."""
    resources = {
        "One": declaration(ExistingVpc=IDS),
        "Two": declaration(ExistingVpc={**IDS, "VpcId": {"Ref": "Id"}}),
    }
    words = one_problem(resources, Parameters={"Id": {"Type": "String"}}, values={"Id": "vpc-1"})

    assert words.startswith("Two.Properties.ExistingVpc.VpcId: is the VPC of One, written in another way")
    assert "vpc-1" not in words


def test_a_declaration_may_leave_the_endpoints_to_the_others() -> None:
    """InterfaceEndpoints: [] beside a declaration that makes them uses theirs."""
    lazy = declaration(ExistingVpc={**IDS, "VpcId": OFFICE, "SubnetIds": ["subnet-9"]}, InterfaceEndpoints=[])
    template = expanded(shared(Lazy=lazy, Maker=declaration(ExistingVpc=OFFICE)))

    (rule,) = properties(template, "LazySecurityGroup")["SecurityGroupEgress"]
    assert rule["DestinationSecurityGroupId"] == get_att("OfficeEndpointSecurityGroup", "GroupId")
    assert properties(template, "OfficeBedrockEndpoint")["SubnetIds"] == [{"Ref": "Inside"}]


def test_services_of_two_declarations_never_share_an_id() -> None:
    """An endpoint does not vanish behind that of a neighbour whose service has the same letters."""
    words = one_problem(
        shared(
            One=declaration(ExistingVpc=OFFICE, InterfaceEndpoints=["bedrock-runtime", "ecr.api"]),
            Two=declaration(ExistingVpc=OFFICE, InterfaceEndpoints=["bedrock-runtime", "ecr-api"]),
        )
    )

    assert words.startswith("One.Properties.InterfaceEndpoints.1: ecr.api differs from ecr-api of Two in punctuation")


def test_an_endpoint_is_there_when_one_of_its_declarations_is() -> None:
    """Declarations under different conditions share an endpoint that stands under either."""
    template = expanded(shared(One=under("A"), Two=under("B"), Three=under("C")), Conditions=CONDITIONS)

    condition = template["Resources"]["OfficeBedrockRuntimeEndpoint"]["Condition"]
    assert template["Conditions"][condition] == {
        "Fn::Or": [{"Fn::Or": [{"Condition": "A"}, {"Condition": "B"}]}, {"Condition": "C"}]
    }
    statements = properties(template, "OfficeBedrockRuntimeEndpoint")["PolicyDocument"]["Statement"]
    assert [statement["Fn::If"][0] for statement in statements] == ["A", "C", "B"]


def test_an_unconditional_declaration_makes_the_endpoints_unconditional() -> None:
    """The policy leaves out a profile that is not there, and the endpoint stays."""
    template = expanded(
        shared(One=declaration(ExistingVpc=OFFICE), Two=under("A", BedrockModelId=PRO)), Conditions=CONDITIONS
    )

    endpoint = template["Resources"]["OfficeBedrockRuntimeEndpoint"]
    assert "Condition" not in endpoint
    always, sometimes = endpoint["Properties"]["PolicyDocument"]["Statement"]
    assert LITE in json.dumps(always)
    assert PRO not in json.dumps(always)
    assert sometimes["Fn::If"][0] == "A"
    assert template["Resources"]["TwoEndpointIngress"]["Condition"] == "A"


def test_an_endpoint_that_may_be_absent_leaves_the_way_to_the_vpcs_own() -> None:
    """Where only a conditional neighbour makes the endpoint, the function may reach the VPC's own one, too."""
    lazy = declaration(ExistingVpc=OFFICE, InterfaceEndpoints=[])
    template = expanded(shared(Lazy=lazy, Maker=under("A")), Conditions=CONDITIONS)

    rules = properties(template, "LazySecurityGroup")["SecurityGroupEgress"]
    assert [rule.get("CidrIp") for rule in rules] == [None, get_att("Office", "CidrBlock")]


def test_a_vpc_that_may_be_absent_is_a_problem() -> None:
    """A function cannot be in the VPC of a declaration that stands under a condition of its own."""
    resources = {
        "Maker": {**declaration(DeployVpc=True), "Condition": "A"},
        "Guest": declaration(ExistingVpc=get_att("Maker", "VpcId")),
    }

    assert "Guest.Condition: the VPC of Maker is there only under the condition A" in one_problem(
        resources, Conditions=CONDITIONS
    )


def test_policies_hold_for_shared_endpoints_where_all_agree() -> None:
    """DeletionPolicy: Retain of one declaration does not keep what the other lets go."""
    retained = {**declaration(ExistingVpc=OFFICE), "DeletionPolicy": "Retain"}
    both = expanded(shared(One=retained, Two=retained))
    one = expanded(shared(One=retained, Two=declaration(ExistingVpc=OFFICE)))

    assert both["Resources"]["OfficeBedrockEndpoint"]["DeletionPolicy"] == "Retain"
    assert "DeletionPolicy" not in one["Resources"]["OfficeBedrockEndpoint"]


def test_an_unconditional_endpoint_goes_to_no_conditional_subnet() -> None:
    """An endpoint that is always there names no subnet of a neighbour that comes and goes with its condition."""
    rare = {**subnet("Office", "us-east-1b"), "Condition": "A"}
    template = expanded(
        {
            **network(Inside=subnet("Office", "us-east-1a"), Rare=rare),
            "One": under("A"),
            "Two": declaration(ExistingVpc=OFFICE),
        },
        Conditions=CONDITIONS,
    )

    assert properties(template, "One")["VpcConfig"]["SubnetIds"] == [{"Ref": "Inside"}, {"Ref": "Rare"}]
    assert properties(template, "OfficeBedrockEndpoint")["SubnetIds"] == [{"Ref": "Inside"}]


def rules(template: dict[str, Any]) -> dict[str, Any]:
    """The source and the condition of each rule on the endpoints, by logical id."""
    return {
        logical_id: (rule["Properties"]["SourceSecurityGroupId"], rule.get("Condition"))
        for logical_id, rule in of_type(template, "SecurityGroupIngress").items()
    }


def test_functions_with_the_same_security_group_get_one_rule() -> None:
    """EC2 takes no rule twice: a group that two declarations name, or one function with two of them, gets one."""
    one, two = ({**IDS, "SecurityGroupIds": groups} for groups in (["sg-1"], ["sg-2", "sg-1"]))
    chat = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-3"]}},
    }
    names = {
        "FoundationModelEnvironmentVariableName": "MODEL2",
        "InferenceProfileEnvironmentVariableName": "PROFILE2",
    }
    template = expanded(
        {
            "Two": declaration(ExistingVpc=two),
            "One": declaration(ExistingVpc=one),
            "Chat": chat,
            "Lite": declaration(ExistingLambdaObj="Chat", ExistingVpc=IDS),
            "Pro": declaration(ExistingLambdaObj="Chat", ExistingVpc=IDS, BedrockModelId=PRO, **names),
        }
    )

    assert rules(template) == {
        "OneEndpointIngress": ("sg-1", None),
        "TwoEndpointIngress": ("sg-2", None),
        "LiteEndpointIngress": ("sg-3", None),
    }


@pytest.mark.parametrize("other", [get_att("Group", "GroupId"), {"Fn::GetAtt": "Group.GroupId"}, {"Ref": "Group"}])
def test_one_security_group_is_the_same_however_it_is_written(other: Any) -> None:
    """A Ref to a group and its attribute are one group, which gets one rule, of one declaration or of several."""
    one, two = ({**IDS, "SecurityGroupIds": groups} for groups in ([{"Ref": "Group"}, other, "sg-1"], [other]))
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "Both", "VpcId": "vpc-1"}}
    shared = expanded({"Group": group, "One": declaration(ExistingVpc=one), "Two": declaration(ExistingVpc=two)})
    assert rules(shared) == {"OneEndpointIngress": ({"Ref": "Group"}, None), "OneEndpointIngress3": ("sg-1", None)}
    alone = expanded({"Group": group, "One": declaration(ExistingVpc=one)})
    assert rules(alone) == rules(shared)


def test_a_function_in_a_neighbours_group_gets_no_rule_of_its_own() -> None:
    """The rule of a generated group keeps its id when other functions are put into the group."""
    guest = {"VpcId": get_att("Maker", "VpcId"), "SubnetIds": [{"Ref": "MakerSubnet1"}]}
    guest["SecurityGroupIds"] = [get_att("Maker", "SecurityGroupId")]
    template = expanded({"Guest": declaration(ExistingVpc=guest), "Maker": declaration(DeployVpc=True)})

    assert rules(template) == {"MakerEndpointIngress": (get_att("MakerSecurityGroup", "GroupId"), None)}


def test_a_shared_rule_is_there_when_one_of_its_functions_is() -> None:
    """Under different conditions the one rule stands under either, and under none beside an unconditional function."""
    vpc = {**IDS, "SecurityGroupIds": ["sg-1"]}
    one, two = ({**declaration(ExistingVpc=vpc), "Condition": name} for name in ("A", "B"))
    either = expanded({"One": one, "Two": two}, Conditions=CONDITIONS)
    always = expanded({"One": one, "Two": declaration(ExistingVpc=vpc)}, Conditions=CONDITIONS)

    ((_, condition),) = rules(either).values()
    assert either["Conditions"][condition] == {"Fn::Or": [{"Condition": "A"}, {"Condition": "B"}]}
    assert rules(always) == {"OneEndpointIngress": ("sg-1", None)}


PROVIDER = "arn:aws:lambda:us-east-1:111122223333:function:provider"


def endpoints_wait_for(**declarations: dict[str, Any]) -> list[str]:
    """What the security group of the endpoints in Office, and so each endpoint, is made after."""
    topic = {"Type": "AWS::SNS::Topic"}
    template = expanded(shared(**declarations, Topic=topic), Conditions=CONDITIONS, provider_arn=PROVIDER)
    for endpoint in of_type(template, "VPCEndpoint").values():
        assert endpoint["Properties"]["SecurityGroupIds"] == [get_att("OfficeEndpointSecurityGroup", "GroupId")]
    found: list[str] = template["Resources"]["OfficeEndpointSecurityGroup"].get("DependsOn", [])
    return found


def test_endpoints_wait_for_the_check_of_model_access() -> None:
    """In an existing VPC, too, nothing that costs by the hour is made before it is sure that the model can be used."""
    checked = declaration(ExistingVpc=OFFICE, VerifyModelAccess=True, InterfaceEndpoints=["bedrock-runtime", "sts"])
    after = {**checked, "DependsOn": "Topic"}

    assert endpoints_wait_for(One=checked) == ["OneModelAccess"]
    assert endpoints_wait_for(Two=declaration(ExistingVpc=OFFICE), One=checked) == ["OneModelAccess"]
    assert endpoints_wait_for(One=after, Two=after) == ["Topic", "OneModelAccess", "TwoModelAccess"]


def test_endpoints_wait_for_no_check_that_may_be_absent_or_be_circular() -> None:
    """A neighbour's condition, or a DependsOn that may need the endpoints, holds up no endpoint of the others."""
    plain = declaration(ExistingVpc=OFFICE)
    checked = declaration(ExistingVpc=OFFICE, VerifyModelAccess=True)

    assert endpoints_wait_for(One=plain, Two={**checked, "Condition": "A"}) == []
    assert endpoints_wait_for(One=plain, Two={**checked, "DependsOn": "Topic"}) == []
    assert endpoints_wait_for(Two={**checked, "Condition": "A"}) == ["TwoModelAccess"]


def test_an_id_that_is_taken_is_a_problem() -> None:
    """A resource of the user's with the id of an endpoint is reported, not overwritten."""
    taken = {"Type": "AWS::SNS::Topic"}
    words = one_problem(shared(One=declaration(ExistingVpc=OFFICE), OfficeBedrockEndpoint=taken))

    assert "expands to a resource OfficeBedrockEndpoint" in words


@pytest.mark.parametrize("zones", [10**12, str(10**12), "9" * 5000, "²", -1, 0, "x", None, [1]])
def test_a_wrong_number_of_zones_is_told_of_its_own_declaration(zones: Any) -> None:
    """Whoever names a VPC whose declaration asks for an absurd number of zones does not stumble over it."""
    made = declaration(DeployVpc=True, VpcProps={"MaxAzs": zones})
    (problem,) = problems({"Guest": declaration(ExistingVpc=get_att("Maker", "VpcId")), "Maker": made})
    assert (problem.logical_id, problem.path[-1]) == ("Maker", "MaxAzs")
