"""A profile that is there: of another declaration, of the template, or by its ARN. None is made."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    MODEL,
    NO_VALUE,
    get_att,
    new,
    on,
    problem,
    problems,
    profile_arn,
    resources,
    role,
    serverless,
    template,
    variables,
)

ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abcdefghijkl"
OF_A = get_att("A", "InferenceProfileArn")
OF_TEAM = get_att("Team", "InferenceProfileArn")
CONDITIONS = {
    "Parameters": {"Stage": {"Type": "AWS::SSM::Parameter::Value<String>"}},
    "Conditions": {
        "C": {"Fn::Equals": [{"Ref": "Stage"}, "c"]},
        "D": {"Fn::Equals": [{"Ref": "Stage"}, "d"]},
        "CAndD": {"Fn::And": [{"Condition": "C"}, {"Condition": "D"}]},
        "Never": {"Fn::Equals": ["a", "b"]},
        "Always": {"Fn::Equals": ["a", "a"]},
    },
}


def naming(profile: Any, attributes: dict[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
    """A declaration with a function of its own on a profile that is there; nothing else says what its model is."""
    written = {"ExistingInferenceProfile": profile, "LambdaFunctionProps": FUNCTION, **more}
    return {"Type": "Custom::LambdaBedrockProfile", **(attributes or {}), "Properties": written}


def team(source: Any) -> dict[str, Any]:
    """A profile resource of the template that is made from ``source``."""
    written = {"InferenceProfileName": "team", "ModelSource": {"CopyFrom": source}}
    return {"Type": "AWS::Bedrock::ApplicationInferenceProfile", "Properties": written}


def system(name: str) -> dict[str, Any]:
    """The ARN of a system-defined profile of the stack's account."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}:${{AWS::AccountId}}:inference-profile/{name}"}


def statements(resource: dict[str, Any]) -> list[Any]:
    """The statements about Bedrock in the generated policy of a role."""
    document = resource["Properties"]["Policies"][0]["PolicyDocument"]
    return [item for item in document["Statement"] if "InferenceProfile" in item["Sid"]]


def remarks(source: dict[str, Any]) -> list[str]:
    """The rules of the warnings and the information on a template."""
    context = StackContext("us-east-1", ACCOUNT, provider_arn="arn:aws:lambda:us-east-1:111122223333:function:p")
    return [remark.rule for remark in expand(source, context, Catalog.bundled()).remarks]


@pytest.mark.parametrize(
    "reference",
    [OF_A, {"Fn::GetAtt": "A.InferenceProfileArn"}, {"Fn::Sub": "${A.InferenceProfileArn}"}, profile_arn("A")],
)
def test_two_functions_share_the_profile_of_one(reference: Any) -> None:
    """The second function has the variables and the permissions of the first, and nothing is made for it but a role."""
    found = resources(template(A=new(Geography="us"), B=naming(reference)))
    assert [name for name in found if name.startswith("B")] == ["B", "BLogGroup", "BRole"]
    assert (
        variables(found["B"])
        == variables(found["A"])
        == {
            "BEDROCK_MODEL": MODEL,
            "BEDROCK_PROFILE": profile_arn("A"),
        }
    )
    assert statements(found["BRole"]) == statements(found["ARole"])


def test_the_route_is_that_of_the_other_declaration() -> None:
    """What the profile was made from decides the permissions, not the defaults."""
    alone = new(DeployCrossRegionProfile=False)
    found = resources(template(A=alone, B=naming(OF_A)))
    assert statements(found["BRole"]) == statements(found["ARole"])
    assert len(statements(found["BRole"])[1]["Resource"]) == 1


def test_a_profile_is_named_through_others() -> None:
    """Whoever names the profile of one that names another's gets the one at the end, in any order of the template."""
    found = resources(template(C=naming(get_att("B", "InferenceProfileArn")), B=naming(OF_A), A=new()))
    assert variables(found["C"])["BEDROCK_PROFILE"] == profile_arn("A")
    assert statements(found["CRole"]) == statements(found["ARole"])


def test_attributes_are_those_of_the_profile() -> None:
    """References to the second declaration come to the profile that both call."""
    text = {"Fn::Sub": "${B.InferenceProfileArn} ${B.InferenceProfileId} ${B.ModelId}"}
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": text}}
    found = resources(template(A=new(), B=naming(OF_A), User=user))
    ids = "${AInferenceProfile.InferenceProfileArn} ${AInferenceProfile.InferenceProfileId}"
    assert found["User"]["Properties"]["Value"] == {"Fn::Sub": f"{ids} {MODEL}"}


def test_a_function_of_the_template_waits_for_its_policy() -> None:
    """So does what waits for the declaration, and for the profile that another one makes."""
    user = {"Type": "AWS::SQS::Queue", "DependsOn": "B"}
    second = naming(OF_A, LambdaFunctionProps=NO_VALUE, ExistingLambdaObj={"Ref": "Chat"})
    found = resources(template(A=new(), Chat=serverless(), B=second, User=user))
    assert "BInferenceProfile" not in found
    assert found["Chat"]["DependsOn"] == ["BPolicy"]
    assert found["User"]["DependsOn"] == ["Chat", "AInferenceProfile", "BPolicy"]


def test_metadata_stays_without_function_and_profile() -> None:
    """Metadata of a declaration that makes neither goes to its policy."""
    second = on("Chat", {"Metadata": {"owner": "me"}}, ExistingInferenceProfile=OF_A)
    found = resources(template(A=new(), Chat=serverless(), B=second))
    assert found["BPolicy"]["Metadata"] == {"owner": "me"}


def test_the_stand_in_is_shared_like_any_profile() -> None:
    """In a Region without CloudFormation's type the provider makes the one profile of both."""
    found = resources(template(A=new(), B=naming(OF_A)), "us-west-1", provider=True)
    assert found["AInferenceProfile"]["Type"] == "Custom::BedrockInferenceProfile"
    assert variables(found["B"])["BEDROCK_PROFILE"] == profile_arn("A")


def test_profiles_of_a_loop_are_named_inside_and_outside_of_it() -> None:
    """A declaration that Fn::ForEach makes is one like any other."""
    loop = {
        "Fn::ForEach::Chats": [
            "Name",
            ["One", "Two"],
            {
                "Chat${Name}": new(),
                "Beside${Name}": naming({"Fn::GetAtt": ["Chat${Name}", "InferenceProfileArn"]}),
            },
        ]
    }
    found = resources({"Resources": {**loop, "B": naming(get_att("ChatTwo", "InferenceProfileArn"))}})
    assert variables(found["BesideOne"])["BEDROCK_PROFILE"] == profile_arn("ChatOne")
    assert variables(found["B"])["BEDROCK_PROFILE"] == profile_arn("ChatTwo")


def test_a_profile_resource_of_a_loop_is_named() -> None:
    """A loop of profile resources is expanded if a declaration names one of them."""
    loop = {"Fn::ForEach::Teams": ["Name", ["One", "Two"], {"Team${Name}": team(system(f"us.{MODEL}"))}]}
    found = resources({"Resources": {**loop, "B": naming(get_att("TeamTwo", "InferenceProfileArn"))}})
    assert variables(found["B"]) == {
        "BEDROCK_MODEL": MODEL,
        "BEDROCK_PROFILE": get_att("TeamTwo", "InferenceProfileArn"),
    }


@pytest.mark.parametrize(
    ("source", "regions"),
    [
        (system(f"us.{MODEL}"), ["us-east-1", "us-east-2", "us-west-2"]),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.{MODEL}", ["us-east-1", "us-east-2", "us-west-2"]),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}", ["us-east-1"]),
        ({"Fn::Sub": ["arn:aws:bedrock:us-east-1::foundation-model/${M}", {"M": MODEL}]}, ["us-east-1"]),
    ],
)
def test_a_profile_of_the_template_says_its_model_and_route(source: Any, regions: list[str]) -> None:
    """ModelSource decides the permissions; nothing has to be written a second time."""
    found = resources(template(Team=team(source), B=naming(OF_TEAM)))
    models = statements(found["BRole"])[1]["Resource"]
    assert [str(arn).split("bedrock:")[1].split(":")[0] for arn in models] == regions
    assert variables(found["B"])["BEDROCK_PROFILE"] == OF_TEAM
    assert found["Team"] == team(source)


def test_a_model_from_a_parameter_stays_a_reference() -> None:
    """The value of a parameter in ModelSource does not get into the template."""
    parameters = {"Model": {"Type": "String", "Default": MODEL}, "Size": {"Type": "String", "Default": "lite"}}
    sections = {"Parameters": parameters}
    text, prefix = system("${Prefix}.${Model}")["Fn::Sub"], {"Prefix": {"Fn::If": ["Yes", "us", "eu"]}}
    both = {**sections, "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}}}
    for source, expected in (
        (system("us.${Model}"), {"Ref": "Model"}),
        ({"Fn::Sub": [text, prefix]}, {"Fn::Sub": "${Model}"}),
        (system("us.amazon.nova-${Size}-v1:0"), {"Fn::Sub": "amazon.nova-${Size}-v1:0"}),
    ):
        found = resources(template(both, Team=team(source), B=naming(OF_TEAM)))
        assert variables(found["B"])["BEDROCK_MODEL"] == expected
        assert MODEL not in str(found)


def test_a_model_that_only_the_value_shows_is_written() -> None:
    """Where a parameter is the whole ModelSource, the declaration has to name the model, and names the same."""
    source = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    sections = {"Parameters": {"Source": {"Type": "String", "Default": source}}}
    found = problem(template(sections, Team=team({"Ref": "Source"}), B=naming(OF_TEAM)))
    assert (found.where, found.fix) == ("B.Properties", "Add BedrockModelId")
    written = resources(template(sections, Team=team({"Ref": "Source"}), B=naming(OF_TEAM, BedrockModelId=MODEL)))
    assert len(statements(written["BRole"])[1]["Resource"]) == 1
    other = naming(OF_TEAM, BedrockModelId="amazon.nova-pro-v1:0")
    assert problem(template(sections, Team=team({"Ref": "Source"}), B=other)).path == ("Properties", "BedrockModelId")


@pytest.mark.parametrize(
    ("other", "properties"),
    [
        ("A", {"BedrockModelId": "amazon.nova-pro-v1:0"}),
        ("A", {"Geography": "eu"}),
        ("A", {"DeployCrossRegionProfile": False}),
        ("A", {"DestinationRegions": ["us-east-1"]}),
        ("Team", {"BedrockModelId": "amazon.nova-pro-v1:0"}),
        ("Team", {"Geography": "eu"}),
        ("Team", {"DeployCrossRegionProfile": False}),
    ],
)
def test_model_and_route_have_to_agree(other: str, properties: dict[str, Any]) -> None:
    """What a declaration says otherwise than the profile that it names is refused, at its place."""
    source = template(A=new(Geography="us"), Team=team(system(f"us.{MODEL}")))
    source["Resources"]["B"] = naming(get_att(other, "InferenceProfileArn"), **properties)
    (name,) = properties
    found = problem(source)
    assert (found.logical_id, found.path) == ("B", ("Properties", name))
    assert other in found.what
    assert f"Remove {name}" in found.fix
    del source["Resources"]["B"]["Properties"][name]
    assert resources(source)


def test_what_agrees_may_be_written() -> None:
    """The same model and geography beside the reference change nothing."""
    same = {"BedrockModelId": MODEL, "Geography": "us"}
    for other in ("A", "Team"):
        source = template(A=new(Geography="us"), Team=team(system(f"us.{MODEL}")))
        named = get_att(other, "InferenceProfileArn")
        source["Resources"]["B"] = naming(named, **same)
        assert resources(source) == resources({"Resources": {**source["Resources"], "B": naming(named)}})


# ------------------------------------------------------------------------------------------------------------ an ARN


@pytest.mark.parametrize(
    "arn", [ARN, {"Ref": "Profile"}, {"Fn::ImportValue": "p"}, {"Fn::Sub": ARN.replace("us-east-1", "${AWS::Region}")}]
)
def test_an_arn_is_taken_with_what_the_declaration_says(arn: Any) -> None:
    """The function gets the ARN as it is written, and the permissions of the model and route beside it."""
    sections = {"Parameters": {"Profile": {"Type": "String", "Default": ARN}}}
    found = resources(template(sections, A=new(), B=naming(arn, BedrockModelId=MODEL)))
    assert variables(found["B"]) == {"BEDROCK_MODEL": MODEL, "BEDROCK_PROFILE": arn}
    assert statements(found["BRole"])[0]["Resource"][0] == arn
    assert statements(found["BRole"])[1]["Resource"] == statements(found["ARole"])[1]["Resource"]
    assert "BInferenceProfile" not in found


@pytest.mark.parametrize(
    ("arn", "expected"),
    [(ARN, "abcdefghijkl"), ({"Ref": "P"}, {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "P"}]}]})],
)
def test_the_id_is_taken_from_the_arn(arn: Any, expected: Any) -> None:
    """InferenceProfileId, the dimension of Bedrock's metrics, is there for a profile of another stack, too."""
    sections = {"Parameters": {"P": {"Type": "String"}}}
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": get_att("B", "InferenceProfileId")}}
    found = resources(template(sections, B=naming(arn, BedrockModelId=MODEL), User=user))
    assert found["User"]["Properties"]["Value"] == expected


def test_an_arn_may_hold_references_to_other_declarations() -> None:
    """What a declaration writes is rewritten wherever it comes to, also through the one that names its profile."""
    arn = {"Fn::Sub": "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${A.InferenceProfileId}"}
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": get_att("C", "InferenceProfileArn")}}
    first = naming(arn, BedrockModelId=MODEL)
    found = resources(template(A=new(), B=first, C=naming(get_att("B", "InferenceProfileArn")), User=user))
    expected = {"Fn::Sub": arn["Fn::Sub"].replace("A.", "AInferenceProfile.")}
    assert variables(found["C"])["BEDROCK_PROFILE"] == expected
    assert found["User"]["Properties"]["Value"] == expected


def test_a_model_id_is_needed_beside_an_arn() -> None:
    """Nothing shows what a profile elsewhere was made from, so the declaration has to say it."""
    found = problem(template(B=naming({"Fn::ImportValue": "p"})))
    assert found.where == "B.Properties"
    assert found.what.startswith("BedrockModelId is missing")
    assert "Geography" in found.fix


def test_lint_says_that_the_declaration_has_to_know() -> None:
    """An ARN is information, unless the deployment compares it; the profile of a declaration or resource is none."""
    arn = naming(ARN, BedrockModelId=MODEL)
    assert remarks(template(B=arn)) == ["stated"]
    assert remarks(template(B=naming(ARN, BedrockModelId=MODEL, VerifyModelAccess=True))) == []
    assert remarks(template(A=new(), B=naming(OF_A))) == []
    assert remarks(template(Team=team(system(f"us.{MODEL}")), B=naming(OF_TEAM))) == []
    unknown = team({"Fn::ImportValue": "source"})
    assert remarks(template(Team=unknown, B=naming(OF_TEAM, BedrockModelId=MODEL))) == ["stated"]


def test_the_deployment_compares_an_arn() -> None:
    """VerifyModelAccess hands the provider the ARN where the template does not show what it was made from."""
    stated = naming(ARN, BedrockModelId=MODEL, VerifyModelAccess=True)
    shown = naming(OF_A, VerifyModelAccess=True)
    found = resources(template(A=new(), B=stated, C=shown), provider=True)
    assert found["BModelAccess"]["Properties"]["InferenceProfileArn"] == ARN
    assert "InferenceProfileArn" not in found["CModelAccess"]["Properties"]
    assert found["CModelAccess"]["Properties"]["ModelId"] == MODEL


@pytest.mark.parametrize(
    ("profile", "what", "fix"),
    [
        (ARN.replace("us-east-1", "eu-west-1"), "another Region", "us-east-1"),
        (ARN.replace(ACCOUNT, "999999999999"), "another account", "us-east-1"),
        (ARN.replace("arn:aws:", "arn:aws-cn:"), "another partition", "us-east-1"),
        (ARN.replace("application-", ""), "system-defined", "Remove ExistingInferenceProfile"),
        (f"us.{MODEL}", "system-defined", "Remove ExistingInferenceProfile"),
        (system(f"us.{MODEL}"), "system-defined", "Remove ExistingInferenceProfile"),
        ({"Fn::Sub": "arn:aws:bedrock:${Q}:1:inference-profile/x"}, "system-defined", "Remove"),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}", "is not the ARN", "InferenceProfileArn"),
        ("abcdefghijkl", "is not the ARN", "InferenceProfileArn"),
        (MODEL, "is not the ARN", "InferenceProfileArn"),
        ("", "is empty", "InferenceProfileArn"),
        ({"Ref": "A"}, "profile of A", "Write !GetAtt A.InferenceProfileArn"),
        (get_att("A", "InferenceProfileId"), "profile of A", "Write !GetAtt A.InferenceProfileArn"),
        ({"Ref": "Team"}, "ARN of Team", "Write !GetAtt Team.InferenceProfileArn"),
        (get_att("Nope", "InferenceProfileArn"), "Nope", "InferenceProfileArn"),
    ],
)
def test_what_is_no_profile_of_this_stack_is_refused(profile: Any, what: str, fix: str) -> None:
    """Each wrong profile is one error at the property, with what to write."""
    source = template(A=new(), Team=team(system(f"us.{MODEL}")), B=naming(profile, BedrockModelId=MODEL))
    found = problem(source)
    assert (found.logical_id, found.path) == ("B", ("Properties", "ExistingInferenceProfile"))
    assert what in found.what
    assert fix in found.fix


def test_no_value_of_a_parameter_is_shown() -> None:
    """A wrong ARN from a parameter is refused without a word of its value."""
    sections = {"Parameters": {"P": {"Type": "String"}}}
    found = problem(template(sections, B=naming({"Ref": "P"}, BedrockModelId=MODEL)), P="arn:aws:bedrock:mars-1:1:x/y")
    assert "mars" not in str(found)


def test_an_arn_of_another_region_is_fine_where_nothing_is_deployed() -> None:
    """One template for several Regions has a declaration with an ARN for each."""
    other = naming(ARN.replace("us-east-1", "eu-west-1"), {"Condition": "Never"}, BedrockModelId=MODEL)
    assert resources(template(CONDITIONS, A=new(), B=other))


# ---------------------------------------------------------------------------------- circular dependencies, conditions


def test_profiles_that_name_each_other_are_a_circular_dependency() -> None:
    """None of them would make one. It is reported one time, also where a third one names one of them."""
    b, a = get_att("B", "InferenceProfileArn"), OF_A
    found = problem(template(A=naming(b), B=naming(a), C=naming(a)))
    assert (found.logical_id, found.rule) == ("A", "reference")
    assert "A -> B -> A" in found.what
    assert "D -> D" in problem(template(D=naming(get_att("D", "InferenceProfileArn")))).what


def test_a_declaration_with_errors_is_reported_alone() -> None:
    """What follows from a declaration that cannot be read is not said a second time."""
    broken = new(Geography="moon")
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": get_att("B", "InferenceProfileId")}}
    assert problem(template(A=broken, B=naming(OF_A), User=user)).logical_id == "A"
    assert problem(template(A=new(BedrockModelId="acme.none-v1:0"), B=naming(OF_A))).logical_id == "A"


def test_a_wrong_profile_of_a_function_of_the_template_is_one_error() -> None:
    """Its role and the references to its declaration are looked at all the same, and nothing follows from the error."""
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::Sub": "${B.InferenceProfileId} ${B.ModelId}"}}}
    source = template(Chat=serverless(), B=on("Chat", ExistingInferenceProfile="x"), User=user)
    assert problem(source).path == ("Properties", "ExistingInferenceProfile")
    source["Resources"]["User"]["Properties"]["Value"] = get_att("B", "Nope")
    assert [found.logical_id for found in problems(source)] == ["B", "User"]


def test_a_profile_is_either_given_or_made() -> None:
    """Properties of a profile beside one that is there are refused."""
    found = problem(template(A=new(), B=naming(OF_A, InferenceProfileProps={"Description": "x"})))
    assert found.path == ("Properties", "InferenceProfileProps")


@pytest.mark.parametrize(
    ("own", "its", "fits"),
    [
        (None, None, True),
        ("C", None, True),
        ("C", "C", True),
        ("CAndD", "C", True),
        ("Never", "C", True),
        (None, "Always", True),
        (None, "C", False),
        ("D", "C", False),
        ("C", "CAndD", False),
    ],
)
@pytest.mark.parametrize("other", ["A", "Team"])
def test_the_profile_has_to_be_there(own: str | None, its: str | None, fits: bool, other: str) -> None:
    """A profile under a condition can be named by what is there with it alone."""
    under = {"Condition": its} if its else {}
    source = template(CONDITIONS, A=new(under), Team={**team(system(f"us.{MODEL}")), **under})
    named = get_att(other, "InferenceProfileArn")
    source["Resources"]["B"] = naming(named, {"Condition": own} if own else {})
    if fits:
        assert resources(source)
        return
    found = problem(source)
    assert (found.logical_id, found.path) == ("B", ("Properties", "ExistingInferenceProfile"))
    assert f"condition {its}" in found.what


def test_a_condition_chooses_between_a_profile_that_is_there_and_a_new_one() -> None:
    """What is known before deployment decides; what is not is an error that says what to write."""
    sections = {**CONDITIONS}
    choice = {"Fn::If": ["Always", OF_A, NO_VALUE]}
    assert "BInferenceProfile" not in resources(template(sections, A=new(), B=new(ExistingInferenceProfile=choice)))
    made = {"Fn::If": ["Never", OF_A, NO_VALUE]}
    assert "BInferenceProfile" in resources(template(sections, A=new(), B=new(ExistingInferenceProfile=made)))
    open_choice = {"Fn::If": ["C", OF_A, ARN]}
    found = problem(template(sections, A=new(), B=new(ExistingInferenceProfile=open_choice)))
    assert "one declaration for each profile" in found.fix
    arns = {"Fn::If": ["C", ARN, {"Fn::ImportValue": "p"}]}
    both = resources(template(sections, B=new(ExistingInferenceProfile=arns)))
    assert variables(both["B"])["BEDROCK_PROFILE"] == arns


def test_a_published_version_follows_the_profile_of_the_other_declaration() -> None:
    """If the other declaration's profile is replaced, a version is published of the function that shares it, too."""

    def revision(**changes: Any) -> str:
        chat = serverless(AutoPublishAlias="live")
        second = {**on("Chat", ExistingInferenceProfile=OF_A)}
        del second["Properties"]["BedrockModelId"]
        found = resources(template(A=new(**changes), Chat=chat, B=second))
        return str(variables(found["Chat"])["BEDROCK_PROFILE_REVISION"])

    assert revision() == revision(InferenceProfileProps={"Tags": [{"Key": "a", "Value": "b"}]})
    assert revision() != revision(Geography="global", BedrockModelId="amazon.nova-2-lite-v1:0")
    assert revision() != revision(InferenceProfileProps={"Description": "other"})


def test_endpoints_let_the_shared_profile_through() -> None:
    """A function in a VPC calls the profile of a declaration that is in none."""
    found = resources(template(A=new(), B=naming(OF_A, DeployVpc=True)))
    policy = found["BBedrockRuntimeEndpoint"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert profile_arn("A") in policy["Resource"]


def test_several_problems_are_reported_together() -> None:
    """Two wrong declarations have an error each."""
    found = problems(template(B=naming("x", BedrockModelId=MODEL), C=naming("y", BedrockModelId=MODEL)))
    assert [item.logical_id for item in found] == ["B", "C"]


def test_a_role_of_the_template_gets_the_shared_profile() -> None:
    """A new function with a role of its own gets a policy on that role."""
    own = naming(OF_A, LambdaFunctionProps={**FUNCTION, "Role": get_att("Role", "Arn")})
    found = resources(template(A=new(), Role=role(), B=own))
    assert found["BPolicy"]["Properties"]["Roles"] == [{"Ref": "Role"}]


def test_another_attribute_is_reported_one_time() -> None:
    """An attribute that no declaration has, in the place of a profile, is one error with what to write."""
    found = problem(template(A=new(), B=naming(get_att("A", "ProfileArn"))))
    assert found.what == "A has no attribute ProfileArn"
    assert found.fix.startswith("Did you mean InferenceProfileArn?")
