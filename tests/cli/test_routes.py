"""``routes``: how a model is reached, from one Region or from all."""

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Run

NOVA = "amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("one_region", (NOVA, "-r", "ca-central-1"), 0),
        ("several_regions", (NOVA, "-r", "us-west-2", "-r", "eu-west-2"), 1),
        ("every_region", (NOVA,), 0),
        ("source_beyond_its_destinations", ("openai.gpt-5.4", "-r", "us-west-1"), 0),
        ("global_geography", ("anthropic.claude-sonnet-4-5-20250929-v1:0", "-r", "us-east-1", "-g", "global"), 0),
        ("near_models", ("amazon.nova-lit", "-r", "us-east-1"), 1),
    ],
)
def test_the_ways_to_a_model_are_side_by_side(
    name: str, arguments: tuple[str, ...], code: int, run: Run, golden: Callable[[str, str], None]
) -> None:
    """All geographies, the choice and its reason, and the exemption to copy."""
    result = run("routes", *arguments)
    assert result.exit_code == code
    golden(f"routes_{name}.txt", result.stdout)


def test_a_profile_id_means_its_model_by_its_geography(run: Run) -> None:
    """Who pastes the id of a system-defined profile is shown that profile, and told what a declaration would name."""
    result = run("routes", f"us.{NOVA}", "-r", "us-east-1")
    by_hand = run("routes", NOVA, "-r", "us-east-1", "-g", "us")
    assert (result.stdout, by_hand.stderr) == (by_hand.stdout, "")
    note = f"us.{NOVA} is the id of a system-defined inference profile: it means {NOVA} with Geography: us.\n"
    assert result.stderr == note
    json.loads(run("routes", f"us.{NOVA}", "-r", "us-east-1", "--format", "json").stdout)


def test_a_profile_id_of_another_geography_is_a_contradiction(run: Run) -> None:
    """`-g eu` beside an id that begins with us is not silently answered with either."""
    result = run("routes", f"us.{NOVA}", "-r", "us-east-1", "-g", "eu")
    assert result.exit_code == 1
    assert "its geography, us, contradicts Geography: eu." in result.stdout


def test_what_is_no_id_cannot_reach_the_terminal_as_a_command(run: Run) -> None:
    """Escape sequences in an argument are shown, not sent."""
    result = run("routes", "us.a.\x1b[31m", "-r", "us-east-1")
    assert result.exit_code == 1
    assert "\x1b" not in result.output + result.stderr
    assert "a.\\x1b[31m from us-east-1" in result.stdout


@pytest.mark.parametrize(("name", "value"), [("TTY_COMPATIBLE", "1"), ("FORCE_COLOR", "")])
def test_a_pipe_gets_plain_text(name: str, value: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a pipeline that can show colours nor an empty setting puts escape sequences into a pipe."""
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv(name, value)
    assert "\x1b" not in run("routes", NOVA, "-r", "us-east-1").stdout


def test_a_geography_of_another_partition_is_answered_with_what_works(run: Run) -> None:
    """In GovCloud, `-g us` is answered with us-gov where the model has it, else with what it has there."""
    for model, fix in (
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Write Geography: us-gov, or leave Geography out."),
        (NOVA, "Write DeployCrossRegionProfile: false, without Geography."),
    ):
        assert fix in run("routes", model, "-r", "us-gov-west-1", "-g", "us").stdout


def test_the_region_of_the_settings_is_the_default(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a Region in the AWS settings, routes are those from there."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert run("routes", NOVA).stdout == run("routes", NOVA, "-r", "eu-central-1").stdout


def test_json_says_the_same_to_programs(run: Run) -> None:
    """The way that is taken, every other way, and the exemption, as data."""
    result = json.loads(run("routes", NOVA, "-r", "ca-central-1", "--format", "json").stdout)
    here = result["regions"]["ca-central-1"]
    assert [way["profile"] for way in here["ways"] if way["chosen"]] == [f"ca.{NOVA}"]
    assert all(way["chosen"] or "why_not" in way or "reason" in way for way in here["ways"])
    assert here["policy_exemption"]["ArnNotLike"]["bedrock:InferenceProfileArn"][0].endswith(
        f"inference-profile/ca.{NOVA}"
    )


def test_a_model_without_any_way_is_refused(run: Run) -> None:
    """An unknown model, and a geography that a model does not have, end with 1 and what to do."""
    for arguments in (("acme.none-v1:0",), (NOVA, "-g", "jp")):
        result = run("routes", *arguments)
        assert result.exit_code == 1
        assert "(catalog of" in result.stdout or "the catalog of" in result.stdout
    assert "The catalog of" in run("routes", NOVA, "-r", "cn-north-1").stdout


def test_a_narrow_terminal_does_not_fold_what_is_there_to_copy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of the exemption stay whole at 60 columns; the table folds."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    output = run("routes", "anthropic.claude-sonnet-4-5-20250929-v1:0", "-r", "us-east-1", "-g", "global").stdout
    assert (
        '"arn:aws:bedrock:us-east-1:*:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0",\n' in output
    )
