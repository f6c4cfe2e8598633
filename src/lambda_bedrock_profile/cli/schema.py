"""``schema``: what an editor needs to complete and check declarations while they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import click

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.cli.options import examples, output_option
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.cli.yaml_format import TAGS
from lambda_bedrock_profile.values import Expression, Json

FILES: Final = (
    Path(__file__).parents[1] / "editor-schema.json",
    Path(__file__).parents[3] / "docs" / "editor-schema.json",
)
"""Where the schema is: in the installed package, and in a checkout."""


@click.command(
    "schema",
    epilog=examples("schema --output bedrock.schema.json", "schema --custom-tags"),
)
@click.option("--custom-tags", is_flag=True, help="Print the value of yaml.customTags instead.")
@output_option("Write to FILE instead of standard output.")
def command(custom_tags: bool, output: str | None) -> None:
    """Print the JSON schema of templates with declarations, for editors.

    It completes the properties of a declaration, and model ids from the catalog. Editors with yaml-language-server,
    such as VS Code with its YAML extension, take it under yaml.schemas, and need the tags of CloudFormation under
    yaml.customTags.
    """
    value = tags() if custom_tags else schema()
    write(json.dumps(value, indent=1) + "\n", output)


def schema() -> dict[str, Json]:
    """The schema of the package, with the model ids of the catalog as examples, which editors complete."""
    path = next(path for path in FILES if path.exists())
    result: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    model = result["definitions"]["declaration"]["properties"]["Properties"]["properties"]["BedrockModelId"]
    model["examples"] = list(Catalog.bundled().models)
    return dict(_with_short_tags(result))


REFERENCE: Final = {"type": "string", "pattern": r"^[A-Za-z0-9]+(\.[A-Za-z0-9.]+)?$|\$\{"}
"""What stands behind ``!Ref``, ``!GetAtt``, ``!ImportValue`` or ``!Sub``."""
INTRINSIC: Final = {"$ref": "#/definitions/intrinsic"}


def _with_short_tags(part: Expression) -> Any:
    """``part`` of the schema, in which the argument of a short tag may stand for a value: an editor sees nothing else.

    A list may stand everywhere, for ``!If`` and ``!FindInMap``. A text may, for ``!Ref`` and ``!Sub``, unless the value
    is a text itself: those stay checked. One that no logical id could be, such as an ARN, may be a reference as well.
    """
    if isinstance(part, list):
        return [_with_short_tags(item) for item in part]
    if not isinstance(part, dict):
        return part
    result = {name: _with_short_tags(item) for name, item in part.items()}
    forms = result.get("anyOf", [])
    if INTRINSIC in forms:
        texts = [form for form in forms if form.get("type") == "string" and form.get("pattern") != "^[0-9]+$"]
        if texts and not any(re.search(form.get("pattern", ""), "Alarms") for form in texts):
            forms = [*forms, REFERENCE]
        words = [value for form in forms for value in form.get("enum", []) if value not in _BOOLEANS]
        takes_text = bool(texts) or any(isinstance(value, str) for value in words)
        result["anyOf"] = [*forms, {"type": "array"}, *([] if takes_text else [{"type": "string"}])]
    return result


_BOOLEANS: Final = ("true", "false")


def tags() -> list[str]:
    """Every short tag of CloudFormation with each kind of value that it takes, as yaml-language-server wants them."""
    return [f"{tag} {kind}" for tag in TAGS for kind in ("scalar", "sequence", "mapping")]
