"""The organisation's rules: what they add to an expansion, what they refuse, and that without them nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.organisation import Organisation
from tests.support.templates import ACCOUNT, NO_VALUE, new, plain, role, template
from tests.support.templates import on as declared_on

BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
ANY_ACCOUNT = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
PROD = {"Fn::Equals": [{"Ref": "Env"}, "prod"]}
BY_ENVIRONMENT: dict[str, Any] = {
    "Parameters": {"Env": {"Type": "String", "Default": "prod"}, "Days": {"Type": "Number", "Default": 400}},
    "Conditions": {
        "Prod": PROD,
        "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
        "Other": {"Fn::Equals": [{"Ref": "Env"}, "other"]},
        "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    },
}


def under(
    rules: Mapping[str, Any], source: Mapping[str, Any], region: str = "eu-west-1", account: str | None = ACCOUNT
) -> dict[str, Any]:
    """The resources of ``source`` for a macro's stack with ``rules``."""
    context = StackContext(region, account, organisation=Organisation.of(rules))
    found: dict[str, Any] = expand(source, context, Catalog.bundled()).template["Resources"]
    return found


def breaches(rules: Mapping[str, Any], source: Mapping[str, Any], **more: Any) -> list[Diagnostic]:
    """What is refused by ``rules``."""
    try:
        under(rules, source, **more)
    except TemplateError as error:
        return [problem for problem in error.problems if problem.rule == "organisation"]
    return []


def breach(rules: Mapping[str, Any], source: Mapping[str, Any], **more: Any) -> Diagnostic:
    """The one thing that is refused; it names the parameter that is behind it."""
    (found,) = breaches(rules, source, **more)
    assert any(f"({name} of the macro's stack)" in found.what for name in rules)
    return found


def of_kind(resources: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The properties of the resources of a type."""
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]


# ------------------------------------------------------------------------------------------- boundary, key, retention


def test_every_generated_role_and_log_group_gets_the_organisations_values() -> None:
    """The role and the log group of the function and of the flow log carry what the user never wrote."""
    rules = {"PermissionsBoundaryForRoles": BOUNDARY, "LogKmsKeyArn": KEY, "MinimumLogRetentionInDays": 1096}
    resources = under(rules, template(X=new(DeployVpc=True)))
    roles, groups = of_kind(resources, "AWS::IAM::Role"), of_kind(resources, "AWS::Logs::LogGroup")
    assert [each["PermissionsBoundary"] for each in roles] == [BOUNDARY] * 2
    assert [(each["KmsKeyId"], each["RetentionInDays"]) for each in groups] == [(KEY, 1096)] * 2


def test_the_flow_log_of_an_existing_function_obeys_too() -> None:
    """A declaration that makes no function makes roles and log groups all the same, for its new VPC."""
    rules = {"PermissionsBoundaryForRoles": BOUNDARY, "LogKmsKeyArn": KEY}
    function = plain(None, VpcConfig=NO_VALUE)
    resources = under(rules, template(F=function, Role=role(), X=declared_on("F", DeployVpc=True)))
    assert resources["XFlowLogRole"]["Properties"]["PermissionsBoundary"] == BOUNDARY
    assert resources["XFlowLogGroup"]["Properties"]["KmsKeyId"] == KEY
    assert resources["Role"] == role()


@pytest.mark.parametrize(
    "written",
    [
        BOUNDARY,
        NO_VALUE,
        {"Fn::Sub": ANY_ACCOUNT},
        {"Fn::If": ["Other", NO_VALUE, BOUNDARY]},
        {"Fn::If": ["Other", {"Fn::Join": ["", ["arn:aws:iam::", ACCOUNT, ":policy/boundary"]]}, BOUNDARY]},
    ],
    ids=str,
)
def test_the_same_boundary_in_other_words_is_none_of_the_users(written: Any) -> None:
    """What equals the organisation's value is replaced by it, so that no later update can change it."""
    source = template(BY_ENVIRONMENT, X=new(RoleProps={"PermissionsBoundary": written}))
    resources = under({"PermissionsBoundaryForRoles": BOUNDARY}, source)
    assert resources["XRole"]["Properties"]["PermissionsBoundary"] == BOUNDARY


@pytest.mark.parametrize(
    "written",
    [
        BOUNDARY + "2",
        {"Fn::If": ["Other", BOUNDARY + "2", BOUNDARY]},
        {"Fn::ImportValue": "boundary"},
        {"Ref": "Env"},
    ],
    ids=str,
)
def test_another_boundary_is_refused(written: Any) -> None:
    """Also in a branch that this deployment does not take, and if only deployment knows it."""
    source = template(BY_ENVIRONMENT, X=new(RoleProps={"PermissionsBoundary": written}))
    found = breach({"PermissionsBoundaryForRoles": BOUNDARY}, source)
    assert found.path == ("Properties", "RoleProps", "PermissionsBoundary")
    assert found.fix == f"Remove PermissionsBoundary: the macro writes {BOUNDARY}"


def test_a_branch_that_the_region_rules_out_cannot_be_taken() -> None:
    """A condition on the Region is settled for the stack, whatever its parameters are."""
    written = {"Fn::If": ["Here", BOUNDARY, "arn:aws:iam::111122223333:policy/elsewhere"]}
    source = template(BY_ENVIRONMENT, X=new(RoleProps={"PermissionsBoundary": written}))
    assert breaches({"PermissionsBoundaryForRoles": BOUNDARY}, source) == []
    assert len(breaches({"PermissionsBoundaryForRoles": BOUNDARY}, source, region="us-east-1")) == 1


def test_one_value_serves_every_account() -> None:
    """Pseudo parameters in the organisation's value are those of the stack, and stay in the processed template."""
    rules = {"PermissionsBoundaryForRoles": ANY_ACCOUNT}
    assert under(rules, template(X=new()))["XRole"]["Properties"]["PermissionsBoundary"] == {"Fn::Sub": ANY_ACCOUNT}
    own = template(X=new(RoleProps={"PermissionsBoundary": BOUNDARY}))
    assert breaches(rules, own) == []
    assert len(breaches(rules, own, account="444455556666")) == 1


@pytest.mark.parametrize("written", [BOUNDARY, {"Fn::Sub": ANY_ACCOUNT}])
@pytest.mark.parametrize("rule", [BOUNDARY, ANY_ACCOUNT])
def test_without_an_account_it_is_not_compared(written: Any, rule: str) -> None:
    """The command line need not know the account, and then takes ARNs that differ in it alone for the same."""
    source = template(X=new(RoleProps={"PermissionsBoundary": written}))
    assert breaches({"PermissionsBoundaryForRoles": rule}, source, account=None) == []


@pytest.mark.parametrize("days", [7, "7", {"Fn::If": ["Other", 7, 400]}, {"Fn::ImportValue": "days"}], ids=str)
def test_logs_that_end_too_early_are_refused(days: Any) -> None:
    """The least retention holds in every branch, and a number that nobody knows is none."""
    source = template(BY_ENVIRONMENT, X=new(LogGroupProps={"RetentionInDays": days}))
    found = breach({"MinimumLogRetentionInDays": 365}, source)
    assert found.fix == "Write 365, 400 or 545, or remove RetentionInDays"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (365, 365),
        ("400", "400"),
        ({"Ref": "Days"}, {"Ref": "Days"}),
        ({"Fn::If": ["Other", NO_VALUE, 400]}, {"Fn::If": ["Other", 731, 400]}),
    ],
    ids=str,
)
def test_logs_that_are_kept_long_enough_stay_as_written(days: Any, expected: Any) -> None:
    """The organisation sets the least, not the number."""
    source = template(BY_ENVIRONMENT, X=new(LogGroupProps={"RetentionInDays": days}))
    resources = under({"MinimumLogRetentionInDays": 365}, source)
    assert resources["XLogGroup"]["Properties"]["RetentionInDays"] == expected


# ----------------------------------------------------------------------------------------------------------------- tags


def tagged(
    *tags: Any, sections: Mapping[str, Any] = BY_ENVIRONMENT, condition: str | None = None, **more: Any
) -> dict[str, Any]:
    """A template with a declaration whose profile has ``tags``."""
    attributes = {} if condition is None else {"Condition": condition}
    return template(sections, X=new(attributes, InferenceProfileProps={"Tags": list(tags)}, **more))


def tag(key: Any) -> dict[str, Any]:
    """A tag with a key."""
    return {"Key": key, "Value": "v"}


def when(condition: str, then: Any, otherwise: Any = NO_VALUE) -> dict[str, Any]:
    """Fn::If."""
    return {"Fn::If": [condition, then, otherwise]}


@pytest.mark.parametrize(
    "source",
    [
        tagged(tag("team")),
        tagged(when("Prod", tag("team"), tag("team"))),
        tagged(when("Prod", tag("team")), when("NotProd", tag("team"))),
        tagged(when("Here", tag("team"))),
        tagged(tag(when("Prod", "team", "team"))),
        tagged(when("Prod", tag("team")), condition="Prod"),
        tagged(tag("team"), RoleProps={"Tags": when("Prod", [tag("team")])}),
    ],
)
def test_a_tag_in_every_branch_is_there(source: Mapping[str, Any]) -> None:
    """Branches add up, also over conditions that are each other's contrary, and under the declaration's own."""
    assert breaches({"RequiredTagKeys": "team"}, source) == []


@pytest.mark.parametrize(
    ("source", "where"),
    [
        (template(X=new()), ""),
        (tagged(tag("Team")), ""),
        (tagged(tag({"Ref": "Env"})), ""),
        (tagged(when("Prod", tag("team"))), " if Prod is false"),
        (tagged(when("Prod", tag("team")), when("Other", tag("team"))), " if Prod is false and Other is false"),
        (tagged(when("Prod", when("Other", tag("team")), tag("team"))), " if Prod is true and Other is false"),
        (tagged(tag(when("Prod", "team", "tram"))), " if Prod is false"),
    ],
)
def test_a_tag_that_is_missing_in_some_branch_is_refused(source: Mapping[str, Any], where: str) -> None:
    """The message says in which: this deployment need not take it, a later one may without asking the macro."""
    found = breach({"RequiredTagKeys": ["team"]}, source)
    assert found.path == ("Properties", "InferenceProfileProps", "Tags")
    assert found.what.startswith(f"lacks the tag team{where}, which")


def test_a_role_with_tags_of_its_own_has_to_have_them_too() -> None:
    """Cost is attributed by the role's tags as well, and RoleProps.Tags replace those of the profile."""
    found = breach({"RequiredTagKeys": "team"}, tagged(tag("team"), RoleProps={"Tags": [tag("other")]}))
    assert found.path == ("Properties", "RoleProps", "Tags")


def test_each_missing_key_is_named() -> None:
    """All that is missing is said at once."""
    found = breaches({"RequiredTagKeys": "team, cost-centre, app"}, tagged(tag("cost-centre")))
    assert [each.what.split(",")[0] for each in found] == ["lacks the tag team", "lacks the tag app"]


FREE = {"Conditions": {name: {"Fn::Equals": [{"Ref": "AWS::StackName"}, name]} for name in "ABC"}}


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Branches of Fn::If over three conditions, with ``leaves`` at their ends."""
    return st.recursive(leaves, lambda inner: st.builds(when, st.sampled_from("ABC"), inner, inner), max_leaves=6)


def taken(value: Any, holds: Mapping[str, bool]) -> Any:
    """The branch of ``value`` that is deployed if the conditions are as ``holds`` says."""
    while isinstance(value, dict) and "Fn::If" in value:
        name, then, otherwise = value["Fn::If"]
        value = then if holds[name] else otherwise
    return value


@given(st.lists(trees(st.sampled_from([NO_VALUE, tag("team"), tag("other")])), max_size=4))
def test_a_tag_is_missing_exactly_if_some_deployment_lacks_it(items: list[Any]) -> None:
    """Every combination of conditions is tried: the rule refuses if one of them has no such tag."""
    combinations = [dict(zip("ABC", values, strict=True)) for values in product((True, False), repeat=3)]
    lacking = [holds for holds in combinations if tag("team") not in [taken(item, holds) for item in items]]
    found = breaches({"RequiredTagKeys": "team"}, tagged(*items, sections=FREE))
    assert len(found) == bool(lacking)
    words = " and ".join(found[0].what.split(", which")[0].split(" if ")[1:]) if found else ""
    named = dict(word.split(" is ") for word in words.split(" and ") if word)
    for holds in combinations if found else ():
        if all(str(holds[name]).lower() == value for name, value in named.items()):
            assert holds in lacking


# ------------------------------------------------------------------------------------------- geographies, models, VPCs


@pytest.mark.parametrize(
    ("allowed", "geography", "fix"),
    [
        ("not-global", "global", "Write Geography: eu"),
        ("us", "auto", "No geography that is allowed offers the model in eu-west-1: write another model"),
        ("global", "auto", "Write Geography: global"),
    ],
)
def test_a_geography_that_is_not_allowed_is_refused(allowed: str, geography: str, fix: str) -> None:
    """The message offers what is allowed there, if anything is; auto is no way around it."""
    found = breach({"AllowedGeographies": allowed}, template(X=new(BedrockModelId=HAIKU, Geography=geography)))
    assert found.path == ("Properties", "Geography")
    assert found.fix.startswith(fix)


@pytest.mark.parametrize(("allowed", "geography"), [("eu", "auto"), ("us,eu", "eu"), ("not-global", "auto")])
def test_a_geography_that_is_allowed_expands_as_ever(allowed: str, geography: str) -> None:
    """The rule chooses nothing: it only refuses."""
    source = template(X=new(BedrockModelId=HAIKU, Geography=geography))
    assert under({"AllowedGeographies": allowed}, source) == under({}, source)


def test_the_region_alone_is_always_allowed() -> None:
    """Data that stays in the stack's Region goes through no geography, and the message offers that."""
    rules = {"AllowedGeographies": "jp"}
    assert breaches(rules, template(X=new(DeployCrossRegionProfile=False)), region="us-east-1") == []
    found = breach(rules, template(X=new()), region="us-east-1")
    assert found.fix == "Write DeployCrossRegionProfile: false, with which data stays in us-east-1"


@pytest.mark.parametrize("patterns", ["amazon.*", "anthropic.*,amazon.nova-lite-v?:0", "*"])
def test_a_model_that_matches_a_pattern_is_allowed(patterns: str) -> None:
    """Each pattern adds models."""
    assert breaches({"AllowedModels": patterns}, template(X=new())) == []


def test_a_model_that_matches_none_is_refused() -> None:
    """The message has the patterns, and models that all rules together allow in this Region."""
    found = breach({"AllowedModels": "amazon.nova-l*,amazon.nova-p*", "AllowedGeographies": "eu"}, haiku())
    assert found.what.startswith(f"the organisation does not allow {HAIKU} ")
    assert (
        "matches amazon.nova-l* or amazon.nova-p*, such as amazon.nova-lite-v1:0 or amazon.nova-pro-v1:0" in found.fix
    )


def haiku() -> dict[str, Any]:
    """A template with another model than the tests of Amazon's."""
    return template(X=new(BedrockModelId=HAIKU))


def test_a_model_from_a_parameter_is_not_shown() -> None:
    """The value of a parameter may be a secret."""
    sections = {"Parameters": {"Model": {"Type": "String", "Default": HAIKU}}}
    source = template(sections, X=new(BedrockModelId={"Ref": "Model"}))
    found = breach({"AllowedModels": "amazon.*"}, source)
    assert HAIKU not in str(found)


def test_new_vpcs_can_be_forbidden() -> None:
    """DeployVpc is refused, a VPC that is there is not."""
    found = breach({"AllowNewVpc": False}, template(X=new(DeployVpc=True)))
    assert found.path == ("Properties", "DeployVpc")
    existing = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}
    assert breaches({"AllowNewVpc": False}, template(X=new(ExistingVpc=existing))) == []


def test_what_is_never_made_in_this_region_breaks_no_rule() -> None:
    """One template for several geographies has a declaration for each, and only one of them is deployed."""
    elsewhere = new({"Condition": "Elsewhere"}, BedrockModelId=HAIKU, Geography="us", DeployVpc=True)
    sections = {"Conditions": {"Elsewhere": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}}
    rules = {"AllowedModels": "amazon.*", "AllowedGeographies": "eu", "AllowNewVpc": "false", "RequiredTagKeys": "team"}
    assert breaches(rules, template(sections, X=elsewhere)) == []


PROFILE = {
    "Type": "AWS::Bedrock::ApplicationInferenceProfile",
    "Properties": {
        "InferenceProfileName": "chat",
        "ModelSource": {"CopyFrom": f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0"},
    },
}


def test_a_profile_that_is_there_obeys_as_far_as_the_declaration_decides() -> None:
    """Its tags are its resource's and the role needs its own; model and geography are those of the calls it allows."""
    existing = {"Fn::GetAtt": ["Profile", "InferenceProfileArn"]}
    declaration = new(ExistingInferenceProfile=existing)
    del declaration["Properties"]["BedrockModelId"]
    source = template(Profile=PROFILE, X=declaration)
    assert breaches({"AllowedModels": "amazon.*", "AllowedGeographies": "eu"}, source) == []
    assert breach({"RequiredTagKeys": "team"}, source).path == ("Properties", "RoleProps", "Tags")
    for rules in ({"AllowedModels": "anthropic.*"}, {"AllowedGeographies": "us"}):
        found = breach(rules, source)
        assert found.path == ("Properties", "ExistingInferenceProfile")
        assert " that ExistingInferenceProfile names " in found.what


def test_every_breach_is_said_in_one_run() -> None:
    """All rules are checked, for all declarations, before the template is refused."""
    rules = {
        "PermissionsBoundaryForRoles": BOUNDARY,
        "MinimumLogRetentionInDays": 365,
        "RequiredTagKeys": "team",
        "AllowedGeographies": "us",
        "AllowedModels": "anthropic.*",
        "AllowNewVpc": "false",
    }
    wrong = new(DeployVpc=True, RoleProps={"PermissionsBoundary": "x"}, LogGroupProps={"RetentionInDays": 1})
    found = breaches(rules, template(X=wrong, Y=new()))
    assert len([each for each in found if each.logical_id == "X"]) == 6
    assert len([each for each in found if each.logical_id == "Y"]) == 3
