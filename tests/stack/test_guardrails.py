"""Guardrail: which guardrail a declaration may name, what the function learns of it, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.catalog import guardrail_profiles
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic
from lambda_bedrock_profile.expand import expand
from tests.support.declarations import flaw, flaws, minimal
from tests.support.templates import (
    FUNCTION,
    MODEL,
    NO_VALUE,
    OTHER_NAMES,
    get_att,
    new,
    on,
    plain,
    problem,
    problems,
    properties,
    resources,
    role,
    serverless,
    template,
    variables,
)

ID = "abcdef123456"
ARN = f"arn:aws:bedrock:us-east-1:111122223333:guardrail/{ID}"
FOREIGN = ARN.replace("111122223333", "999999999999")
SAFE: dict[str, Any] = {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "safe"}}
KEY = "bedrock:GuardrailIdentifier"


def version(of: Any = None, **more: Any) -> dict[str, Any]:
    """A version of the guardrail Safe, or of another one."""
    return {
        "Type": "AWS::Bedrock::GuardrailVersion",
        "Properties": {"GuardrailIdentifier": of or {"Ref": "Safe"}, **more},
    }


def statements(source: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
    """The statements of the role of X, by their Sid."""
    (policy,) = resources(source, **parameters)["XRole"]["Properties"]["Policies"]
    return {item["Sid"]: item for item in policy["PolicyDocument"]["Statement"]}


def guarded(identifier: Any, number: Any, *, enforce: bool = True, **more: Any) -> dict[str, Any]:
    """A declaration with a guardrail, beside the guardrail Safe and its version."""
    named = {"Identifier": identifier, "Version": number, "Enforce": enforce}
    sections = {
        "Parameters": {
            "Id": {"Type": "String", "Default": ID},
            "Arn": {"Type": "String", "Default": ARN},
            "Number": {"Type": "Number", "Default": "3"},
            "Draft": {"Type": "String", "Default": "DRAFT"},
            "Ssm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/guardrail"},
        },
        "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}},
    }
    return template(sections, Safe=SAFE, V=version(), X=new(Guardrail=named, **more))


BY_ID = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/"
SAFE_ARN = get_att("Safe", "GuardrailArn")


@pytest.mark.parametrize(
    ("identifier", "arn"),
    [
        (get_att("Safe", "GuardrailArn"), SAFE_ARN),
        ({"Ref": "Safe"}, SAFE_ARN),
        (get_att("Safe", "GuardrailId"), SAFE_ARN),
        ({"Fn::Sub": "${Safe.GuardrailArn}"}, SAFE_ARN),
        ({"Fn::Sub": "${Safe}"}, SAFE_ARN),
        (get_att("V", "GuardrailArn"), get_att("V", "GuardrailArn")),
        (get_att("V", "GuardrailId"), get_att("V", "GuardrailArn")),
        (ID, {"Fn::Sub": BY_ID + ID}),
        (ARN, ARN),
        ({"Ref": "Id"}, {"Fn::Sub": BY_ID + "${Id}"}),
        ({"Ref": "Arn"}, {"Ref": "Arn"}),
        ({"Ref": "Ssm"}, {"Ref": "Ssm"}),
        ({"Fn::ImportValue": "arn"}, {"Fn::ImportValue": "arn"}),
        ({"Fn::If": ["Yes", {"Ref": "Safe"}, ARN]}, SAFE_ARN),
        ({"Fn::Join": ["", ["abcdef", "123456"]]}, {"Fn::Sub": [BY_ID + "${GuardrailId}", {"GuardrailId": {
            "Fn::Join": ["", ["abcdef", "123456"]]}}]}),
    ],
)  # fmt: skip
def test_a_guardrail_is_known_by_its_arn(identifier: Any, arn: Any) -> None:
    """However the user names it, role and function get its ARN; no value of a parameter reaches the template."""
    made = statements(guarded(identifier, "DRAFT"))
    resource = made["ApplyGuardrail"]["Resource"]
    assert (resource[0] if isinstance(resource, list) else resource) == arn
    assert made["InvokeModelThroughInferenceProfile"]["Condition"]["StringEquals"][KEY] == arn
    function = resources(guarded(identifier, "DRAFT"))["X"]
    assert variables(function)["BEDROCK_GUARDRAIL_ID"] == arn


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("DRAFT", SAFE_ARN),
        ({"Ref": "Draft"}, SAFE_ARN),
        (get_att("Safe", "Version"), SAFE_ARN),
        (2, {"Fn::Sub": "${Safe.GuardrailArn}:2"}),
        ("2", {"Fn::Sub": "${Safe.GuardrailArn}:2"}),
        ({"Ref": "Number"}, {"Fn::Sub": "${Safe.GuardrailArn}:${Number}"}),
        (get_att("V", "Version"), {"Fn::Sub": "${Safe.GuardrailArn}:${V.Version}"}),
        ({"Fn::Sub": "${V.Version}"}, {"Fn::Sub": "${Safe.GuardrailArn}:${V.Version}"}),
        (
            {"Fn::ImportValue": "v"},
            {"Fn::Sub": ["${Safe.GuardrailArn}:${GuardrailVersion}", {"GuardrailVersion": {"Fn::ImportValue": "v"}}]},
        ),
        ({"Fn::If": ["Yes", 2, NO_VALUE]}, {"Fn::Sub": "${Safe.GuardrailArn}:2"}),
    ],
)
def test_the_key_holds_the_version_behind_the_arn_and_nothing_for_draft(number: Any, value: Any) -> None:
    """A number stands behind the ARN; DRAFT is the ARN alone, also where a guardrail's own attribute gives it."""
    made = statements(guarded({"Ref": "Safe"}, number))
    assert made["InvokeModelThroughInferenceProfile"]["Condition"]["StringEquals"][KEY] == value
    assert made["DenyCallsWithoutGuardrail"]["Condition"] == {"StringNotEquals": {KEY: value}}


def test_the_deny_stands_on_the_models_of_the_route_alone() -> None:
    """Profile and project are never denied: whether the key is there when they are authorized is not documented."""
    made = statements(guarded(ID, 1))
    models = made["InvokeModelThroughInferenceProfile"]["Resource"]
    assert made["DenyCallsWithoutGuardrail"]["Resource"] == models
    assert all("foundation-model" in arn["Fn::Sub"] for arn in models)
    assert "Condition" not in made["InvokeInferenceProfile"]


def test_a_global_profile_is_guarded_without_a_region_too() -> None:
    """The Region-less model of a global profile is under the condition and the Deny as well."""
    made = statements(guarded(ID, 1, BedrockModelId="amazon.nova-2-lite-v1:0", Geography="global"))
    deny = made["DenyCallsWithoutGuardrail"]["Resource"]
    assert {"Fn::Sub": "arn:${AWS::Partition}:bedrock:::foundation-model/amazon.nova-2-lite-v1:0"} in deny


def test_a_guardrail_that_is_not_enforced_adds_one_statement() -> None:
    """The model statement stays as it is, and nothing is denied."""
    with_it, without = statements(guarded(ID, 1, enforce=False)), statements(template(X=new()))
    assert with_it.keys() - without.keys() == {"ApplyGuardrail"}
    assert {name: with_it[name] for name in without} == without


def test_the_function_learns_arn_and_version_under_names_of_the_users() -> None:
    """The names can be set, and an empty one leaves the variable out."""
    source = guarded(ID, 1)
    source["Resources"]["X"]["Properties"]["Guardrail"] |= {
        "IdentifierEnvironmentVariableName": "GUARDRAIL",
        "VersionEnvironmentVariableName": "",
    }
    made = variables(resources(source)["X"])
    assert {name for name in made if "GUARDRAIL" in name} == {"GUARDRAIL"}
    assert variables(resources(guarded(ID, {"Ref": "Number"}))["X"])["BEDROCK_GUARDRAIL_VERSION"] == {"Ref": "Number"}


def test_an_existing_function_gets_the_guardrail_too() -> None:
    """Its variables and its role's policy have it, under the declaration's condition."""
    source = template(
        {"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::StackName"}, "x"]}}},
        Chat=plain(),
        Role=role(),
        X=on("Chat", {"Condition": "C"}, Guardrail={"Identifier": ID, "Version": 1}),
    )
    made = resources(source)
    under = variables(made["Chat"])["BEDROCK_GUARDRAIL_VERSION"]
    assert under == {"Fn::If": ["C", "1", NO_VALUE]}
    sids = [item["Sid"] for item in made["XPolicy"]["Properties"]["PolicyDocument"]["Statement"]]
    assert "ApplyGuardrail" in sids


def test_a_function_on_the_profile_of_another_has_a_guardrail_of_its_own() -> None:
    """The guardrail is the function's: the one that shares its profile is not bound to it."""
    named = {"ExistingInferenceProfile": get_att("Y", "InferenceProfileArn"), "BedrockModelId": MODEL}
    made = statements(template(Y=new(), X=new(**named, Guardrail={"Identifier": ID, "Version": 1, "Enforce": True})))
    assert made["DenyCallsWithoutGuardrail"]["Resource"] == made["InvokeModelThroughInferenceProfile"]["Resource"]
    others = resources(template(Y=new(), X=new(**named, Guardrail={"Identifier": ID, "Version": 1, "Enforce": True})))
    assert "Guardrail" not in str(others["YRole"])


OWNED = {"Owner": {"Fn::Select": [4, {"Fn::Split": [":", {"Fn::ImportValue": "arn"}]}]}}


def test_the_guardrail_profiles_of_another_stack_are_of_the_account_in_the_arn() -> None:
    """The profile of a shared guardrail is its owner's, and only deployment may know whose that is."""
    _, first, *_ = statements(guarded({"Fn::ImportValue": "arn"}, 1))["ApplyGuardrail"]["Resource"]
    text = "arn:${AWS::Partition}:bedrock:us-east-1:${Owner}:guardrail-profile/us.guardrail.v1:0"
    assert first == {"Fn::Sub": [text, OWNED]}
    _, first, *_ = statements(guarded(ARN, 1))["ApplyGuardrail"]["Resource"]
    assert first == {"Fn::Sub": text.replace("${Owner}", "111122223333")}


def test_each_guardrail_profile_leads_to_its_source() -> None:
    """Bedrock may always evaluate a guardrail where the call is made; a Region that has none names none."""
    for region in ("us-west-1", "il-central-1", "ap-southeast-5", "me-central-1", "eu-west-2", "us-gov-east-1"):
        ((_, destinations),) = guardrail_profiles(region).items()
        assert region in destinations
    assert set(guardrail_profiles("ap-southeast-2")) == {"au.guardrail.v1:0", "apac.guardrail.v1:0"}
    assert guardrail_profiles("sa-east-1") == {}


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("guardrail", "path"),
    [
        ("abc", ()),
        ([ID], ()),
        ({"Identifier": ID}, ()),
        ({"Version": 1}, ()),
        ({}, None),
        ({"Identifier": "", "Version": 1}, ("Identifier",)),
        ({"Identifier": "Safe!", "Version": 1}, ("Identifier",)),
        ({"Identifier": f"{ARN}:1", "Version": 1}, ("Identifier",)),
        ({"Identifier": ARN.replace("guardrail/", "guardrail-profile/"), "Version": 1}, ("Identifier",)),
        ({"Identifier": ID, "Version": 0}, ("Version",)),
        ({"Identifier": ID, "Version": "draft"}, ("Version",)),
        ({"Identifier": ID, "Version": "LATEST"}, ("Version",)),
        ({"Identifier": ID, "Version": 1, "Enforce": "yes"}, ("Enforce",)),
        ({"Identifier": ID, "Version": 1, "Enforced": True}, ("Enforced",)),
        ({"Identifier": ID, "Version": 1, "IdentifierEnvironmentVariableName": "1A"},
         ("IdentifierEnvironmentVariableName",)),
        ({"Identifier": ID, "Version": 1, "IdentifierEnvironmentVariableName": "BEDROCK_MODEL"},
         ("IdentifierEnvironmentVariableName",)),
        ({"Identifier": ID, "Version": 1, "VersionEnvironmentVariableName": "BEDROCK_GUARDRAIL_ID"},
         ("VersionEnvironmentVariableName",)),
    ],
)  # fmt: skip
def test_a_misfit_is_an_error_at_its_place(guardrail: Any, path: tuple[str, ...] | None) -> None:
    """A guardrail without a version, an empty identifier, a version behind the ARN: each says what to write."""
    found = flaws(minimal(Guardrail=guardrail))
    assert [error.path for error in found] == ([("Properties", "Guardrail", *path)] if path is not None else [
        ("Properties", "Guardrail")] * 2)  # fmt: skip
    assert all(error.fix.startswith(("Write", "Add", "Did", "Give", "Remove")) for error in found)


def test_whether_a_guardrail_is_enforced_has_to_be_known() -> None:
    """It decides what the policy holds."""
    error = flaw(minimal(Guardrail={"Identifier": ID, "Version": 1, "Enforce": {"Fn::ImportValue": "x"}}))
    assert "decides the expansion" in error.what


@pytest.mark.parametrize(
    ("identifier", "number", "member", "named"),
    [
        (get_att("Safe", "Version"), 1, "Identifier", "Safe"),
        ({"Ref": "V"}, 1, "Identifier", "V"),
        ({"Ref": "Queue"}, 1, "Identifier", "AWS::SQS::Queue"),
        ({"Ref": "Safe"}, {"Ref": "V"}, "Version", "V"),
        ({"Ref": "Safe"}, get_att("Safe", "GuardrailArn"), "Version", "Safe"),
        ({"Ref": "Safe"}, get_att("OtherV", "Version"), "Version", "Other"),
        (get_att("OtherV", "GuardrailArn"), get_att("V", "Version"), "Version", "Safe"),
        ({"Fn::If": ["Unknown", {"Ref": "Safe"}, ARN]}, 1, "Identifier", "condition"),
        ({"Ref": "Safe"}, {"Fn::If": ["Unknown", 1, 2]}, "Version", "condition"),
        (ARN.replace("us-east-1", "us-west-2"), 1, "Identifier", "another Region"),
        (ARN.replace("arn:aws:", "arn:aws-cn:"), 1, "Identifier", "another Region"),
        (FOREIGN, 1, "Identifier", "another account"),
    ],
)
def test_a_guardrail_that_cannot_be_meant_is_refused(identifier: Any, number: Any, member: str, named: str) -> None:
    """References to something else, a version of another guardrail, another Region, another account with Enforce."""
    source = guarded(identifier, number)
    source["Conditions"]["Unknown"] = {"Fn::Equals": [{"Ref": "Ssm"}, "x"]}
    source["Resources"] |= {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Other": {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "other"}},
        "OtherV": version({"Ref": "Other"}),
    }
    error = problem(source)
    assert error.path == ("Properties", "Guardrail", member)
    assert named in error.what


def test_no_message_shows_the_value_of_a_parameter() -> None:
    """An identifier from a parameter is refused without its value."""
    source = guarded({"Ref": "Arn"}, 1)
    error = problem(source, Arn=FOREIGN)
    assert "999999999999" not in str(error)


def remarks(source: Mapping[str, Any]) -> tuple[Diagnostic, ...]:
    """What there is to say of a template that expands."""
    return expand(source, StackContext("us-east-1", "111122223333"), Catalog.bundled()).remarks


def test_a_guardrail_of_another_account_is_a_warning() -> None:
    """Within an organization it works, so the macro expands; with Enforce it is refused, as no page of AWS has it."""
    (warning,) = remarks(guarded(FOREIGN, 1, enforce=False))
    assert (warning.rule, warning.path[-1]) == ("guardrail", "Identifier")
    assert "ResourcePolicy" in warning.fix


@pytest.mark.parametrize("action", ["bedrock:InvokeAgent", "bedrock:RetrieveAndGenerate", "bedrock:Invoke*"])
def test_a_role_that_enforces_a_guardrail_and_calls_agents_is_a_warning(action: str) -> None:
    """Some of the calls that Bedrock makes behind an agent or a knowledge base have no guardrail, and are denied."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:bedrock:us-east-1:111122223333:agent/a"}
    own = {"Policies": [{"PolicyName": "Own", "PolicyDocument": {"Statement": [statement]}}]}
    (warning,) = remarks(guarded(ID, 1, RoleProps=own))
    assert (warning.rule, warning.path[-1]) == ("guardrail", "Enforce")
    assert remarks(guarded(ID, 1, enforce=False, RoleProps=own)) == ()


@pytest.mark.parametrize(("service", "warned"), [("bedrock", True), ("ecs-tasks", False)])
def test_a_role_that_bedrock_assumes_and_that_enforces_a_guardrail_is_a_warning(service: str, warned: bool) -> None:
    """A batch job cannot name a guardrail for its records, so each of them would be denied."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:*"}]
    }
    own = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    declared = new(LambdaFunctionProps=NO_VALUE, ExistingRole={"Ref": "Own"})
    declared["Properties"]["Guardrail"] = {"Identifier": ID, "Version": 1, "Enforce": True}
    found = remarks(template(Own=own, X=declared))
    assert [item.rule for item in found] == (["guardrail"] if warned else [])


NO_MORE = {"IdentifierEnvironmentVariableName": "", "VersionEnvironmentVariableName": ""}


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ({}, True),
        ({"Guardrail": {"Identifier": ID, "Version": 1, **NO_MORE}}, False),
        ({"Guardrail": {"Identifier": ID, "Version": 2, **NO_MORE}}, True),
        ({"Guardrail": {"Identifier": "other", "Version": 1, "Enforce": True, **NO_MORE}}, True),
        ({"BedrockModelId": "amazon.nova-pro-v1:0"}, False),
    ],
)
def test_what_would_be_denied_by_the_guardrail_of_another_declaration_is_refused(
    other: dict[str, Any], refused: bool
) -> None:
    """A Deny is about every call of a model with the role, so two declarations of one model have to agree."""
    source = template(
        Chat=plain(),
        Role=role(),
        X=on("Chat", Guardrail={"Identifier": ID, "Version": 1, "Enforce": True}),
        Y=on("Chat", **OTHER_NAMES, **other),
    )
    if not refused:
        assert remarks(source) == ()
        return
    error = problem(source)
    assert (error.logical_id, "same role" in error.what) == ("Y", True)


def test_declarations_that_are_never_deployed_together_need_not_agree() -> None:
    """One for the test and one for production may have different guardrails."""
    conditions = {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}, "D": {"Fn::Equals": ["a", "b"]}}}
    source = template(
        conditions,
        Chat=plain(),
        Role=role(),
        X=on("Chat", {"Condition": "C"}, Guardrail={"Identifier": ID, "Version": 1, "Enforce": True}),
        Y=on("Chat", {"Condition": "D"}, **OTHER_NAMES),
    )
    assert remarks(source) == ()


def test_two_declarations_may_not_set_the_same_variable_of_a_guardrail() -> None:
    """The message names the member that gives another name."""
    named = {"Identifier": ID, "Version": 1}
    source = template(
        Chat=plain(), Role=role(), X=on("Chat", Guardrail=named), Y=on("Chat", **OTHER_NAMES, Guardrail=named)
    )
    found = [str(error) for error in problems(source)]
    assert len(found) == 2
    assert "BEDROCK_GUARDRAIL_ID" in found[0]
    assert 'IdentifierEnvironmentVariableName, or leave it out with ""' in found[0]


def test_a_variable_of_the_function_under_the_name_is_refused() -> None:
    """A guardrail that the user wrote into the environment is not overwritten."""
    props = {**FUNCTION, "Environment": {"Variables": {"BEDROCK_GUARDRAIL_VERSION": "7"}}}
    error = problem(template(X=new(LambdaFunctionProps=props, Guardrail={"Identifier": ID, "Version": 1})))
    assert (error.rule, error.path[-1]) == ("collision", "BEDROCK_GUARDRAIL_VERSION")


# ----------------------------------------------------------------------------------------------------------- versions


def revision(**of_version: Any) -> str:
    """The revision of a function that publishes versions, whose guardrail has a version of the template."""
    named = {"Identifier": {"Ref": "Safe"}, "Version": get_att("V", "Version")}
    chat = serverless(AutoPublishAlias="live")
    made = resources(template(Chat=chat, Safe=SAFE, V=version(**of_version), X=on("Chat", Guardrail=named)))
    return str(variables(made["Chat"])["BEDROCK_PROFILE_REVISION"])


def test_a_new_version_of_the_guardrail_publishes_a_version_of_the_function() -> None:
    """The text of the variables stays if the guardrail's version is replaced, and the alias would call the old one."""
    assert revision() != revision(Description="two")
    assert revision(Description="two") == revision(Description="two")


def test_a_function_without_a_guardrail_keeps_its_revision() -> None:
    """A digest that changed without need would publish a version of every function."""
    made = resources(template(Chat=serverless(AutoPublishAlias="live"), X=on("Chat")))
    with_it = on("Chat", Guardrail={"Identifier": ID, "Version": 1})
    other = resources(template(Chat=serverless(AutoPublishAlias="live"), X=with_it))
    assert variables(made["Chat"])["BEDROCK_PROFILE_REVISION"] == variables(other["Chat"])["BEDROCK_PROFILE_REVISION"]


def test_an_endpoint_lets_the_guardrail_of_each_function_through_once() -> None:
    """Two functions in a VPC with one guardrail need one statement."""
    named = {"Identifier": ID, "Version": 1}
    office = {"ExistingVpc": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "CidrBlock": "10.0.0.0/16"}}
    made = template(X=new(**office, Guardrail=named), Y=new(**office, Guardrail={**named, "Version": "DRAFT"}))
    (endpoint,) = (name for name in resources(made) if name.endswith("BedrockRuntimeEndpoint"))
    document = properties({"Resources": resources(made)}, endpoint)["PolicyDocument"]
    assert [item["Action"] for item in document["Statement"]].count("bedrock:ApplyGuardrail") == 1
