"""Each command on each example of the project, as recorded.

A missing golden file is recorded by the run that misses it, which then fails so that somebody reads it. To record one
anew, delete it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.yaml"))
COMMANDS = {
    "expand": (".yaml", ("--as-macro",)),
    "explain": (".txt", ()),
    "diff": (".txt", ("--summary",)),
    "graph": (".mmd", ()),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_on_each_example(
    command: str, name: str, run: Run, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the commands show of the examples changes only where somebody sees it."""
    monkeypatch.chdir(EXAMPLES)
    suffix, options = COMMANDS[command]
    result = run(command, name, "--region", "us-east-1", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    golden(f"examples/{Path(name).stem}.{command}{suffix}", result.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_clean(name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No example has a finding, in Regions of three geographies."""
    monkeypatch.chdir(EXAMPLES)
    result = run("lint", name, "-r", "us-east-1", "-r", "eu-central-1", "-r", "ap-northeast-1")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_another_one_nowhere(name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference of an example to itself is empty."""
    monkeypatch.chdir(EXAMPLES)
    result = run("diff", name, "--against", name, "--region", "eu-central-1", "--exit-code")
    assert (result.exit_code, result.stdout) == (0, "")
