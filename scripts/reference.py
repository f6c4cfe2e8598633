"""Write the pages that are made from the macro's own data.

``docs/reference.md`` and ``docs/editor-schema.json`` come from ``declaration/schema.json``, ``docs/rules.md`` from the
table in ``rules.py``. The date of the catalog goes into ``template.yaml``.

With ``--check`` nothing is written, and files that are out of date are named.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import agents

ROOT: Final = Path(__file__).resolve().parent.parent
SCHEMA: Final = ROOT / "src" / "lambda_bedrock_profile" / "declaration" / "schema.json"
CATALOG: Final = SCHEMA.parents[1] / "bedrock" / "profiles.json"
TEMPLATE: Final = ROOT / "template.yaml"
LIFE_CYCLE: Final = ROOT / "src" / "lambda_bedrock_profile" / "bedrock" / "lifecycle.json"
MODELS: Final = ROOT / "docs" / "models.md"
REFERENCE: Final = ROOT / "docs" / "reference.md"
EDITOR_SCHEMA: Final = ROOT / "docs" / "editor-schema.json"
EXAMPLES: Final = ROOT / "examples" / "properties"
"""A template for each property, in a file of its name."""

RULES: Final = ROOT / "docs" / "rules.md"

TYPE: Final = "Custom::LambdaBedrockProfile"

Schema = Mapping[str, Any]


# ------------------------------------------------------------------------------------------------ the reference page

HEAD: Final = f"""\
# Properties of {TYPE}

Made from `src/lambda_bedrock_profile/declaration/schema.json` by `python scripts/reference.py`; change
it there.

Every property may hold an intrinsic function. If its value decides what the expansion holds, it has to be known before
deployment. Then it is written out, or comes from a parameter (neither `NoEcho` nor SSM), from Mappings, or from a
condition on such parameters. Numbers and booleans may be written as text, and a text as a number or a boolean, as
CloudFormation takes them. `AWS::NoValue` means that the property is not there.

A property that is not listed here is an error, whatever its value is. In the maps of AWS properties only a near miss of
a known name is one: a name that differs in case, or in at most two letters. CloudFormation decides on any other name.
"""


def reference(schema: Schema) -> str:
    """The page, in Markdown."""
    parts = [HEAD, _overview(schema)]
    parts += [_section(name, item) for name, item in schema["properties"].items()]
    return "\n".join(parts)


def models(raw: Mapping[str, Any]) -> str:
    """The page on the ends of models, made from ``bedrock/lifecycle.json``."""
    rows = [
        f"| {model} | {_regions(entry)} | {entry.get('legacy', '')} | {entry.get('end', '')} "
        f"| {entry.get('successor', '')} |"
        for model, entries in raw["models"].items()
        for entry in entries
    ]
    unlisted = [f"| {model} | {since} |" for model, since in raw["unlisted"].items()]
    return "\n".join(
        [
            "# Life cycle of models",
            "",
            "Made from `src/lambda_bedrock_profile/bedrock/lifecycle.json` by `python scripts/reference.py`.",
            "`make catalog` brings it up to date.",
            "",
            f"As of {raw['as_of']}, from {' and '.join(raw['sources'])}, which read AWS's pages. The macro expands a",
            "route past its date as before; `lint` reports it. A Region that is not named has no date that is known.",
            "",
            "| model | Regions | LEGACY from | ends | successor |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Retired, without a date that a source of Bedrock has:",
            "",
            "| model | in no listing since |",
            "|---|---|",
            *unlisted,
            "",
        ]
    )


def _regions(entry: Mapping[str, Any]) -> str:
    return ", ".join(entry["regions"].split()) if "regions" in entry else "all commercial"


def _overview(schema: Schema) -> str:
    rows = (
        f"| [{name}](#{name.lower()}) | {_kind(item)} | {_default(item)} |"
        for name, item in schema["properties"].items()
    )
    return "\n".join(["| property | value | default |", "|---|---|---|", *rows, ""])


def _section(name: str, item: Schema) -> str:
    lines = [f"## {name}", "", item["description"], "", f"Write {_what_to_write(item)}."]
    if default := _default(item):
        lines.append(f"Default: {default}.")
    lines += ["", "```yaml", snippet(name).rstrip(), "```"]
    members = item.get("properties", {})
    if members:
        lines += ["", "| member | what to write | default |", "|---|---|---|"]
        lines += [f"| {path} | {_what_to_write(one)} | {_default(one, must)} |" for path, one, must in _members(item)]
    if others := item.get("others"):
        names = ", ".join(f"`{other}`" for other in others)
        lines += ["", f"Passed on as they are, like any name that is not misspelt: {names}. {item['instead']}."]
    for stranger, (what, fix) in item.get("strangers", {}).items():
        lines += ["", f"`{stranger}` {what}. {fix}."]
    return "\n".join([*lines, ""])


FOR_LINTERS: Final = "    Metadata: {cfn-lint: {config: {ignore_checks: [E3003]}}}\n"
"""What keeps linters without our rules quiet. The examples have it, and a page would repeat it under each property."""


def snippet(name: str) -> str:
    """The example of the property ``name``, without what is there for linters."""
    return (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8").replace(FOR_LINTERS, "")


def _members(item: Schema, above: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every member below ``item``, as a path, its schema and whether it is required; members of lists included."""
    for name, member in item.get("properties", {}).items():
        path = f"{above}{name}"
        yield path, member, name in item.get("required", ())
        yield from _members(member, f"{path}.")
        yield from _members(member.get("items", {}), f"{path}[].")


def _kind(item: Schema) -> str:
    if "enum" in item:
        return "one of " + ", ".join(f"`{_text(value)}`" for value in item["enum"])
    kind = item.get("type", "map or reference")
    return {"string": "text", "object": "map", "array": "list", "integer": "whole number"}.get(kind, str(kind))


def _what_to_write(item: Schema) -> str:
    examples = "".join(f", such as `{_text(example)}`" for example in item.get("examples", [])[:1])
    return str(item.get("expects", "a value")) + examples


def _default(item: Schema, required: bool = False) -> str:
    if required:
        return "required"
    if "default" not in item:
        return ""
    value = item["default"]
    return ", ".join(f"`{_text(each)}`" for each in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# ------------------------------------------------------------------------------------------------ the editor's schema

INTRINSIC: Final = {
    "description": "A call of an intrinsic function.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "patternProperties": {"^(Ref|Fn::[A-Za-z0-9:]+)$": {}},
}
SHOWN: Final = ("description", "default", "examples")
OUR_KEYWORDS: Final = frozenset(
    {
        "$schema",
        "always",
        "because",
        "expects",
        "instead",
        "misfits",
        "others",
        "strangers",
        "maximumWithoutCapacityProvider",
    }
)


def editor_schema(schema: Schema) -> Schema:
    """A JSON schema of a template: it checks the declarations, and lets everything else pass."""
    properties = {**_plain(schema), "title": TYPE}
    subjects = ("LambdaFunctionProps", "ExistingLambdaObj", "ExistingRole")
    properties["oneOf"] = [{"required": [name]} for name in subjects]
    properties["anyOf"] = [{"required": [name]} for name in ("BedrockModelId", "ExistingInferenceProfile")]
    policy = {"enum": ["Delete", "Retain", "RetainExceptOnCreate"]}
    declaration = {
        "type": "object",
        "additionalProperties": False,
        "required": ["Type", "Properties"],
        "properties": {
            "Type": {"const": TYPE},
            "Properties": properties,
            "Condition": {"type": "string"},
            "DependsOn": {"type": ["string", "array"], "items": {"type": "string"}},
            "DeletionPolicy": policy,
            "UpdateReplacePolicy": policy,
            "Metadata": {"type": "object"},
        },
    }
    is_declaration = {"type": "object", "required": ["Type"], "properties": {"Type": {"const": TYPE}}}
    resource = {"if": is_declaration, "then": {"$ref": "#/definitions/declaration"}}
    return {
        "$schema": schema["$schema"],
        "title": "CloudFormation template with declarations of " + TYPE,
        "description": "Made from the macro's own schema by scripts/reference.py.",
        "type": "object",
        "properties": {
            "Resources": {
                "type": "object",
                "patternProperties": {"^Fn::ForEach::": {"items": [{}, {}, {"additionalProperties": resource}]}},
                "additionalProperties": resource,
            }
        },
        "definitions": {"intrinsic": INTRINSIC, "declaration": declaration},
    }


def _plain(item: Schema) -> dict[str, Any]:
    """``item`` in standard keywords, with intrinsic functions for the values below it."""
    result = {name: value for name, value in item.items() if name not in OUR_KEYWORDS}
    if "expects" in item:
        result.setdefault("description", f"Write {item['expects']}.")
    if "properties" in item:
        result["properties"] = {name: _value(member) for name, member in item["properties"].items()}
        result["properties"] |= {name: {} for name in item.get("others", ())}
    if "items" in item:
        result["items"] = _value(item["items"])
    return result


def _value(item: Schema) -> dict[str, Any]:
    """What a value described by ``item`` may be in a template: that, its text form, or an intrinsic function."""
    result = _plain(item)
    described: dict[str, Any] = {name: result.pop(name) for name in SHOWN if name in result}
    forms = [result] if result else []
    if item.get("type") == "boolean":
        forms.append({"enum": ["true", "false"]})
    elif item.get("type") == "string" and "pattern" not in item:
        forms.append({"type": ["number", "boolean"]})
    elif item.get("type") == "integer" or all(isinstance(value, int) for value in item.get("enum", [""])):
        forms.append({"type": "string", "pattern": "^[0-9]+$"})
    return {**described, "anyOf": [*forms, {"$ref": "#/definitions/intrinsic"}]} if forms else described


# ---------------------------------------------------------------------------------------------------- the rules' page

RULES_HEAD: Final = """\
# Rules

Made from `src/lambda_bedrock_profile/rules.py` by `python scripts/reference.py`; change it there.

`lint` and the rules for cfn-lint report under these ids. *Error*: the macro refuses the template. *Warning* and
*information*: the macro expands it. Both examples of each rule are run by the tests.
"""


def rules() -> str:
    """The page of the rules, in Markdown."""
    sys.path.insert(0, str(ROOT / "src"))
    from lambda_bedrock_profile import rules as table

    rows = [f"| [{rule.id}](#{rule.id.lower()}) | {rule.level} | {rule.title} |" for rule in table.RULES.values()]
    parts = [RULES_HEAD, "\n".join(["| rule | level | title |", "|---|---|---|", *rows, ""])]
    for rule in table.RULES.values():
        examples = [("Reported", rule.broken), ("Not reported", rule.clean)]
        examples = [*([("Earlier", rule.earlier)] if rule.earlier else []), *examples]
        parts += [f"## {rule.id}\n\n{rule.title}. {rule.description}. Source: <{rule.source}>\n"]
        if rule.settings:
            parts += [f"With the settings file:\n\n```toml\n{rule.settings}```\n"]
        parts += [f"{title}:\n\n```yaml\n{shortened(text)}```\n" for title, text in examples]
    return "\n".join(parts)


def shortened(example: str) -> str:
    """``example`` with a very long name cut."""
    return re.sub(r"(Chat){9,}", "ChatChat…Chat", example)


# -------------------------------------------------------------------------------------------------------------------


def dated(template: str, as_of: str) -> str:
    """The text of the macro's template with the date of the catalog in its Outputs."""
    return re.sub(r"(  CatalogDate:\n.*\n    Value: )\S+", rf'\1"{as_of}"', template)


def texts() -> dict[Path, str]:
    """Every file that is made, with its text."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return {
        REFERENCE: reference(schema),
        MODELS: models(json.loads(LIFE_CYCLE.read_text(encoding="utf-8"))),
        EDITOR_SCHEMA: json.dumps(editor_schema(schema), indent=1, ensure_ascii=False) + "\n",
        RULES: rules(),
        TEMPLATE: dated(TEMPLATE.read_text(encoding="utf-8"), json.loads(CATALOG.read_text(encoding="utf-8"))["as_of"]),
        **agents.pages(schema),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or check them; 1 where one is out of date."""
    stale = [path for path, text in texts().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run scripts/reference.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts()[path], encoding="utf-8")
            print(path.relative_to(ROOT))
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
