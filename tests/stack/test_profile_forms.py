"""The two forms of a profile: what decides between them never changes by itself, and moving is a replacement."""

from __future__ import annotations

from itertools import permutations
from typing import Any, get_args

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.bedrock.data import ProfileType
from lambda_bedrock_profile.context import ProfileMode, StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from tests.support.templates import ACCOUNT, PROVIDER, get_att, new, on, plain, role, template

BUNDLED = Catalog.bundled()
NATIVE = "AWS::Bedrock::ApplicationInferenceProfile"
CUSTOM = "Custom::BedrockInferenceProfile"
FROZEN = {
    "native": (
        "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 "
        "ca-central-1 eu-central-1 eu-central-2 eu-isoe-west-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 "
        "eusc-de-east-1 me-central-1 sa-east-1 us-east-1 us-east-2 us-iso-east-1 us-iso-west-1 us-isob-east-1 "
        "us-isob-west-1 us-isof-east-1 us-isof-south-1 us-west-2 "
    ),
    "provider": (
        "af-south-1 ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 "
        "ca-west-1 eu-north-1 eu-south-2 il-central-1 mx-central-1 us-gov-east-1 us-gov-west-1 us-west-1 "
    ),
}
SOURCE = template(
    {"Outputs": {"Arn": {"Value": get_att("X", "InferenceProfileArn")}}},
    X=new(),
    Chat=plain({"DependsOn": "Y"}, VpcConfig={}),
    Role=role(),
    Y=on("Chat"),
)


def profiles(mode: ProfileMode, region: str = "us-east-1", catalog: Catalog = BUNDLED) -> dict[str, Any]:
    """The profiles of a processed template, by logical id."""
    context = StackContext(region, ACCOUNT, provider_arn=PROVIDER, profile_mode=mode)
    resources = expand(SOURCE, context, catalog).template["Resources"]
    return {name: item for name, item in resources.items() if item["Type"] in (NATIVE, CUSTOM)}


def test_every_region_of_the_catalog_keeps_its_form() -> None:
    """No version moves a Region; a Region that the catalog lists for the first time adds itself to a line."""
    data = BUNDLED.data
    listed = {*data.profile_type.regions}.union(*(item.routes for item in data.profiles.values()))
    listed |= {region for model in data.models.values() for region in model.on_demand}
    forms = {region: form for form, regions in FROZEN.items() for region in regions.split()}
    assert listed <= forms.keys()
    assert {region: BUNDLED.makes_natively(region) for region in forms} == {
        region: form == "native" for region, form in forms.items()
    }


@pytest.mark.parametrize(("region", "kind"), [("us-west-1", CUSTOM), ("us-east-1", NATIVE)])
def test_a_later_catalog_changes_no_type(region: str, kind: str) -> None:
    """AWS brings the type to a Region, or a listing leaves one out: no stack there gets a resource of another type."""
    everywhere = ProfileType("2027-01-01", "schemas", ("us-west-1",))
    later = Catalog(BUNDLED.data._replace(profile_type=everywhere))
    assert profiles("auto", region, later) == profiles("auto", region)
    assert {item["Type"] for item in profiles("auto", region, later).values()} == {kind}


@pytest.mark.parametrize("mode", ["native", "provider", "auto"])
def test_the_old_values_give_the_ids_that_stacks_run_with(mode: ProfileMode) -> None:
    """Nothing is replaced by an upgrade of the macro."""
    assert profiles(mode).keys() == {"XInferenceProfile", "YInferenceProfile"}


@pytest.mark.parametrize(
    ("mode", "suffix", "kind"), [("move-to-native", "Native", NATIVE), ("move-to-provider", "Provider", CUSTOM)]
)
def test_moving_gives_the_form_that_is_asked_for(mode: ProfileMode, suffix: str, kind: str) -> None:
    """Everything that refers to the profile refers to the new one."""
    context = StackContext("us-east-1", ACCOUNT, provider_arn=PROVIDER, profile_mode=mode)
    processed = expand(SOURCE, context, BUNDLED).template
    assert {name: item["Type"] for name, item in profiles(mode).items()} == {
        f"XInferenceProfile{suffix}": kind,
        f"YInferenceProfile{suffix}": kind,
    }
    assert processed["Outputs"]["Arn"]["Value"] == get_att(f"XInferenceProfile{suffix}", "InferenceProfileArn")
    assert not any(f"{name}InferenceProfile{end}" in str(processed) for name in "XY" for end in "'.")


def test_a_move_is_a_replacement_and_never_a_change_of_type() -> None:
    """From any value to one of the two that move: another id and another name, so both exist during the update."""
    for before, after in permutations(get_args(ProfileMode), 2):
        old, fresh = profiles(before), profiles(after)
        if after.startswith("move-to-") or before.startswith("move-to-"):
            assert old.keys().isdisjoint(fresh)
            names = [str(item["Properties"]["InferenceProfileName"]) for item in (*old.values(), *fresh.values())]
            assert len(set(names)) == len(names)


def test_the_provider_needs_one_of_the_tags() -> None:
    """Bedrock takes 200 tags, and one of them says whose a profile is that the provider makes."""
    role_tags = {"Tags": [{"Key": "a", "Value": "b"}]}
    tags = [{"Key": f"key{number}", "Value": "x"} for number in range(200)]

    def declared(count: int) -> dict[str, Any]:
        return template(X=new(InferenceProfileProps={"Tags": tags[:count]}, RoleProps=role_tags))

    context = StackContext("us-west-1", ACCOUNT, provider_arn=PROVIDER)
    expand(declared(199), context, BUNDLED)
    expand(declared(200), StackContext("us-east-1", ACCOUNT), BUNDLED)
    with pytest.raises(TemplateError) as raised:
        expand(declared(200), context, BUNDLED)
    (problem,) = raised.value.problems
    assert str(problem).startswith(
        "X.Properties.InferenceProfileProps.Tags: has 200 tags; Bedrock takes 200, and the prov"
    )
