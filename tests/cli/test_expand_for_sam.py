"""``expand --for sam``: code as a path, for ``sam build`` to follow."""

from pathlib import Path

from lambda_bedrock_profile.cli.read import parse
from tests.cli.conftest import TEMPLATES, Run

HERE = ("--region", "us-east-1")


def test_a_path_to_code_stays_a_path(run: Run) -> None:
    """With --for sam the function's Code is passed on; without it a path is a problem."""
    output = run("expand", "local_code.yaml", *HERE, "--for", "sam").stdout
    assert parse(output, "t").template["Resources"]["Local"]["Properties"]["Code"] == "local_code/"
    assert run("expand", str(TEMPLATES / "local_code.yaml"), *HERE, "--for", "sam", "-o", "-").stdout == output
    assert run("expand", "local_code.yaml", *HERE).exit_code == 1


def test_the_result_has_to_be_beside_the_template(run: Run, tmp_path: Path) -> None:
    """Paths are relative to the template, so its result cannot go elsewhere."""
    result = run("expand", "local_code.yaml", *HERE, "--for", "sam", "-o", str(tmp_path / "out.yaml"))
    assert result.exit_code == 2
    assert "beside the template" in result.stderr


def test_local_code_can_be_linted(run: Run) -> None:
    """What sam build will put in the place of a path is taken for granted."""
    assert run("lint", "local_code.yaml", *HERE, "--for", "sam").output == ""
    assert "E9001" in run("lint", "local_code.yaml", *HERE).stdout
