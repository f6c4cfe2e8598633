"""The function may do what it is there for, for every route of the catalog, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import GEOGRAPHIES, Catalog, partition
from tests.expansion.permissions import PROFILE, Deployed, matches
from tests.support.templates import ACCOUNT, MODEL, expanded, new, on, plain, role, serverless, template

CATALOG = Catalog.bundled()
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


def routes(geography: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(model, source Region, destination Regions) of every profile of ``geography``, read from the data itself."""
    for profile in CATALOG.data.profiles.values():
        if profile.geography == geography:
            for source, destinations in profile.routes.items():
                yield profile.model, source, destinations


def deployed(source: dict[str, Any], region: str, **parameters: str) -> Deployed:
    """The processed template of ``source`` in ``region``."""
    provider = not CATALOG.has_profile_type(region)
    return Deployed(expanded(source, region, provider=provider, **parameters), region, parameters)


def bedrock(stack: Deployed) -> list[dict[str, Any]]:
    """The statements about Bedrock."""
    return [item for item in stack.statements() if any(action.startswith("bedrock") for action in item["Action"])]


@pytest.mark.parametrize("geography", [*GEOGRAPHIES, "single"])
def test_each_route_grants_its_regions_and_nothing_else(geography: str) -> None:
    """For every profile and source Region: its own profile, and behind it the model in source and destinations."""
    seen = 0
    wanted = _single() if geography == "single" else routes(geography)
    for model, source, destinations in wanted:
        choice: dict[str, Any] = {"Geography": geography}
        if geography == "single":
            choice = {"DeployCrossRegionProfile": False}
        stack = deployed(template(X=new(BedrockModelId=model, **choice)), source)
        own = stack.arn(f"{PROFILE}-XInferenceProfile")
        system = [stack.arn(f"inference-profile/{geography}.{model}")] if geography != "single" else []
        models = {stack.model_arn(region, model) for region in {source, *destinations}}
        if geography == "global":
            models.add(stack.model_arn("", model))
        first, second = bedrock(stack)
        assert first["Action"] == [*INVOKE, "bedrock:GetInferenceProfile"]
        assert (first["Resource"], first["Condition"]) == ([own, stack.arn("project/default")], {})
        assert (second["Action"], set(second["Resource"])) == (INVOKE, models)
        assert len(second["Resource"]) == len(models)
        assert second["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": [own, *system]}}
        profile = stack.template["Resources"]["XInferenceProfile"]
        assert stack.value(profile["Properties"]["ModelSource"]["CopyFrom"]) == (
            system[0] if system else stack.model_arn(source, model)
        )
        native = profile["Type"] == "AWS::Bedrock::ApplicationInferenceProfile"
        assert native == CATALOG.has_profile_type(source)
        seen += 1
    assert seen > 0


def _single() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for model, known in CATALOG.data.models.items():
        for region in known.on_demand:
            yield model, region, (region,)


def test_the_pairs_are_all_there() -> None:
    """The test above stands for the whole catalog, about fifteen hundred pairs of a profile and a source Region."""
    pairs = [pair for geography in GEOGRAPHIES for pair in routes(geography)]
    assert len(pairs) == sum(len(profile.routes) for profile in CATALOG.data.profiles.values())
    assert len(pairs) > 1400


WAYS = [
    pytest.param({"X": new(Geography="us")}, id="new"),
    pytest.param({"Chat": plain(), "Role": role(), "X": on("Chat", Geography="us")}, id="plain"),
    pytest.param({"Chat": serverless(), "X": on("Chat", Geography="us")}, id="serverless"),
]


@pytest.mark.parametrize("resources", WAYS)
@pytest.mark.parametrize("operation", ["converse", "converse-stream", "invoke", "invoke-with-response-stream"])
def test_only_the_own_profile_can_be_called(resources: dict[str, Any], operation: str) -> None:
    """The tagged profile works in every Region it may route to, and no way round it does."""
    stack = deployed(template(**resources), "us-east-1")
    own = stack.arn(f"{PROFILE}-XInferenceProfile")
    system = stack.arn(f"inference-profile/us.{MODEL}")
    here = stack.model_arn("us-east-1", MODEL)
    destinations = CATALOG.data.profiles[f"us.{MODEL}"].routes["us-east-1"]
    led_to = [stack.model_arn(region, MODEL) for region in destinations]
    other_model = stack.model_arn("us-east-1", "amazon.nova-pro-v1:0")
    assert len(led_to) > 1
    assert stack.may_invoke(own, led_to, operation)
    for model in led_to:
        assert not stack.may_invoke(model, [], operation), "the bare model goes round the profile"
    assert not stack.may_invoke(MODEL, [], operation)
    assert not stack.may_invoke(f"us.{MODEL}", led_to, operation), "so does the system-defined profile"
    assert not stack.may_invoke(system, led_to, operation)
    assert not stack.may_invoke(stack.arn(f"{PROFILE}-Other"), led_to, operation)
    assert not stack.may_invoke(own, [here, other_model], operation), "the profile leads to one model"
    assert not stack.may_invoke(own, [stack.model_arn("eu-west-1", MODEL)], operation)
    assert not stack.may_invoke(own, [stack.model_arn("", MODEL)], operation)


@pytest.mark.parametrize("resources", WAYS)
@pytest.mark.parametrize("project", [True, False], ids=["strict account", "project not asked for"])
def test_the_project_alone_opens_nothing(resources: dict[str, Any], project: bool) -> None:
    """Whether Bedrock asks for the default project or not, the function calls through its own profile only."""
    stack = deployed(template(**resources), "us-east-1")
    destinations = CATALOG.data.profiles[f"us.{MODEL}"].routes["us-east-1"]
    led_to = [stack.model_arn(region, MODEL) for region in destinations]
    assert stack.may_invoke(stack.arn(f"{PROFILE}-XInferenceProfile"), led_to, project=project)
    for target in (*led_to, stack.arn(f"inference-profile/us.{MODEL}"), stack.arn(f"{PROFILE}-Other")):
        assert not stack.may_invoke(target, [], project=project)
    assert not stack.allows("bedrock:InvokeModel", stack.arn("project/other"))


def test_the_model_may_be_authorized_under_either_profile() -> None:
    """Which ARN the condition key holds is documented nowhere, so both are allowed, and no third one is."""
    stack = deployed(template(X=new()), "us-east-1")
    model = stack.model_arn("us-west-2", MODEL)
    for arn in (stack.arn(f"{PROFILE}-XInferenceProfile"), stack.arn(f"inference-profile/us.{MODEL}")):
        assert stack.allows("bedrock:InvokeModel", model, {"bedrock:InferenceProfileArn": arn})
    other = stack.arn("inference-profile/us.amazon.nova-pro-v1:0")
    assert not stack.allows("bedrock:InvokeModel", model, {"bedrock:InferenceProfileArn": other})
    assert not stack.allows("bedrock:InvokeModel", model)


def test_a_parameter_for_the_model_grants_what_its_value_would() -> None:
    """The user's expression stands in the policy, and comes to the same ARNs."""
    parameters = {"Parameters": {"Model": {"Type": "String"}}}
    stack = deployed(template(parameters, X=new(BedrockModelId={"Ref": "Model"})), "eu-central-1", Model=MODEL)
    literal = deployed(template(X=new()), "eu-central-1")
    assert bedrock(stack) == bedrock(literal)


def test_a_function_of_two_models_may_use_both_and_mixes_neither() -> None:
    """Each profile leads to its own model only."""
    names = {"FoundationModelEnvironmentVariableName": "AA", "InferenceProfileEnvironmentVariableName": "BB"}
    other = "amazon.nova-pro-v1:0"
    stack = deployed(
        template(Chat=serverless(), X=on("Chat"), Y=on("Chat", BedrockModelId=other, **names)), "us-east-1"
    )
    x, y = (stack.arn(f"{PROFILE}-{name}InferenceProfile") for name in "XY")
    assert stack.may_invoke(x, [stack.model_arn("us-east-2", MODEL)])
    assert stack.may_invoke(y, [stack.model_arn("us-east-2", other)])
    assert not stack.may_invoke(x, [stack.model_arn("us-east-2", other)])
    assert not stack.may_invoke(y, [stack.model_arn("us-east-2", MODEL)])


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1"])
def test_arns_are_of_the_regions_partition(region: str) -> None:
    """No ARN is spelt for another partition, and no action has more resources than it needs."""
    destinations = {"DestinationRegions": [region], "DeployCrossRegionProfile": False}
    stack = deployed(template(X=new(**destinations)), region)
    for statement in stack.statements():
        assert not any(matches(pattern, "iam:PassRole") for pattern in statement["Action"])
        for arn in statement["Resource"]:
            assert arn == "*" or arn.startswith((f"arn:{partition(region)}:", "<XLogGroup"))
    everywhere = [item["Action"] for item in stack.statements() if item["Resource"] == ["*"]]
    assert everywhere == [["xray:PutTraceSegments", "xray:PutTelemetryRecords"]]
    assert ACCOUNT not in str(stack.template["Resources"]["XRole"])
