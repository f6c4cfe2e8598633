"""``lint`` loses no finding: it is held against cfn-lint itself, finding for finding."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from tests.cli.conftest import Run
from tests.support.goldens import FOLDER, Golden, goldens

HERE = ("--region", "us-east-1")

# About a hundred templates of others, kept beside the repository and not in it.
OTHERS = Path(__file__).parents[2].parent / "shared" / "templates"
FILES = sorted(
    path
    for path in OTHERS.glob("*")
    if path.suffix in (".json", ".yaml", ".yml") and "!Rain::" not in path.read_text(encoding="utf-8")
)
GOLDENS = [golden for golden in goldens() if golden.environment.region == "us-east-1"]
OWN_RULE = re.compile("[EWI]90")
GENERATED = re.compile(r" \[in generated [^]]*\]$")


def own_findings(path: Path) -> list[tuple[int, int, str, str]]:
    """(line, column, rule, message) of everything that cfn-lint reports by itself."""
    matches = Runner(ConfigMixIn([], templates=[str(path)], regions=["us-east-1"])).run()
    return sorted((match.linenumber, match.columnnumber, match.rule.id, match.message) for match in matches)


def findings(run: Run, path: Path) -> list[tuple[int, int, str, str]]:
    """The same of ``lint``."""
    found = json.loads(run("lint", str(path), *HERE, "--format", "json").stdout)
    return sorted((each["line"], each["column"], each["rule"], each["message"]) for each in found)


def with_mistakes(text: str) -> str:
    """A template in which each function has an old runtime."""
    return re.sub(r"(Runtime\"?: \"?)(python|nodejs)[0-9.x]+", r"\1python2.7", text)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_template_without_declarations_has_the_findings_of_cfn_lint(golden: Golden, run: Run, tmp_path: Path) -> None:
    """Rule, words, line and column of every finding are cfn-lint's, and there are as many."""
    path = tmp_path / "template.json"
    path.write_text(with_mistakes(golden.expected.read_text(encoding="utf-8")), encoding="utf-8")
    expected = own_findings(path)
    assert len(expected) > 0
    assert findings(run, path) == expected


@pytest.mark.skipif(not FILES, reason="the folder with real templates is not there")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_templates_of_others_have_the_findings_of_cfn_lint(path: Path, run: Run) -> None:
    """Templates as people write them, in YAML and JSON, with SAM and without, are reported on as by cfn-lint."""
    expected = own_findings(path)
    result = run("lint", str(path), *HERE, "--format", "json").stdout
    if "is not a template, which has a map of Resources" not in result:
        assert findings(run, path) == expected


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_template_with_declarations_has_the_findings_in_its_expansion(
    golden: Golden, run: Run, tmp_path: Path
) -> None:
    """What cfn-lint finds in the processed template is reported on the declarations, with nothing lost or added.

    What ``lint`` itself knows of declarations, such as the end of a model, comes beside it.
    """
    path, processed = tmp_path / "template.yaml", tmp_path / "processed.json"
    path.write_text(with_mistakes((FOLDER / golden.name / "template.yaml").read_text(encoding="utf-8")))
    arguments = (*HERE, "--provider-arn", "arn:aws:lambda:us-east-1:111122223333:function:provider")
    expanded = run("expand", str(path), *arguments, "--format", "json")
    processed.write_text(expanded.stdout)
    reported = json.loads(run("lint", str(path), *arguments, "--format", "json").stdout)
    theirs = [each for each in reported if not OWN_RULE.match(each["rule"])]
    found = Counter((each["rule"], GENERATED.sub("", each["message"])) for each in theirs)
    assert found == Counter((rule, message) for _, _, rule, message in own_findings(processed))
