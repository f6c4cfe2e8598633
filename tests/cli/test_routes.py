"""``routes``: how a model is reached, from one Region or from all."""

import json
from collections.abc import Callable

import pytest

from tests.cli.conftest import Run

NOVA = "amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("legacy", ("anthropic.claude-sonnet-4-5-20250929-v1:0", "-r", "us-east-1"), 0),
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
    result = run("routes", *arguments, "--on", "2026-11-26")
    assert result.exit_code == code
    golden(f"routes_{name}.txt", result.stdout)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-04-01", "ACTIVE, LEGACY from 2026-04-14, ends on 2026-10-14."),
        ("2026-05-01", "LEGACY since 2026-04-14, ends on 2026-10-14. Write BedrockModelId: anthropic.claude-sonnet-5"),
        ("2026-10-14", "ended on 2026-10-14. Write BedrockModelId: anthropic.claude-sonnet-5 and Geography: us"),
    ],
)
def test_the_dates_of_a_model_are_judged_by_the_day(run: Run, day: str, words: str) -> None:
    """Before LEGACY, in it, and past the end the reader sees the dates, the source and what to take instead."""
    model = "anthropic.claude-sonnet-4-20250514-v1:0"
    result = run("routes", model, "-r", "us-east-1", "--on", day)
    assert result.exit_code == 0
    assert f"Life cycle on {day}: {words}" in result.stdout
    assert "Source: https://docs.aws.amazon.com/bedrock/" in result.stdout
    everywhere = run("routes", model, "--on", day).stdout
    assert f"Life cycle on {day}: {words.partition('.')[0]}" in everywhere
    data = json.loads(run("routes", model, "-r", "us-east-1", "--on", day, "--format", "json").stdout)
    cycle = data["regions"]["us-east-1"]["life_cycle"]
    assert (cycle["end_of_life"], cycle["successor"]) == ("2026-10-14", "anthropic.claude-sonnet-5")


def test_the_exemption_of_application_profiles_comes_with_the_deny_that_it_needs(run: Run) -> None:
    """Copying what is printed opens no way through a profile of a global source; for global itself the text says so."""
    text = run("routes", NOVA, "-r", "ca-central-1").stdout
    listed, exempt, deny = (text.index(part) for part in ("StringNotEquals", "ArnNotLike", '"unspecified"'))
    assert listed < exempt < deny
    assert "trusts everybody who may create an application inference profile" in text
    world = ("routes", "anthropic.claude-sonnet-4-6", "-r", "sa-east-1", "-g", "global")
    text = run(*world).stdout
    assert '"Effect": "Deny"' not in text
    assert "it would stop this function" in text
    here = json.loads(run(*world, "--format", "json").stdout)["regions"]["sa-east-1"]
    assert here["policy_exemption_needs"] is None
    assert here["policy_regions"] == {"StringNotEquals": {"aws:RequestedRegion": ["sa-east-1", "unspecified"]}}


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
