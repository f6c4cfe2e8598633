"""``make watch``: what AWS changed in the texts that the policies rest on; on models made small."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import watch
from scripts.catalog_sources import PROFILE_TYPE
from scripts.packages import Package, SourceError

# The sentences are those of the service models of botocore 1.44.5 and 1.44.8.
BEFORE = "<p>This operation requires permission for the <code>bedrock:InvokeModel</code> action.</p>"
AFTER = (
    "<p>This operation requires permission for the <code>bedrock:InvokeModel</code> action on both the inference "
    "target and\n the project.</p>"
)


def botocore(version: str, documentation: str, **members: str) -> Package:
    """A package with one operation in one service model."""
    model = {
        "operations": {"InvokeModel": {"documentation": documentation, "input": {"shape": "Request"}}},
        "shapes": {"Request": {"members": {name: {"documentation": text} for name, text in members.items()}}},
    }
    path = "botocore/data/bedrock-runtime/2023-09-30/service-2.json.gz"
    return Package("botocore", version, {path: gzip.compress(json.dumps(model).encode())})


OLD = botocore("1.44.5", BEFORE, modelId="<p>The model.</p>")
NEW = botocore("1.44.8", AFTER, modelId="<p>The  model.</p>", projectIdentifier="<p>The project to use.</p>")


def fetch(newest: Package) -> watch.Fetch:
    """A registry with both versions."""
    versions = {package.version: package for package in (OLD, NEW)}
    return lambda _, version: versions[version] if version else newest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The list, as it was read with 1.44.5."""
    read = watch.digest(watch.text_of(OLD, "bedrock-runtime InvokeModel"))
    entry = watch.Watched("botocore", "bedrock-runtime InvokeModel", "1.44.5", read, "the policy")
    target = tmp_path / "watched.json"
    target.write_text(watch.render([entry]), encoding="utf-8")
    return target


def test_a_changed_sentence_is_shown_with_what_rests_on_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The day AWS asks for a permission on the project, the maintainer reads that sentence and where it matters."""
    assert watch.run(path, fetch(NEW), {}) == 1
    out, err = capsys.readouterr()
    assert "rests on it: the policy" in out
    assert (
        "+This operation requires permission for the bedrock:InvokeModel action on both the inference target and the"
        in out
    )
    assert "+projectIdentifier:" in out
    assert "modelId" not in out
    assert err == "1 texts, 1 changed\n"


def test_markup_and_line_breaks_are_no_change(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new version of the package without a new sentence is no news."""
    other = botocore("1.44.6", BEFORE.replace(" the ", "\n  the <b></b>"), modelId="<i>The model.</i>")
    assert watch.run(path, lambda _, version: OLD if version else other, {}) == 0
    assert capsys.readouterr().out == ""


def test_accepted_texts_are_not_shown_again(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once a person has read a change, the list is of the new version."""
    assert watch.run(path, fetch(NEW), {}, accept=True) == 0
    capsys.readouterr()
    assert watch.run(path, fetch(NEW), {}) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(path.read_text())[0]["version"] == "1.44.8"


def test_any_two_versions_can_be_compared(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A maintainer can look back."""
    watch.run(path, fetch(NEW), {}, accept=True)
    capsys.readouterr()
    assert watch.run(path, fetch(NEW), {"botocore": "1.44.5"}) == 1
    assert "+projectIdentifier:" in capsys.readouterr().out


def test_a_text_that_is_gone_is_named(path: Path) -> None:
    """A renamed operation stops the watch rather than passing for unchanged."""
    gone = Package("botocore", "2.0", {"botocore/data/bedrock-runtime/x/service-2.json.gz": gzip.compress(b"{}")})
    with pytest.raises(SourceError, match="no bedrock-runtime InvokeModel"):
        watch.run(path, fetch(gone), {})


def test_the_list_of_the_project_is_complete() -> None:
    """Each text has what was read and what rests on it, and the files that are named exist."""
    watched = [watch.Watched(**each) for each in json.loads(watch.WATCHED.read_text(encoding="utf-8"))]
    assert watch.render(watched) == watch.WATCHED.read_text(encoding="utf-8")
    texts = {each.what for each in watched}
    assert {f"bedrock-runtime {name}" for name in ("InvokeModel", "Converse", "ConverseStream")} <= texts
    assert {"bedrock CreateInferenceProfile", "cloudformation CreateStackSet", "Schema", "Regions"} <= texts
    assert {"actions InvokeModel", "resourceTypes", "conditionKeys"} <= texts
    assert all(each.version and len(each.sha256) == 64 and each.rests for each in watched)


@pytest.mark.parametrize(
    ("what", "files", "line"),
    [
        (
            "actions InvokeModel",
            {"data/actions/bedrock.json": {"invokemodel": {"resourceTypes": ["project"]}}},
            '"project"',
        ),
        ("conditionKeys", {"data/conditionKeys/bedrock.json": {"bedrock:modelarn": {}}}, '"bedrock:modelarn": {}'),
    ],
)
def test_the_authorization_reference_is_read(what: str, files: dict[str, object], line: str) -> None:
    """A new resource type or condition key of an action is a line."""
    package = Package(watch.IAM, "1", {path: json.dumps(text).encode() for path, text in files.items()})
    assert line in [text.strip().rstrip(",") for text in watch.text_of(package, what)]


def test_the_resource_type_is_read() -> None:
    """Its schema and the Regions that have it are two texts."""
    files = {
        "cfnlint/data/schemas/providers/us-east-1.json": {PROFILE_TYPE: "abc"},
        "cfnlint/data/schemas/providers/eu-north-1.json": {},
        "cfnlint/data/schemas/resources/abc.json": {"required": ["InferenceProfileName"]},
    }
    package = Package("cfn-lint", "1", {path: json.dumps(text).encode() for path, text in files.items()})
    assert watch.text_of(package, "Regions") == ["us-east-1"]
    assert '  "InferenceProfileName"' in watch.text_of(package, "Schema")


def test_each_version_is_downloaded_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Twenty texts of one package are one download, and the version that is asked for is the one that comes."""
    asked: list[tuple[str, str]] = []

    def download(name: str, wanted: str, folder: Path, version: str) -> Package:
        asked.append((name, version))
        return OLD

    monkeypatch.setattr(watch, "from_pypi", download)
    get: Callable[[str, str], Package] = watch.registries(tmp_path, {"botocore": "1.44.5"})
    assert [get("botocore", "") is get("botocore", ""), get("botocore", "1.44.8") is OLD] == [True, True]
    assert asked == [("botocore", "1.44.5"), ("botocore", "1.44.8")]
