"""Nobody reaches the profile of another stack through the provider: by name, by tag, by physical id or by its role."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.provider.chaos import ACCOUNT, OWNER, REGION, STACK_TAG, Aws, provider_policy
from tests.provider.stage import ARN, GENERATED, GUID, OTHER_STACK, OWN, SOURCE, STACK, Stage, recorded, with_properties
from tests.support.bedrock_authorization import request_tags, resource_tags
from tests.support.macro_template import ROOT
from tests.support.policy_evaluation import allowed as permits
from tests.support.policy_evaluation import statement_of

NEW_NAME = GENERATED.replace("0a1b2c3d", "4e5f6a7b")
OTHERS = {OWNER: f"{OTHER_STACK}/Planted"}
"""The tag of a resource of another stack."""
NATIVE = {STACK_TAG: OTHER_STACK, "aws:cloudformation:logical-id": "Planted"}
"""What CloudFormation puts on a profile of its own type."""
FOREIGN = [
    pytest.param(OTHERS, id="another stack's"),
    pytest.param({OWNER: f"{STACK}/Another"}, id="another resource's"),
    pytest.param(NATIVE, id="CloudFormation's own"),
    pytest.param({**NATIVE, **OWN}, id="CloudFormation's own, with a forged tag"),
]


@pytest.fixture
def aws(stage: Stage) -> Aws:
    """An account that has the sources of the recorded events."""
    return stage.aws


def attacker(event: dict[str, Any]) -> dict[str, Any]:
    """``event`` of a resource in another stack."""
    return {**event, "StackId": OTHER_STACK, "LogicalResourceId": "Planted"}


def planted(aws: Aws, name: str, tags: dict[str, str]) -> str:
    """The ARN of a profile that looks as the recorded events want it, with ``tags``."""
    return aws.plant(name, tags, SOURCE, description="Nova Lite for the assistant")


# -------------------------------------------------------------------------------------------------------------- by name


def test_nobody_plants_a_profile_under_the_name_that_another_stack_will_use(stage: Stage, aws: Aws) -> None:
    """The names of a stack can be foreseen, so a name with its id is refused to every other stack."""
    event = with_properties(attacker(recorded("create-profile")), InferenceProfileName=NEW_NAME)
    answer = stage.play(event)
    assert answer["Status"] == "FAILED"
    assert "Planted.Properties.InferenceProfileName: holds the id of another stack" in answer["Reason"]
    assert aws.profiles == {}
    update = recorded("update-replacement", PhysicalResourceId=planted(aws, GENERATED, OWN))
    assert stage.play(with_properties(update, InferenceProfileName=NEW_NAME))["Status"] == "SUCCESS"


@pytest.mark.parametrize("tags", [*FOREIGN, pytest.param({}, id="nobody's"), pytest.param({"app": "x"}, id="a user's")])
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_planted_profile_is_never_taken_by_its_name(
    stage: Stage, aws: Aws, request_type: str, tags: dict[str, str]
) -> None:
    """Whoever plants it could delete it again, and the function that calls it would be down: the deployment fails."""
    trap = planted(aws, NEW_NAME, tags)
    mine = planted(aws, GENERATED, OWN)
    event = recorded("update-replacement", PhysicalResourceId=mine, RequestType=request_type)
    answer = stage.play(with_properties(event, InferenceProfileName=NEW_NAME))
    assert (answer["Status"], answer["PhysicalResourceId"] == trap) == ("FAILED", False)
    assert f"may have the name {NEW_NAME}" in answer["Reason"]
    assert aws.profiles[trap]["tags"] == tags


def test_a_profile_whose_name_does_not_tell_its_stack_is_not_taken_over(stage: Stage, aws: Aws) -> None:
    """A name of the user's own may be that of another stack's profile: without the tag a conflict fails."""
    mine = planted(aws, "assistant-2", OWN)
    planted(aws, "assistant", {})
    event = recorded("update-replacement", PhysicalResourceId=mine)
    answer = stage.play(with_properties(event, InferenceProfileName="assistant"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", mine)


# ------------------------------------------------------------------------------------------------------- by physical id


@pytest.mark.parametrize("tags", FOREIGN)
@pytest.mark.parametrize("name", ["delete-profile", "update-tags", "update-replacement"])
def test_the_profile_of_another_is_neither_changed_nor_deleted(
    stage: Stage, aws: Aws, name: str, tags: dict[str, str]
) -> None:
    """Not even if it is the physical id of the request."""
    arn = planted(aws, "assistant", tags)
    answer = stage.play(recorded(name, PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "is the profile of another stack or resource" in answer["Reason"]
    assert OTHER_STACK not in answer["Reason"]
    assert aws.profiles.keys() == {arn}
    assert aws.profiles[arn]["tags"] == tags


@pytest.mark.parametrize("name", ["delete-profile", "update-tags"])
def test_a_profile_of_version_0_1_0_is_taken_over(stage: Stage, aws: Aws, name: str) -> None:
    """A profile without a tag is the stack's by its physical id: it is tagged, and then changed or deleted."""
    arn = planted(aws, GENERATED, {"app": "assistant"})
    event = recorded(name, PhysicalResourceId=arn)
    answer = stage.play(with_properties(event, InferenceProfileName=GENERATED))
    assert answer["Status"] == "SUCCESS"
    writes = [call for call in aws.calls if not call[0].startswith(("Get", "List"))]
    tags = [{"key": key, "value": value} for key, value in OWN.items()]
    assert writes[0] == ("TagResource", {"resourceARN": arn, "tags": tags})
    if name == "update-tags":
        assert aws.profiles[arn]["tags"] == {"app": "helper", "stage": "prod", **OWN}
    else:
        assert aws.profiles == {}


def test_a_profile_that_is_replaced_is_taken_over_first(stage: Stage, aws: Aws) -> None:
    """Only so does the roll-back of the update find it again, and its deletion succeed."""
    arn = planted(aws, GENERATED, {})
    update = recorded("update-replacement", PhysicalResourceId=arn)
    new = stage.play(with_properties(update, InferenceProfileName=NEW_NAME))["PhysicalResourceId"]
    assert aws.profiles[arn]["tags"] == OWN
    back = {**update, "PhysicalResourceId": new, "OldResourceProperties": update["ResourceProperties"]}
    answer = stage.play(with_properties(back, InferenceProfileName=GENERATED))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)


def test_a_profile_with_the_name_of_another_stack_is_not_taken_over(stage: Stage, aws: Aws) -> None:
    """A stack that planted a profile before there were tags cannot take it from the stack that uses it."""
    arn = planted(aws, GENERATED, {})
    answer = stage.play(attacker(recorded("delete-profile", PhysicalResourceId=arn)))
    assert answer["Status"] == "FAILED"
    assert aws.profiles[arn]["tags"] == {}
    update = with_properties(recorded("update-tags", PhysicalResourceId=arn), InferenceProfileName=GENERATED)
    assert stage.play(update)["Status"] == "SUCCESS"
    assert aws.profiles[arn]["tags"].items() >= OWN.items()


@pytest.mark.parametrize("name", ["delete-profile", "update-tags"])
def test_without_the_parameter_nothing_is_taken_over(stage: Stage, aws: Aws, name: str) -> None:
    """AdoptUntaggedProfiles=false takes the right from the role, and the reason names the parameter."""
    aws.policy = provider_policy(AdoptUntaggedProfiles="false")
    arn = planted(aws, "assistant", {})
    answer = stage.play(recorded(name, PhysicalResourceId=arn))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "set AdoptUntaggedProfiles of the macro's stack to true for one update" in answer["Reason"]
    assert aws.profiles[arn]["tags"] == {}


def test_a_profile_of_version_0_1_0_with_200_tags(stage: Stage, aws: Aws) -> None:
    """There is no room for the provider's own tag, and the reason says so."""
    arn = planted(aws, "assistant", {f"key{number}": "" for number in range(200)})
    reason = stage.play(recorded("delete-profile", PhysicalResourceId=arn))["Reason"]
    assert f"Remove one tag from {arn}, then deploy again." in reason


@pytest.mark.parametrize("name", ["delete-profile", "update-tags"])
@pytest.mark.parametrize(("here", "there"), [(ACCOUNT, "999988887777"), (f":{REGION}:", ":eu-west-1:")])
def test_a_physical_id_of_another_account_or_region_is_refused(
    stage: Stage, aws: Aws, name: str, here: str, there: str
) -> None:
    """The id alone would name a profile of this account and Region, which is not the one that is meant."""
    arn = planted(aws, "assistant", OWN)
    answer = stage.play(recorded(name, PhysicalResourceId=arn.replace(here, there)))
    assert answer["Status"] == "FAILED"
    assert "another account or Region" in answer["Reason"]
    assert aws.calls == []


# --------------------------------------------------------------------------------------------------------------- by tag


@pytest.mark.parametrize("key", [OWNER, OWNER.upper(), OWNER.title()])
@pytest.mark.parametrize("name", ["create-profile", "update-tags"])
def test_a_user_cannot_set_the_providers_tag(stage: Stage, aws: Aws, name: str, key: str) -> None:
    """Neither as it is nor in other letters: IAM compares tag keys without regard to case."""
    tags = [{"Key": "app", "Value": "x"}, {"Key": key, "Value": f"{OTHER_STACK}/Victim"}]
    answer = stage.play(with_properties(recorded(name), Tags=tags))
    assert "Properties.Tags.1.Key: is the key of the provider's own tag. Choose another key." in answer["Reason"]
    assert aws.calls == []


def test_a_user_cannot_drop_the_providers_tag(stage: Stage, aws: Aws) -> None:
    """Old properties with its key, however they came to be, take nothing away."""
    arn = planted(aws, "assistant", {"app": "assistant", **OWN})
    event = recorded("update-tags", PhysicalResourceId=arn)
    event["OldResourceProperties"]["Tags"] = [{"Key": OWNER, "Value": "x"}, {"Key": "app", "Value": "assistant"}]
    assert stage.play(with_properties(event, Tags=None))["Status"] == "SUCCESS"
    assert aws.profiles[arn]["tags"] == OWN


def test_the_tag_fits_the_longest_ids(stage: Stage, aws: Aws) -> None:
    """Stack and logical id of the greatest length AWS allows give a tag that Bedrock takes, one for each resource."""
    stack = f"arn:aws-us-gov:cloudformation:us-gov-west-1:{ACCOUNT}:stack/{'s' * 128}/{GUID}"
    values = set()
    for last in ("A", "B"):
        event = recorded("create-profile", StackId=stack, LogicalResourceId="X" * 254 + last)
        assert stage.play(with_properties(event, InferenceProfileName=f"name{last}"))["Status"] == "SUCCESS"
    for profile in aws.profiles.values():
        values.add(profile["tags"][OWNER])
    assert len(values) == 2
    assert all(value.startswith(f"{stack}/") and len(value) <= 256 for value in values)


# ---------------------------------------------------------------------------------------------------------- by its role

MADE = OWN
UNTAGGED: dict[str, str] = {}
OTHER_TAGS = {"app": "x"}
NATIVELY = {**NATIVE, "app": "x"}
USER = {"app": "helper"}


@pytest.mark.parametrize("adopts", ["true", "false"])
@pytest.mark.parametrize(
    ("action", "profile", "tags", "allowed"),
    [
        ("CreateInferenceProfile", None, {**USER, **OWN}, True),
        ("CreateInferenceProfile", None, USER, False),
        ("CreateInferenceProfile", None, {}, False),
        ("TagResource", MADE, {**USER, **OWN}, True),
        ("TagResource", MADE, USER, False),
        ("TagResource", UNTAGGED, OWN, None),
        ("TagResource", OTHER_TAGS, OWN, None),
        ("TagResource", UNTAGGED, USER, False),
        ("TagResource", NATIVELY, OWN, False),
        ("TagResource", {**NATIVE, **OWN}, OWN, False),
        ("DeleteInferenceProfile", MADE, None, True),
        ("DeleteInferenceProfile", UNTAGGED, None, False),
        ("DeleteInferenceProfile", OTHER_TAGS, None, False),
        ("DeleteInferenceProfile", NATIVELY, None, False),
        ("DeleteInferenceProfile", {**NATIVE, **OWN}, None, False),
    ],
)
def test_the_role_alone_keeps_the_provider_from_what_it_did_not_make(
    action: str, profile: dict[str, str] | None, tags: dict[str, str] | None, allowed: bool | None, adopts: str
) -> None:
    """Even a provider gone wrong deletes and tags no profile without its tag, and makes none; None: while it adopts."""
    # A request that makes a resource has the new tags as aws:ResourceTag, too.
    of_resource = (tags or {}) if profile is None else profile
    context = {**request_tags(tags or {}), **resource_tags(of_resource)}
    expected = adopts == "true" if allowed is None else allowed
    assert permits(provider_policy(AdoptUntaggedProfiles=adopts), f"bedrock:{action}", ARN, context) == expected


@pytest.mark.parametrize(
    ("profile", "keys", "allowed"),
    [
        (OWN, ["app"], True),
        (OWN, ["app", "team"], True),
        (OWN, [OWNER], False),
        (OWN, ["app", OWNER.upper()], False),
        (OWN, [], False),
        ({}, ["app"], False),
        ({**NATIVE, **OWN}, ["app"], False),
    ],
)
def test_the_role_alone_keeps_the_providers_tag(profile: dict[str, str], keys: list[str], allowed: bool) -> None:
    """UntagResource knows the keys of the request and the tags of the profile, and that is enough."""
    context: dict[str, Any] = {**resource_tags(profile), **({"aws:TagKeys": keys} if keys else {})}
    assert permits(provider_policy(), "bedrock:UntagResource", ARN, context) == allowed


@pytest.mark.parametrize("mode", ["native", "auto", "provider"])
def test_a_provider_that_makes_no_profile_keeps_those_it_made(mode: str) -> None:
    """With ProfileMode=native the role makes none, and tags and deletes its own as before."""
    policy = provider_policy(ProfileMode=mode)
    made = {**request_tags(OWN), **resource_tags(OWN)}
    assert permits(policy, "bedrock:CreateInferenceProfile", ARN, made) == (mode != "native")
    assert permits(policy, "bedrock:CreateInferenceProfile", SOURCE, {}) == (mode != "native")
    assert permits(policy, "bedrock:TagResource", ARN, made)
    assert permits(policy, "bedrock:DeleteInferenceProfile", ARN, resource_tags(OWN))


def test_iam_was_asked_about_every_kind_of_call(stage: Stage, aws: Aws) -> None:
    """The stand-in judges each call by the role of template.yaml: a role without a right fails the call."""
    aws.policy = provider_policy("ReadTags")
    arn = planted(aws, "assistant", OWN)
    reason = stage.play(recorded("delete-profile", PhysicalResourceId=arn))["Reason"]
    assert reason.startswith("ListTagsForResource failed with AccessDeniedException.")
    assert ("bedrock:ListTagsForResource", arn, resource_tags(OWN)) in aws.asked


# -------------------------------------------------------------------------------------------------------- who calls it


@pytest.mark.parametrize(
    ("called_via", "allowed"),
    [
        (["cloudformation.amazonaws.com"], True),
        (["servicecatalog.amazonaws.com", "cloudformation.amazonaws.com"], True),
        (["servicecatalog.amazonaws.com"], False),
        (None, False),
    ],
)
def test_the_policy_for_deployers_lets_cloudformation_call_and_nobody_else(
    called_via: list[str] | None, allowed: bool
) -> None:
    """Who deploys with the policy on the page reaches the provider through CloudFormation alone.

    Without the key, as in a direct call and under a service role, it grants nothing.
    """
    page = (ROOT / "docs/organisations.md").read_text(encoding="utf-8")
    [text] = [block for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL) if "aws:CalledVia" in block]
    context: dict[str, Any] = {} if called_via is None else {"aws:CalledVia": called_via}
    statements = [statement_of(each) for each in json.loads(text)["Statement"]]
    assert permits(statements, "lambda:InvokeFunction", "PROVIDER_FUNCTION_ARN", context) == allowed
