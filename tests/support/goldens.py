"""Golden cases: a template and its processed template, a folder each below ``tests/golden``.

``python -m tests.support.goldens`` writes every processed template anew; the change then shows in the diff, and wants a
line in CHANGELOG.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.deployment import MACRO, without_macro
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.names import METADATA

FOLDER = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class Golden:
    """One case, expanded for ``environment``."""

    name: str
    environment: StackContext

    @property
    def template(self) -> dict[str, Any]:
        """What the user wrote, in the long form."""
        path = FOLDER / self.name / "template.yaml"
        return parse(path.read_text(encoding="utf-8"), path.name).template

    @property
    def expected(self) -> Path:
        """The file with the processed template."""
        return FOLDER / self.name / "expanded.json"

    def expanded(self, region: str | None = None) -> dict[str, Any]:
        """The processed template, for the case's own Region or another."""
        environment = self._moved(region or self.environment.region)
        return dict(expand(without_macro(self.template, MACRO), environment, Catalog.bundled()).template)

    def _moved(self, region: str) -> StackContext:
        """The environment in ``region``, where the macro's stack has a provider of its own."""
        here, arn = self.environment.region, self.environment.provider_arn
        moved = arn.replace(f":{here}:", f":{region}:") if isinstance(arn, str) else arn
        return self.environment._replace(region=region, provider_arn=moved)


def goldens() -> list[Golden]:
    """Every case, by name."""
    return [Golden(path.name, _environment(path / "case.json")) for path in sorted(FOLDER.iterdir())]


def text_of(template: dict[str, Any]) -> str:
    """How a processed template is written to its file: without its version, which each release and catalog changes."""
    metadata = {name: item for name, item in template.get("Metadata", {}).items() if name != METADATA}
    kept = {name: section for name, section in template.items() if name != "Metadata"}
    return json.dumps({**kept, "Metadata": metadata} if metadata else kept, indent=2) + "\n"


def _environment(case: Path) -> StackContext:
    given = json.loads(case.read_text(encoding="utf-8")) if case.exists() else {}
    return StackContext(**{"region": "us-east-1", "account_id": "111122223333", **given})


if __name__ == "__main__":
    for golden in goldens():
        golden.expected.write_text(text_of(golden.expanded()), encoding="utf-8")
