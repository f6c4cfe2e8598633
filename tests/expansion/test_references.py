"""What a reference to a declaration comes to, for a new function and for one of the template."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.references import references_of
from tests.support.templates import (
    FUNCTION,
    MODEL,
    OTHER_NAMES,
    expanded,
    new,
    on,
    plain,
    problem,
    problems,
    profile_arn,
    resources,
    role,
    serverless,
    template,
)


def table(function: str, role_arn: Any, profile: str = "X") -> dict[str, Any]:
    """Every attribute of a declaration ``profile`` whose function is ``function``."""
    arn = {"Fn::GetAtt": [function, "Arn"]}
    return {
        "Arn": arn,
        "FunctionArn": arn,
        "FunctionName": {"Ref": function},
        "SnapStartResponse": {"Fn::GetAtt": [function, "SnapStartResponse"]},
        "SnapStartResponse.ApplyOn": {"Fn::GetAtt": [function, "SnapStartResponse.ApplyOn"]},
        "SnapStartResponse.OptimizationStatus": {"Fn::GetAtt": [function, "SnapStartResponse.OptimizationStatus"]},
        "InferenceProfileArn": profile_arn(profile),
        "InferenceProfileId": {"Fn::GetAtt": [profile + "InferenceProfile", "InferenceProfileId"]},
        "RoleArn": role_arn,
        "ModelId": MODEL,
    }


CASES = [
    pytest.param({"X": new()}, table("X", {"Fn::GetAtt": ["XRole", "Arn"]}), id="new"),
    pytest.param(
        {"X": new(LambdaFunctionProps={**FUNCTION, "Role": {"Fn::GetAtt": ["Role", "Arn"]}})},
        table("X", {"Fn::GetAtt": ["Role", "Arn"]}),
        id="new with its own role",
    ),
    pytest.param({"Chat": plain(), "X": on("Chat")}, table("Chat", {"Fn::GetAtt": ["Role", "Arn"]}), id="plain"),
    pytest.param({"Chat": serverless(), "X": on("Chat")}, table("Chat", {"Fn::GetAtt": ["ChatRole", "Arn"]}), id="SAM"),
    pytest.param(
        {"Made": new(), "X": on("Made", **OTHER_NAMES)}, table("Made", {"Fn::GetAtt": ["MadeRole", "Arn"]}), id="second"
    ),
]


@pytest.mark.parametrize(("declared", "attributes"), CASES)
def test_the_attribute_table_holds_in_every_form(declared: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Ref, and each attribute as a list, dotted and inside Fn::Sub, means the same for every kind of function."""
    uses = {
        f"Use{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Name": {"Fn::GetAtt": ["X", *name.split(".")]},
                "Value": {"Fn::GetAtt": "X." + name},
                "Description": {"Fn::Sub": "<${X." + name + "}>"},
            },
        }
        for number, name in enumerate(attributes)
    }
    outputs = {"Outputs": {"Name": {"Value": {"Ref": "X"}}, "Text": {"Value": {"Fn::Sub": "${X}"}}}}
    found = expanded(template(outputs, Role=role(), **declared, **uses))
    for number, expected in enumerate(attributes.values()):
        used = found["Resources"][f"Use{number}"]["Properties"]
        assert used["Name"] == expected
        assert used["Value"] == expected
        assert used["Description"] == {"Fn::Sub": f"<{_inside(expected)}>"}
    assert found["Outputs"]["Name"]["Value"] == attributes["FunctionName"]
    assert found["Outputs"]["Text"]["Value"] == {"Fn::Sub": _inside(attributes["FunctionName"])}


def _inside(expression: Any) -> str:
    if isinstance(expression, str):
        return expression
    ((function, argument),) = expression.items()
    return "${" + (argument if function == "Ref" else ".".join(argument)) + "}"


@pytest.mark.parametrize("declared", [{"X": new()}, {"Chat": plain(), "Role": role(), "X": on("Chat")}])
def test_an_unknown_attribute_lists_the_ones_there_are(declared: dict[str, Any]) -> None:
    """A misspelt attribute is one problem at its place, and the message offers every right one."""
    found = problem(template({"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["X", "ProfileArn"]}}}}, **declared))
    assert (found.logical_id, found.path, found.kind) == ("Outputs", ("Arn", "Value"), "reference")
    for name in table("X", None):
        assert name in found.fix
    assert "VpcId" not in found.fix


def test_references_are_checked_beside_other_problems() -> None:
    """A wrong attribute is reported in the same run as a wrong declaration."""
    source = template({"Outputs": {"A": {"Value": {"Fn::GetAtt": "X.Nope"}}}}, X=new(Geography="moon"))
    assert [found.where for found in problems(source)] == ["X.Properties.Geography", "Outputs.A.Value"]


def test_depends_on_waits_for_everything_that_stands_for_a_declaration() -> None:
    """A resource that depends on a declaration is made when the function can call its model."""
    use = {"Type": "AWS::SQS::Queue", "DependsOn": "X"}
    assert resources(template(Use=use, X=new()))["Use"]["DependsOn"] == "X"
    found = resources(template(Use=use, Chat=serverless(), X=on("Chat")))
    assert found["Use"]["DependsOn"] == ["Chat", "XInferenceProfile", "XPolicy"]


def test_a_declaration_can_wait_for_another() -> None:
    """DependsOn and references between declarations lead to resources that exist."""
    source = template(
        Chat=serverless(),
        A=new({"DependsOn": "B", "Metadata": {"Peer": {"Ref": "B"}}}, InferenceProfileProps={"Tags": [
            {"Key": "peer", "Value": {"Fn::GetAtt": ["B", "InferenceProfileId"]}}]}),
        B=on("Chat"),
    )  # fmt: skip
    found = resources(source)
    waits = ["Chat", "BInferenceProfile", "BPolicy"]
    tagged = ["Chat", "BPolicy"]
    assert {name: found[name]["DependsOn"] for name in found if name.startswith("A")} == {
        "A": waits,
        "ARole": tagged,
        "ALogGroup": waits,
        "AInferenceProfile": tagged,
    }
    assert found["A"]["Metadata"] == {"Peer": {"Ref": "Chat"}}
    assert found["AInferenceProfile"]["Properties"]["Tags"][0]["Value"] == {
        "Fn::GetAtt": ["BInferenceProfile", "InferenceProfileId"]
    }


def test_a_function_may_wait_for_its_own_declaration() -> None:
    """DependsOn from the function to its declaration means the profile and the policy, and no circular dependency."""
    found = resources(template(Role=role(), Chat=plain({"DependsOn": ["Role", "X"]}), X=on("Chat")))
    assert found["Chat"]["DependsOn"] == ["Role", "XInferenceProfile", "XPolicy"]


def test_a_declaration_may_wait_for_its_own_function() -> None:
    """The function waits for the policy already, so DependsOn the other way round is left out."""
    for attributes in ({"DependsOn": "Chat"}, {"DependsOn": ["Chat"]}):
        found = resources(template(Role=role(), Chat=plain(), X=on("Chat", attributes)))
        assert "DependsOn" not in found["XPolicy"]
        assert "DependsOn" not in found["XInferenceProfile"]


def test_a_declaration_in_a_circular_dependency_is_refused() -> None:
    """DependsOn a resource that waits for the function is a problem that names the way round."""
    trigger = {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "Chat"}}}
    found = problem(template(Role=role(), Chat=plain(), Trigger=trigger, X=on("Chat", {"DependsOn": "Trigger"})))
    assert found.logical_id == "X"
    assert "Trigger" in str(found)


def test_sam_and_other_sections_see_the_references() -> None:
    """Globals, metadata of resources, update policies, conditions' users and loop bodies are pointed, too."""
    sections = {
        "Globals": {"Function": {"Environment": {"Variables": {"ARN": {"Fn::GetAtt": "X.InferenceProfileArn"}}}}},
        "Outputs": {"Fn::ForEach::O": ["I", ["A"], {"Out${I}": {"Value": {"Fn::GetAtt": ["X", "ModelId"]}}}]},
    }
    others = {
        "Api": {
            "Type": "AWS::Serverless::Api",
            "Metadata": {"Name": {"Ref": "X"}},
            "Properties": {"DefinitionBody": {"uri": {"Fn::Sub": "arn:${AWS::Partition}:x/${X.Arn}/${!X}"}}},
        },
        "Fn::ForEach::Queues": ["I", ["A"], {"Q${I}": {"Type": "AWS::SQS::Queue", "DependsOn": "X"}}],
        "Alias": {"Type": "AWS::Lambda::Alias", "UpdatePolicy": {"A": {"AfterAllowTrafficHook": {"Ref": "X"}}}},
    }
    found = expanded(template(sections, Chat=serverless(), X=on("Chat"), **others))
    variables = found["Globals"]["Function"]["Environment"]["Variables"]
    assert variables == {"ARN": profile_arn("X")}
    assert found["Outputs"]["Fn::ForEach::O"][2]["Out${I}"]["Value"] == MODEL
    api = found["Resources"]["Api"]
    assert api["Metadata"] == {"Name": {"Ref": "Chat"}}
    assert api["Properties"]["DefinitionBody"]["uri"] == {"Fn::Sub": "arn:${AWS::Partition}:x/${Chat.Arn}/${!X}"}
    queue = found["Resources"]["Fn::ForEach::Queues"][2]["Q${I}"]
    assert queue["DependsOn"] == ["Chat", "XInferenceProfile", "XPolicy"]
    assert found["Resources"]["Alias"]["UpdatePolicy"] == {"A": {"AfterAllowTrafficHook": {"Ref": "Chat"}}}


@pytest.mark.parametrize("own", [{"Fn::GetAtt": ["X", "RoleArn"]}, {"Fn::Sub": "${X.RoleArn}"}])
def test_a_role_that_is_written_as_itself_is_reported(own: Any) -> None:
    """A declaration whose Role is its own RoleArn has no role to give, and the macro says so instead of failing."""
    found = problem(template(X=new(LambdaFunctionProps={**FUNCTION, "Role": own})))

    assert "X has no attribute RoleArn" in str(found)


SWITCH: dict[str, Any] = {
    "Parameters": {"Private": {"Type": "String", "Default": "false"}},
    "Conditions": {"IsPrivate": {"Fn::Equals": [{"Ref": "Private"}, "true"]}},
    "Outputs": {
        "Vpc": {"Value": {"Fn::If": ["IsPrivate", {"Fn::GetAtt": ["X", "VpcId"]}, "none"]}},
        "Group": {"Condition": "IsPrivate", "Value": {"Fn::Sub": "group ${X.SecurityGroupId}"}},
    },
}


def test_a_parameter_can_switch_the_vpc_and_what_refers_to_it() -> None:
    """A reference to a VPC that is not made is none where it is not deployed, and a mistake where it is."""
    source = template(SWITCH, X=new(DeployVpc={"Ref": "Private"}))
    off, on_ = expanded(source)["Outputs"], expanded(source, provider=True, Private="true")["Outputs"]
    assert off["Vpc"]["Value"] == {"Fn::If": ["IsPrivate", "", "none"]}
    assert off["Group"]["Value"] == {"Fn::Sub": "group "}
    assert on_["Vpc"]["Value"] == {"Fn::If": ["IsPrivate", {"Ref": "XVpc"}, "none"]}
    assert on_["Group"]["Value"] == {"Fn::Sub": "group ${XSecurityGroup.GroupId}"}
    turned = {"Vpc": {"Value": {"Fn::If": ["IsPrivate", "none", {"Fn::GetAtt": ["X", "VpcId"]}]}}}
    assert problem({**source, "Outputs": turned}).path == ("Vpc", "Value", "Fn::If", 2)
    assert problem({**source, "Outputs": {"A": {"Value": {"Fn::GetAtt": ["X", "VpcId"]}}}}).path == ("A", "Value")
    misspelt = {"A": {"Condition": "IsPrivate", "Value": {"Fn::GetAtt": ["X", "VpcIdd"]}}}
    assert "VpcIdd" in problem({**source, "Outputs": misspelt}).what


def test_what_is_built_from_a_switched_off_vpc_names_it_no_more() -> None:
    """A neighbour whose VPC is that of another declaration, or one from elsewhere, keeps no reference to the former."""
    own: dict[str, Any] = {
        "VpcId": {"Fn::GetAtt": ["X", "VpcId"]},
        "SecurityGroupIds": [{"Fn::GetAtt": ["X", "SecurityGroupId"]}],
    }
    other: dict[str, Any] = {"VpcId": "vpc-0a1b2c3d", "SecurityGroupIds": ["sg-0a1b2c3d"]}
    vpc: dict[str, Any] = {name: {"Fn::If": ["IsPrivate", own[name], other[name]]} for name in own}
    vpc["SecurityGroupIds"] = [{"Fn::If": ["IsPrivate", own["SecurityGroupIds"][0], other["SecurityGroupIds"][0]]}]
    neighbour = new(ExistingVpc={**vpc, "SubnetIds": ["subnet-0a1b2c3d"], "CidrBlock": "10.0.0.0/16"})
    sections = {name: SWITCH[name] for name in ("Parameters", "Conditions")}
    found = expanded(template(sections, X=new(DeployVpc={"Ref": "Private"}), Y=neighbour))
    assert not {("X", "VpcId"), ("X", "SecurityGroupId")} & {*references_of(found["Resources"])}
