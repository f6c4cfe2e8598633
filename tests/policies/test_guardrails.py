"""What a guardrail adds to a role and to the endpoints, and what an enforced one takes away: nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Route as Answer
from lambda_bedrock_profile.bedrock.catalog import guardrail_profiles
from tests.policies.entitled import INVOKE, Entitled, context
from tests.policies.routes import CATALOG, Route
from tests.support.catalogs import ask
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import allowed
from tests.support.templates import ACCOUNT, MODEL, expanded, new, on, plain, role, serverless, template

KEY = "bedrock:GuardrailIdentifier"
APPLY = "bedrock:ApplyGuardrail"
ID = "abcdef123456"
PRIVATE = {"ExistingVpc": {"VpcId": "vpc-0", "SubnetIds": ["subnet-1"], "CidrBlock": "10.0.0.0/16"}}
REGIONS = ["us-east-1", "us-west-1", "eu-central-1", "eu-west-2", "ap-northeast-1", "us-gov-west-1", "ap-southeast-2"]
ALONE = ("eu-west-2", "us-gov-west-1")
"""Regions in which the model is on demand, and in no profile."""
WAYS: dict[str, Callable[..., dict[str, Any]]] = {
    "new": lambda **more: {"X": new(**PRIVATE, **more)},
    "plain": lambda **more: {"Chat": plain(), "Role": role(), "X": on("Chat", **PRIVATE, **more)},
    "serverless": lambda **more: {"Chat": serverless(Role=OWN), "X": on("Chat", **PRIVATE, **more)},
}
OWN = "arn:aws:iam::111122223333:role/Own"


def deployed(resources: Mapping[str, Any], region: str) -> Deployed:
    """The processed template of ``resources`` in ``region``."""
    for resource in resources.values():
        if region in ALONE and "BedrockModelId" in resource["Properties"]:
            resource["Properties"]["DeployCrossRegionProfile"] = False
    source = template(**resources)
    return Deployed(expanded(source, region, provider=not CATALOG.has_profile_type(region)), region)


def routed(stack: Deployed, model: str = MODEL) -> Entitled:
    """What the declaration X entitles to, without its guardrail."""
    answer = ask(CATALOG, model, stack.region, "auto", cross_region=stack.region not in ALONE)
    assert isinstance(answer, Answer)
    return Entitled(stack, Route(model, stack.region, answer.destinations, answer.geography), "X")


def keys(guardrail: str) -> Iterator[tuple[str | None, bool]]:
    """(what the key may hold, whether that is version 3 of the guardrail); None if a call has no guardrail."""
    yield f"{guardrail}:3", True
    for other in (None, "", guardrail, f"{guardrail}:4", f"{guardrail}:33", f"{guardrail}1:3", f"{guardrail}:DRAFT"):
        yield other, False
    yield f"{guardrail.replace(ACCOUNT, '999999999999')}:3", False


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("enforce", [True, False], ids=["enforced", "offered"])
@pytest.mark.parametrize("way", WAYS)
def test_a_guardrail_is_asked_for_on_models_alone(way: str, enforce: bool, region: str) -> None:
    """Profile and project are open with the key present and absent; the models only with the guardrail if enforced."""
    stack = deployed(WAYS[way](Guardrail={"Identifier": ID, "Version": 3, "Enforce": enforce}), region)
    entitled = routed(stack)
    policies = stack.identity("X" if way == "new" else "Chat")
    for action, (value, right) in itertools.product(INVOKE, keys(stack.arn(f"guardrail/{ID}"))):
        guarded = {} if value is None else {KEY: value}
        for target in (entitled.own, entitled.project):
            assert allowed(policies, action, target, {**context(None), **guarded})
        for model, through in itertools.product(entitled.models, entitled.keys):
            assert allowed(policies, action, model, {**context(through), **guarded}) == (right or not enforce)
        for model in (*entitled.models, *entitled.other_models):
            assert not allowed(policies, action, model, {**context(None), **guarded})


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("way", WAYS)
def test_apply_guardrail_is_open_on_the_guardrail_and_its_profiles_and_nowhere_else(way: str, region: str) -> None:
    """For a guardrail of which only the id is known these are all profiles of its Region; the endpoint agrees."""
    stack = deployed(WAYS[way](Guardrail={"Identifier": ID, "Version": "DRAFT"}), region)
    policies = stack.identity("X" if way == "new" else "Chat")
    own = {stack.arn(f"guardrail/{ID}")}
    for profile, destinations in guardrail_profiles(region).items():
        own |= {stack.arn(f"guardrail-profile/{profile}").replace(region, there) for there in destinations}
    others = {stack.arn("guardrail/other"), stack.arn(f"guardrail/{ID}1"), stack.arn(f"guardrail/{ID}:3")}
    others |= {arn.replace(ACCOUNT, "999999999999") for arn in own}
    others |= {stack.arn("guardrail-profile/us.guardrail.v1:0").replace(region, "sa-east-1"), "*"}
    endpoint = stack.endpoint("bedrock-runtime", "vpc-0")
    for statements in (policies, endpoint):
        assert {arn for arn in own | others if allowed(statements, APPLY, arn, context(None))} == own
    assert not any(allowed(endpoint, APPLY, arn, context(None, "999999999999")) for arn in own)
    assert not allowed(stack.endpoint("bedrock", "vpc-0"), APPLY, next(iter(own)), context(None))
    for action in ("bedrock:GetGuardrail", "bedrock:UpdateGuardrail", "bedrock:InvokeGuardrailChecks", "kms:Decrypt"):
        assert not any(allowed(policies, action, arn, context(None)) for arn in own | {"*"})


def safe(**properties: Any) -> dict[str, Any]:
    """A guardrail of the template."""
    return {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": "safe", **properties}}


def cross_region(profile: str) -> dict[str, Any]:
    """The CrossRegionConfig of a guardrail."""
    arn = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail-profile/"
    return {"CrossRegionConfig": {"GuardrailProfileArn": {"Fn::Sub": arn + profile}}}


@pytest.mark.parametrize(
    ("properties", "region", "regions"),
    [
        ({}, "us-east-1", set()),
        ({"CrossRegionConfig": {"Ref": "AWS::NoValue"}}, "us-east-1", set()),
        (cross_region("us.guardrail.v1:0"), "us-east-1", {"us-east-1", "us-east-2", "us-west-2"}),
        (cross_region("au.guardrail.v1:0"), "ap-southeast-2", {"ap-southeast-2"}),
        (cross_region("new.guardrail.v2:0"), "us-east-1", {"us-east-1", "eu-west-1", "sa-east-1"}),
    ],
    ids=["in its Region", "NoValue", "us", "au and not apac", "newer than the table"],
)
def test_a_guardrail_of_the_template_shows_its_profile(properties: Any, region: str, regions: set[str]) -> None:
    """One that stays in its Region needs no profile, any other one its own alone."""
    named = {"Identifier": {"Fn::GetAtt": ["Safe", "GuardrailArn"]}, "Version": {"Fn::GetAtt": ["Safe", "Version"]}}
    stack = deployed({"Safe": safe(**properties), "X": new(Guardrail=named)}, region)
    policies = stack.identity("X")
    assert allowed(policies, APPLY, "<Safe.GuardrailArn>", {})
    profiles = ("us.guardrail.v1:0", "au.guardrail.v1:0", "apac.guardrail.v1:0", "new.guardrail.v2:0")
    asked = {
        (profile, there): stack.arn(f"guardrail-profile/{profile}").replace(region, there)
        for profile in profiles
        for there in ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "sa-east-1", "ap-southeast-2", "ap-south-1")
    }
    opened = {(profile, there) for (profile, there), arn in asked.items() if allowed(policies, APPLY, arn, {})}
    assert {profile for profile, _ in opened} <= {str(properties).split("guardrail-profile/")[-1].split("'")[0]}
    assert regions <= {there for _, there in opened}
    if "new" not in str(properties):
        assert {there for _, there in opened} == regions


@pytest.mark.parametrize("encrypted", [True, False])
def test_an_encrypted_guardrail_may_be_decrypted(encrypted: bool) -> None:
    """With its own key and no other; without a key nothing of KMS is open."""
    key = {"Fn::If": ["C", {"Fn::GetAtt": ["Key", "Arn"]}, {"Ref": "AWS::NoValue"}]}
    source = template(
        {"Conditions": {"C": {"Fn::Equals": ["yes" if encrypted else "no", "yes"]}}},
        Key={"Type": "AWS::KMS::Key"},
        Safe=safe(KmsKeyArn=key),
        X=new(Guardrail={"Identifier": {"Ref": "Safe"}, "Version": 1}),
    )
    policies = Deployed(expanded(source), "us-east-1").identity("X")
    assert allowed(policies, "kms:Decrypt", "<Key.Arn>", {}) == encrypted
    assert not allowed(policies, "kms:Decrypt", "<Other.Arn>", {})
    assert not allowed(policies, "kms:Encrypt", "<Key.Arn>", {})


def test_two_profiles_under_one_guardrail_share_a_managed_policy_that_says_the_same() -> None:
    """Where the policies of many declarations become one, each model still wants its profile and the guardrail."""
    named = {"Identifier": ID, "Version": 3, "Enforce": True}
    names = {
        number: {
            "FoundationModelEnvironmentVariableName": "",
            "InferenceProfileEnvironmentVariableName": f"PROFILE_{number}",
            "Guardrail": {
                **named,
                **(
                    {}
                    if number == 0
                    else dict.fromkeys(("IdentifierEnvironmentVariableName", "VersionEnvironmentVariableName"), "")
                ),
            },
        }
        for number in range(12)
    }
    declarations = {f"X{number}": on("Chat", **more) for number, more in names.items()}
    stack = deployed({"Chat": plain(), "Role": role(), **declarations}, "us-east-1")
    assert any(item["Type"] == "AWS::IAM::ManagedPolicy" for item in stack.resources.values())
    policies = stack.identity("Chat")
    guardrail = {KEY: stack.arn(f"guardrail/{ID}:3")}
    for name in declarations:
        own = stack.profile_arn(name)
        model = stack.model_arn("us-west-2", MODEL)
        assert allowed(policies, INVOKE[0], model, {**context(own), **guardrail})
        assert not allowed(policies, INVOKE[0], model, context(own))
        assert not allowed(policies, INVOKE[0], model, {**context(None), **guardrail})
