"""The stand-in of Lambda's versions refuses an unchanged function, and an alias serves the copy that was published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.rules import RULES
from tests.support.deployed import Deployed
from tests.support.lambda_versions import VersionExistsError, Versions
from tests.support.sam_transform import translated
from tests.support.templates import (
    ACCOUNT,
    OTHER_NAMES,
    expanded,
    new,
    on,
    plain,
    role,
    serverless,
    template,
    variables,
)


def stack(version: str, **properties: Any) -> Deployed:
    """A function, a version of it under that logical id, and an alias to the version."""
    published = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Chat"}}}
    names = {"FunctionName": {"Ref": "Chat"}, "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}, "Name": "live"}
    alias = {"Type": "AWS::Lambda::Alias", "Properties": names}
    resources = {"Role": role(), "Chat": plain(**properties), version: published, "Live": alias}
    return Deployed(template(**resources), "us-east-1")


def test_an_unchanged_function_is_not_published_again() -> None:
    """A new version under a new logical id fails as on AWS, and leaves what was served."""
    versions = Versions()
    assert versions.deploy(stack("First", Timeout=3)) == ["First"]
    with pytest.raises(VersionExistsError, match=r"Second: A version for this Lambda function exists \( 1 \)"):
        versions.deploy(stack("Second", Timeout=3))
    assert versions.serves("Live")["Timeout"] == 3
    assert versions.deploy(stack("Second", Timeout=4)) == ["Second"]
    assert versions.serves("Live")["Timeout"] == 4


def test_a_version_keeps_what_it_was_made_of() -> None:
    """Without a new version the alias goes on serving the old settings."""
    versions = Versions()
    versions.deploy(stack("First", Timeout=3))
    assert versions.deploy(stack("First", Timeout=4)) == []
    assert versions.serves("Live")["Timeout"] == 3


@pytest.mark.parametrize("name", ["Tags", "ReservedConcurrentExecutions"])
def test_what_is_in_no_version_changes_none(name: str) -> None:
    """Tags and concurrency belong to the function alone."""
    versions = Versions()
    versions.deploy(stack("First"))
    with pytest.raises(VersionExistsError):
        versions.deploy(stack("Second", **{name: 1}))


HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
EVERYTHING = {"AutoPublishAliasAllProperties": True}


def aliased(chat: Mapping[str, Any] = {}, sections: Mapping[str, Any] = {}, /, **properties: Any) -> Deployed:
    """A serverless function with an alias and a profile, as AWS SAM leaves it; ``chat`` are its own properties."""
    return Deployed(translated(expanded(source(chat, sections, **properties))), "us-east-1")


def source(chat: Mapping[str, Any], sections: Mapping[str, Any] = {}, /, **properties: Any) -> dict[str, Any]:
    """The template of ``aliased``."""
    function = serverless(CodeUri="s3://bucket/chat.zip", AutoPublishAlias="live", **chat)
    del function["Properties"]["InlineCode"]
    return template(sections, Chat=function, X=on("Chat", **{"BedrockModelId": HAIKU, **properties}))


def without_revision(processed: dict[str, Any]) -> dict[str, Any]:
    """What earlier versions of the macro made."""
    del variables(processed["Resources"]["Chat"])["BEDROCK_PROFILE_REVISION"]
    return processed


@pytest.mark.parametrize("chat", [{}, EVERYTHING], ids=["plain", "all properties"])
@pytest.mark.parametrize(
    "replacing",
    [
        {"BedrockModelId": "amazon.nova-pro-v1:0"},
        {"Geography": "global"},
        {"InferenceProfileProps": {"Description": "another"}},
        {"InferenceProfileProps": {"InferenceProfileName": "another"}},
        {"InferenceProfileProps": {"InferenceProfileName": {"Fn::Sub": "${AWS::StackName}-another"}}},
    ],
    ids=["model", "geography", "description", "name", "name of the stack"],
)
def test_an_alias_serves_the_profile_that_replaced_another(chat: dict[str, Any], replacing: dict[str, Any]) -> None:
    """Whatever replaces the profile changes text and value of the variables, so AWS SAM and Lambda both publish."""
    versions = Versions()
    first, second = aliased(chat), aliased(chat, **replacing)
    assert len(versions.deploy(first)) == len(versions.deploy(second)) == 1
    served = versions.serves("ChatAliaslive")["Environment"]["Variables"]
    assert served == second.properties("Chat")["Environment"]["Variables"]
    assert served["BEDROCK_PROFILE"] == second.profile_arn("X") != first.profile_arn("X")


@pytest.mark.parametrize("chat", [{}, EVERYTHING], ids=["plain", "all properties"])
def test_a_parameter_behind_the_model_publishes(chat: dict[str, Any]) -> None:
    """The template is the same; the value of its parameter replaces the profile."""
    versions = Versions()
    for number, model in enumerate((HAIKU, "amazon.nova-pro-v1:0")):
        sections = {"Parameters": {"Model": {"Type": "String", "Default": model}}}
        stack = aliased(chat, sections, BedrockModelId={"Ref": "Model"})
        assert len(versions.deploy(stack)) == 1, number
        assert versions.serves("ChatAliaslive")["Environment"]["Variables"]["BEDROCK_PROFILE"] == stack.profile_arn("X")


@pytest.mark.parametrize("chat", [{}, EVERYTHING], ids=["plain", "all properties"])
def test_an_upgrade_of_the_macro_publishes_one_version_that_lambda_takes(chat: dict[str, Any]) -> None:
    """The variable is new as text and as value; the next update without a change publishes nothing."""
    versions = Versions()
    before = Deployed(translated(without_revision(expanded(source(chat)))), "us-east-1")
    assert len(versions.deploy(before)) == len(versions.deploy(aliased(chat))) == 1
    assert versions.deploy(aliased(chat)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"InferenceProfileProps": {"Tags": [{"Key": "team", "Value": "one"}]}},
        {"InferenceProfileProps": {"Tags": [{"Key": "team", "Value": {"Ref": "AWS::StackName"}}]}},
        {"Geography": "us"},
    ],
    ids=["nothing", "tags", "tags of the stack", "the geography that auto took"],
)
def test_what_replaces_no_profile_publishes_nothing(changed: dict[str, Any]) -> None:
    """The digest changes if a profile is replaced, and only then."""
    versions = Versions()
    versions.deploy(aliased())
    assert versions.deploy(aliased(**changed)) == []


def revision(sections: Mapping[str, Any], /, **resources: Any) -> Any:
    """The revision that Chat gets, None without one."""
    found = variables(expanded(template(sections, **resources))["Resources"]["Chat"])
    return found.get("BEDROCK_PROFILE_REVISION")


def test_only_functions_that_publish_versions_have_a_revision() -> None:
    """An alias of Globals counts as one of the function's own; without one nothing is added."""
    globals_ = {"Globals": {"Function": {"AutoPublishAlias": "live"}}}
    one = revision(globals_, Chat=serverless(), X=on("Chat"))
    assert re.fullmatch("[0-9a-f]{8}", one)
    assert one == revision({}, Chat=serverless(AutoPublishAlias={"Ref": "Alias"}), X=on("Chat"))
    for chat in (serverless(), serverless(AutoPublishAlias={"Ref": "AWS::NoValue"}), plain()):
        assert revision({}, Chat=chat, Role=role(), X=on("Chat")) is None
    assert revision(globals_, Chat={**serverless(), "IgnoreGlobals": ["AutoPublishAlias"]}, X=on("Chat")) is None


def test_every_profile_that_is_deployed_is_in_the_revision() -> None:
    """The order of declarations is not, and neither is a profile whose condition does not hold."""
    chat, second = serverless(AutoPublishAlias="live"), on("Chat", **OTHER_NAMES)
    one, both = revision({}, Chat=chat, X=on("Chat")), revision({}, Chat=chat, X=on("Chat"), Y=second)
    assert one != both == revision({}, Chat=chat, Y=second, X=on("Chat"))
    conditions = {"Conditions": {"Off": {"Fn::Equals": [1, 2]}, "On": {"Fn::Equals": [1, 1]}}}
    assert one == revision(conditions, Chat=chat, X=on("Chat"), Y={**second, "Condition": "Off"})
    assert both == revision(conditions, Chat=chat, X=on("Chat"), Y={**second, "Condition": "On"})
    assert revision(conditions, Chat=chat, Y={**second, "Condition": "Off"}) is None


def test_a_secret_in_a_description_counts_by_its_text() -> None:
    """No digest of a NoEcho value stands in a template."""

    def of(value: str) -> Any:
        sections = {"Parameters": {"Text": {"Type": "String", "NoEcho": True, "Default": value}}}
        text = on("Chat", InferenceProfileProps={"Description": {"Fn::Sub": "of ${Text}"}})
        return revision(sections, Chat=serverless(AutoPublishAlias="live"), X=text)

    assert of("one") == of("two")


def remarks(source: Mapping[str, Any], **context: Any) -> list[tuple[str, str]]:
    """The ids of the rules, and where they are broken."""
    expansion = expand(source, StackContext("us-east-1", ACCOUNT, **context), Catalog.bundled())
    return [(RULES[each.rule].id, each.where) for each in expansion.remarks]


AT_CHAT = ("W9012", "X.Properties.ExistingLambdaObj")


def test_versions_that_do_not_follow_the_profile_are_reported() -> None:
    """The hash of the code, the Serverless transform before the macro, and a version in the template."""
    assert remarks(source({})) == []
    assert remarks(source({"AutoPublishCodeSha256": "0" * 64})) == [AT_CHAT]
    assert remarks(source({}), serverless_first=True) == [AT_CHAT]
    chat = source({})["Resources"]["Chat"]
    after = template(**translated(template(Chat=chat))["Resources"], X=on("Chat"))
    assert remarks(after) == [AT_CHAT]
    own = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "X"}}}
    assert remarks(template(X=new(), Own=own)) == [("W9012", "X.Properties.LambdaFunctionProps")]


def test_a_version_of_another_function_is_none_of_ours() -> None:
    """Only versions of functions with a profile are reported."""
    other = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Other"}}}
    assert remarks(template(X=new(), Other=plain(), Role=role(), Version=other)) == []


def test_a_revision_for_which_there_is_no_place_is_left_out() -> None:
    """Variables that fit go on fitting, and a variable of that name stays the user's."""
    room = 4096 - size_of(variables(expanded(source({}))["Resources"]["Chat"]))
    long = {"Environment": {"Variables": {"T": "x" * room}}}
    assert remarks(source(long)) == [AT_CHAT, ("I9011", AT_CHAT[1])]
    assert "BEDROCK_PROFILE_REVISION" not in variables(expanded(source(long))["Resources"]["Chat"])
    own = {"Environment": {"Variables": {"BEDROCK_PROFILE_REVISION": "7"}}}
    assert remarks(source(own)) == [AT_CHAT]
    assert variables(expanded(source(own))["Resources"]["Chat"])["BEDROCK_PROFILE_REVISION"] == "7"


def size_of(found: Mapping[str, Any]) -> int:
    """The bytes of variables as Lambda counts them, the ARN of a profile in its whole length."""
    arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abcdefghijkl"
    return 1 + sum(len(name) + 6 + len(value if isinstance(value, str) else arn) for name, value in found.items())


def with_existing(arn: Any) -> dict[str, Any]:
    """The properties of a declaration on a profile that only its ARN is known of."""
    return {"ExistingInferenceProfile": arn}


ONE, OTHER = (
    f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/{letter * 12}" for letter in ("a", "b")
)


def test_a_parameter_with_the_arn_of_an_existing_profile_publishes() -> None:
    """The text of the variables stays, and its value and the revision are others."""
    versions = Versions()
    for arn in (ONE, OTHER):
        sections = {"Parameters": {"Profile": {"Type": "String", "Default": arn}}}
        stack = aliased({}, sections, **with_existing({"Ref": "Profile"}))
        assert len(versions.deploy(stack)) == 1
        assert versions.serves("ChatAliaslive")["Environment"]["Variables"]["BEDROCK_PROFILE"] == arn
        assert versions.deploy(stack) == []
    assert remarks(source({}, sections, **with_existing({"Ref": "Profile"}))) == [AT_STATED]


def test_an_arn_that_is_written_out_publishes_by_itself() -> None:
    """Its text is in the variables, so there is no revision."""
    versions = Versions()
    for arn in (ONE, OTHER):
        stack = aliased(**with_existing(arn))
        assert len(versions.deploy(stack)) == 1
        assert "BEDROCK_PROFILE_REVISION" not in stack.properties("Chat")["Environment"]["Variables"]


AT_STATED = ("I9025", "X.Properties.ExistingInferenceProfile")
SSM = {"Parameters": {"Profile": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/profile"}}}
SECRET = {"Parameters": {"Profile": {"Type": "String", "NoEcho": True, "Default": ONE}}}


@pytest.mark.parametrize(
    ("arn", "sections", "warned"),
    [
        ({"Fn::ImportValue": "profile"}, {}, True),
        ({"Ref": "Profile"}, SSM, True),
        ({"Ref": "Profile"}, SECRET, True),
        ("{{resolve:ssm:/profile}}", {}, True),
        ({"Fn::Sub": ONE.replace(ACCOUNT, "${AWS::AccountId}")}, {}, False),
        (ONE, {}, False),
    ],
    ids=["import", "ssm", "secret", "dynamic", "account", "text"],
)
def test_an_arn_that_may_change_unseen_is_a_warning(arn: Any, sections: Mapping[str, Any], warned: bool) -> None:
    """Only deployment knows which profile it is, so nothing publishes a version if it becomes another one."""
    found = [rule for rule, _ in remarks(source({}, sections, **with_existing(arn)))]
    assert ("W9012" in found) == warned
    without_alias = template(sections, Chat=serverless(), X=on("Chat", **with_existing(arn)))
    assert "W9012" not in [rule for rule, _ in remarks(without_alias)]


def test_a_secret_arn_counts_by_its_text() -> None:
    """No digest of a NoEcho value stands in a template."""
    found = []
    for arn in (ONE, OTHER):
        sections = {"Parameters": {"Profile": {"Type": "String", "NoEcho": True, "Default": arn}}}
        found.append(
            revision(
                sections, Chat=serverless(AutoPublishAlias="live"), X=on("Chat", **with_existing({"Ref": "Profile"}))
            )
        )
    assert found[0] == found[1] is not None
