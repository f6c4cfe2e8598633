"""Libraries that could validate a declaration, side by side: ``python -m benchmarks.validation``.

Decision 0001 rests on it. Libraries that are not installed are left out; the project itself needs fastjsonschema only.
The two that know no JSON schema get classes made from ``declaration/schema.json``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.templates import declarations
from lambda_bedrock_profile.declaration.schema import SCHEMA

Check = Callable[[Any], int]
"""Validates properties and gives the number of mistakes found."""

CORRECT = declarations(1)["Resources"]["Assistant0"]["Properties"]
WRONG = {
    **{name: value for name, value in CORRECT.items() if name != "BedrockModelId"},
    "LambdaFunctionProps": {**CORRECT["LambdaFunctionProps"], "Timeout": 0, "Runtime": "Python 3"},
    "Geography": "mars",
    "DeployVpk": True,
}
MISTAKES = 5


def with_fastjsonschema() -> Check:
    """One compiled function for the usual case, and a second that collects, made when the first finds a mistake."""
    fastjsonschema: Any = importlib.import_module("fastjsonschema")

    options: Mapping[str, Any] = {"use_default": False, "use_formats": False}
    valid = fastjsonschema.compile(dict(SCHEMA), **options, detailed_exceptions=False)

    def check(properties: Any) -> int:
        try:
            valid(properties)
        except fastjsonschema.JsonSchemaException:
            try:
                fastjsonschema.compile(dict(SCHEMA), **options, fast_fail=False)(properties)
            except fastjsonschema.JsonSchemaValuesException as found:
                return len(found.errors)
        return 0

    return check


def with_jsonschema() -> Check:
    """The reference implementation in Python, which yields mistakes one by one."""
    jsonschema: Any = importlib.import_module("jsonschema")

    validator = jsonschema.Draft7Validator(SCHEMA)
    return lambda properties: len(list(validator.iter_errors(properties)))


def with_jsonschema_rs() -> Check:
    """The same in Rust."""
    jsonschema_rs: Any = importlib.import_module("jsonschema_rs")

    validator = jsonschema_rs.Draft7Validator(dict(SCHEMA))
    return lambda properties: 0 if validator.is_valid(properties) else len(list(validator.iter_errors(properties)))


def with_msgspec() -> Check:
    """Structs made from the schema; conversion stops at the first mistake."""
    msgspec: Any = importlib.import_module("msgspec")

    def member(name: str, item: Any) -> Any:
        if "enum" in item:
            return Literal[tuple(item["enum"])]
        if item.get("type") == "object" and "properties" in item:
            return struct(name, item)
        if item.get("type") == "string":
            return Annotated[str, msgspec.Meta(pattern=item.get("pattern"), min_length=item.get("minLength"))]
        if item.get("type") == "integer":
            return Annotated[int, msgspec.Meta(ge=item.get("minimum"), le=item.get("maximum"))]
        if item.get("type") == "array":
            return list[member(name, item.get("items", {}))]  # type: ignore[misc]
        return bool if item.get("type") == "boolean" else Any

    def struct(name: str, item: Any) -> Any:
        needed = set(item.get("required", ()))
        fields = [
            (each, member(each, one))
            if each in needed
            else (each, member(each, one) | msgspec.UnsetType, msgspec.UNSET)
            for each, one in item["properties"].items()
            for kind in [member(each, one)]
        ]
        return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)

    whole = struct("Declaration", SCHEMA)

    def check(properties: Any) -> int:
        try:
            msgspec.convert(properties, whole)
        except msgspec.ValidationError:
            return 1
        return 0

    return check


def with_pydantic() -> Check:
    """Models made from the schema; its patterns know no look-ahead, so those are left out."""
    pydantic: Any = importlib.import_module("pydantic")

    def member(name: str, item: Any) -> Any:
        if "enum" in item:
            return Literal[tuple(item["enum"])]
        if item.get("type") == "object" and "properties" in item:
            return model(name, item)
        if item.get("type") == "string":
            pattern = item.get("pattern")
            usable = pattern if pattern and "(?=" not in pattern else None
            return Annotated[str, pydantic.Field(pattern=usable, min_length=item.get("minLength"))]
        if item.get("type") == "integer":
            return Annotated[int, pydantic.Field(ge=item.get("minimum"), le=item.get("maximum"))]
        if item.get("type") == "array":
            return list[member(name, item.get("items", {}))]  # type: ignore[misc]
        return bool if item.get("type") == "boolean" else Any

    def model(name: str, item: Any) -> Any:
        needed = set(item.get("required", ()))
        fields: dict[str, Any] = {
            each: (member(each, one), ...) if each in needed else (member(each, one) | None, None)
            for each, one in item["properties"].items()
        }
        return pydantic.create_model(name, __config__=pydantic.ConfigDict(extra="forbid"), **fields)

    whole = model("Declaration", SCHEMA)

    def check(properties: Any) -> int:
        try:
            whole.model_validate(properties)
        except pydantic.ValidationError as found:
            return int(found.error_count())
        return 0

    return check


LIBRARIES: Mapping[str, Callable[[], Check]] = {
    "fastjsonschema": with_fastjsonschema,
    "jsonschema": with_jsonschema,
    "jsonschema_rs": with_jsonschema_rs,
    "msgspec": with_msgspec,
    "pydantic": with_pydantic,
}


class Figures(NamedTuple):
    """What was measured of one library; times in milliseconds, the last in microseconds."""

    name: str
    version: str
    pure: bool
    megabytes: float
    imported: float
    ready: float
    found: int
    each: float


def measured(name: str, prepare: Callable[[], Check]) -> Figures:
    """Everything about one library."""
    distribution = importlib.metadata.distribution(name)
    parts = list(_with_requirements(distribution.metadata["Name"]))
    files = [(Path(str(part.locate_file(file))), file) for part in parts for file in part.files or ()]
    kept = [(path, file) for path, file in files if file.suffix != ".pyc" and path.is_file()]
    started = time.perf_counter()
    check = prepare()
    check(CORRECT)
    ready = time.perf_counter() - started
    assert check(CORRECT) == 0
    return Figures(
        name,
        distribution.version,
        not any(file.suffix in {".so", ".pyd"} for _, file in kept),
        sum(path.stat().st_size for path, _ in kept) / 1e6,
        _import_time(name),
        ready * 1e3,
        check(WRONG),
        _each(check),
    )


def _with_requirements(name: str, seen: set[str] | None = None) -> Iterator[importlib.metadata.Distribution]:
    """The distribution ``name`` and what it needs, extras aside."""
    seen = set() if seen is None else seen
    key = name.lower().replace("_", "-")
    if key in seen:
        return
    seen.add(key)
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return
    yield distribution
    for requirement in distribution.requires or ():
        if "extra ==" not in requirement and (needed := re.match(r"[\w.-]+", requirement)):
            yield from _with_requirements(needed[0], seen)


def _import_time(name: str) -> float:
    program = f"import time; s = time.perf_counter(); import {name}; print(time.perf_counter() - s)"
    command = [sys.executable, "-c", program]
    runs = (subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(11))
    return statistics.median(float(run.stdout) for run in runs) * 1e3


def _each(check: Check, calls: int = 200) -> float:
    times = []
    for _ in range(15):
        started = time.perf_counter()
        for _ in range(calls):
            check(CORRECT)
        times.append((time.perf_counter() - started) / calls)
    return statistics.median(times) * 1e6


def main() -> int:
    """Print the table; 0 always."""
    table = Table(title=f"One declaration, Python {sys.version.split()[0]}", title_justify="left")
    for heading in ("library", "pure Python", "MB", "import", "ready", f"of {MISTAKES} mistakes", "a valid one"):
        table.add_column(heading, justify="left" if heading == "library" else "right", no_wrap=True)
    for name, prepare in LIBRARIES.items():
        if importlib.util.find_spec(name) is None:
            table.add_row(name, "not installed")
            continue
        one = measured(name, prepare)
        table.add_row(
            f"{one.name} {one.version}",
            "yes" if one.pure else "no",
            f"{one.megabytes:.1f}",
            f"{one.imported:.0f} ms",
            f"{one.ready:.1f} ms",
            str(one.found),
            f"{one.each:.1f} µs",
        )
    Console(width=110).print(table)
    Console().print(f"The declaration has {len(json.dumps(CORRECT))} characters of JSON.", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
