"""A profile that is there, and a role that is no function's: what each adds to a role, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.policies.entitled import Entitled
from tests.policies.routes import CATALOG, Route, routes
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import Statement, statement_of
from tests.support.templates import ACCOUNT, expanded, get_att, new, role, template

REGIONS = ("us-east-1", "eu-central-1", "ap-northeast-1", "us-gov-west-1", "us-west-1")
PRIVATE = {"ExistingVpc": {"VpcId": "vpc-0", "SubnetIds": ["subnet-1"], "CidrBlock": "10.0.0.0/16"}}


@dataclass(frozen=True)
class OnProfile(Entitled):
    """What a role is entitled to on the profile with the ARN ``profile``."""

    profile: str = ""

    @property
    def own(self) -> str:
        """The ARN of the profile."""
        return self.profile


def few() -> list[Route]:
    """A route of each geography from each of some Regions, and one that stays in its Region."""
    found = {(route.source, route.geography): route for route in routes() if route.source in REGIONS}
    return list(found.values())


def source_of(route: Route) -> Any:
    """What a profile on the route is made from."""
    start = "arn:${AWS::Partition}:bedrock:${AWS::Region}:"
    if route.geography is None:
        return {"Fn::Sub": f"{start}:foundation-model/{route.model}"}
    return {"Fn::Sub": f"{start}${{AWS::AccountId}}:inference-profile/{route.geography}.{route.model}"}


def naming(profile: Any, **more: Any) -> dict[str, Any]:
    """A declaration with a new function, or for a role, on a profile that is there; ``more`` says what it is for."""
    made = new(ExistingInferenceProfile=profile, **more)
    left_out = {"BedrockModelId"} - more.keys() | ({"LambdaFunctionProps"} if "ExistingRole" in more else set())
    return {**made, "Properties": {name: item for name, item in made["Properties"].items() if name not in left_out}}


def of_role(name: str, **more: Any) -> dict[str, Any]:
    """A declaration for the role with that id."""
    return {"Type": "Custom::LambdaBedrockProfile", "Properties": {"ExistingRole": {"Ref": name}, **more}}


@pytest.mark.parametrize("route", few(), ids=lambda route: f"{route.source}-{route.geography}")
def test_every_way_to_name_a_profile_grants_it_and_nothing_else(route: Route) -> None:
    """Each role may call its model through its profile, not past it, and through no other one; so at the endpoints."""
    arn = f"arn:{Deployed({}, route.source).arn('').split(':')[1]}:bedrock:{route.source}:{ACCOUNT}:"
    arn += "application-inference-profile/abcdefghijkl"
    team = {"InferenceProfileName": "team", "ModelSource": {"CopyFrom": source_of(route)}}
    processed = expanded(
        template(
            Own=new(**route.choice),
            Second=naming(get_att("Own", "InferenceProfileArn"), **PRIVATE),
            Team={"Type": "AWS::Bedrock::ApplicationInferenceProfile", "Properties": team},
            Third=naming(get_att("Team", "InferenceProfileArn")),
            Stated=naming(arn, **route.choice),
            TaskRole=role(),
            Task=of_role("TaskRole", **route.choice),
            AgentRole=role(),
            Agent=of_role("AgentRole", ExistingInferenceProfile=get_att("Own", "InferenceProfileArn")),
        ),
        route.source,
        provider=not CATALOG.has_profile_type(route.source),
    )
    stack = Deployed(processed, route.source)
    shared = stack.profile_arn("Own")
    profiles = {
        "Own": shared,
        "Second": shared,
        "Third": stack.value(get_att("Team", "InferenceProfileArn")),
        "Stated": arn,
    }
    for name, profile in profiles.items():
        assert list(OnProfile(stack, route, name, profile).wrong(stack.identity(name))) == []
    # The roles of one profile have no right on another one.
    assert list(OnProfile(stack, route, "Own", arn).wrong(stack.identity("Own"))) != []
    for name, profile in (("Task", stack.profile_arn("Task")), ("Agent", shared)):
        entitled = OnProfile(stack, route, name, profile)
        granted = statements(stack, f"{name}Role")
        assert list(entitled.wrong(granted)) == []
        for project in (True, False):
            endpoint = stack.endpoint("bedrock-runtime", "vpc-0")
            assert list(entitled.wrong_calls(granted, endpoint, project=project)) == []
    at_the_endpoint = OnProfile(stack, route, "Second", shared)
    for service in ("bedrock-runtime", "bedrock"):
        assert list(at_the_endpoint.wrong_at(service, stack.endpoint(service, "vpc-0"))) == []


def statements(stack: Deployed, name: str) -> list[Statement]:
    """What the policies on a role say."""
    return [statement_of(item) for document in stack.documents[name] for item in document["Statement"]]
