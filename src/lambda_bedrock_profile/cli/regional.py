"""Expansions for several Regions made into one template, with what differs in ``Mappings`` by Region.

The expansions are walked side by side. What is equal stays; a text that differs becomes ``Fn::FindInMap``, and so does
a list of texts. A mapping holds plain texts only, so expressions that differ cannot be separated this way, and neither
can resources that are there in one Region only: these are problems.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import partition
from lambda_bedrock_profile.diagnostics import Path, Report, TemplateError
from lambda_bedrock_profile.expand import Expansion
from lambda_bedrock_profile.stack.versions import REVISION
from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.template.limits import check_limits
from lambda_bedrock_profile.template.references import ref
from lambda_bedrock_profile.values import Expression, Json

_KEYS: Final = {
    "CopyFrom": "Geography",
    "bedrock:InferenceProfileArn": "Geography",
    "InferenceProfileName": "Name",
    "Resource": "Models",
}
"""Where a value differs → what it is, as a key of a mapping."""

_TOKEN: Final = re.compile(r"\$\{[^}]*\}|[0-9A-Za-z]+|.", re.DOTALL)


def regional(expansions: Mapping[str, Expansion]) -> dict[str, Json]:
    """One template for the Regions that ``expansions`` are by.

    Raises TemplateError if it would have another shape in each Region.
    """
    return _Merge(expansions).template()


def _with_mappings(template: Mapping[str, Json], mappings: Mapping[str, Json]) -> dict[str, Json]:
    """``template`` with ``mappings``, before the resources that use them."""
    result: dict[str, Json] = {}
    for section, content in template.items():
        if section == "Resources" and "Mappings" not in template:
            result["Mappings"] = mappings
        result[section] = content
    return result if "Mappings" not in template else {**result, "Mappings": mappings}


class _DiffersError(Exception):
    """Two Regions cannot have one expression for what is at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path


class _Merge:
    """One walk. ``tables`` are the mappings: by declaration, then by key, the values in the order of the Regions."""

    def __init__(self, expansions: Mapping[str, Expansion]) -> None:
        self.regions = tuple(expansions)
        self.templates = [expansion.template for expansion in expansions.values()]
        self.tables: dict[str, dict[str, list[Json]]] = {}
        generated = next(iter(expansions.values())).generated
        self.owners = {item: declaration for declaration, items in generated.items() for item in items}

    def template(self) -> dict[str, Json]:
        first, report = self.templates[0], Report()
        try:
            result: dict[str, Json] = self.merged(self.templates, ())
        except _DiffersError as difference:
            self.report_difference(difference.path, report)
            raise TemplateError(report.errors) from None
        mappings = {self.name(owner): self.table(owner) for owner in self.tables}
        if not isinstance(first.get("Mappings", {}), Mapping):
            what = "has nothing in it, and CloudFormation wants mappings there"
            report.of("Mappings").error("template", what, "Remove the section, or write a mapping in it")
            raise TemplateError(report.errors)
        taken = mappings.keys() & first.get("Mappings", {}).keys()
        for name in sorted(taken):
            report.of("Mappings", name).error("collision", "is what the routes would be called", "Rename it")
        if mappings:
            result = _with_mappings(result, {**result.get("Mappings", {}), **mappings})
        check_limits(result, result, report)
        if report.errors:
            raise TemplateError(report.errors)
        return result

    def report_difference(self, path: Path, report: Report) -> None:
        owner = self.owners.get(str(path[1]), str(path[1])) if len(path) > 1 else str(path[0])
        # What makes a profile is the one type that depends on the Region.
        by_type = path[-1:] == ("Type",)
        same = "Have all profiles made alike with --profile-mode" if by_type else "Write the model's id itself"
        what = ".".join(str(step) for step in path[1:]) or path[0]
        report.of(owner).error(
            "route",
            f"one template cannot be made for {', '.join(self.regions)}, since {what} is built in another way in each",
            f"{same}, leave out the Regions that differ, or expand for each Region on its own",
        )

    def name(self, owner: str) -> str:
        return f"{owner}Routes"

    def table(self, owner: str) -> dict[str, dict[str, Json]]:
        keys = self.tables[owner]
        return {
            region: {key: values[number] for key, values in keys.items()} for number, region in enumerate(self.regions)
        }

    def merged(self, values: Sequence[Json], path: Path) -> Any:
        """One value for all of ``values``, which stand at ``path`` in each Region."""
        first = values[0]
        if all(value is first or value == first for value in values):
            return first
        if path[-1:] == (REVISION,):
            # AWS SAM looks at the text of a variable, and does not look into mappings.
            return names.revision(values)
        if all(function_of(value) == "Fn::Sub" for value in values):
            return self.substitution([value["Fn::Sub"] for value in values], path)
        if all(isinstance(value, Mapping) and list(value) == list(first) for value in values):
            return {key: self.merged([value[key] for value in values], (*path, key)) for key in first}
        if all(isinstance(value, list) for value in values):
            return self.items(values, path)
        if all(isinstance(value, str) for value in values):
            return self.find_in_map(values, path)
        raise _DiffersError(path)

    def substitution(self, arguments: Sequence[Json], path: Path) -> Any:
        """A call of Fn::Sub whose text differs, by a variable for the part of the text that does."""
        texts = [argument if isinstance(argument, str) else argument[0] for argument in arguments]
        variables = self.merged([{} if isinstance(argument, str) else argument[1] for argument in arguments], path)
        tokens = [_TOKEN.findall(text) for text in texts]
        start = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*tokens, strict=False)))
        rest = [list(reversed(row[start:])) for row in tokens]
        end = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rest, strict=False)))
        middles = ["".join(row[start : len(row) - end]) for row in tokens]
        if any("${" in middle for middle in middles):
            raise _DiffersError(path)
        call = self.find_in_map(middles, path)
        name = call["Fn::FindInMap"][2]
        while name in variables or "${" + name + "}" in tokens[0]:
            name += "X"
        before, after = tokens[0][:start], tokens[0][len(tokens[0]) - end :]
        return {"Fn::Sub": ["".join([*before, "${", name, "}", *after]), {**variables, name: call}]}

    def items(self, lists: Sequence[list[Json]], path: Path) -> Any:
        """Lists that differ: of texts, of the same length, or of texts after the same expressions."""
        texts = [
            [self.literal(item, region) for item in items] for region, items in zip(self.regions, lists, strict=True)
        ]
        if all(text is not None for row in texts for text in row):
            return self.find_in_map(texts, path)
        count = sum(1 for _ in takewhile(lambda text: text is None, texts[0]))
        rests = [row[count:] for row in texts]
        if all(rests) and all(text is not None for row in rests for text in row):
            fixed = self.merged([items[:count] for items in lists], path)
            # A mapping holds no expressions, and a list in a list is none to CloudFormation.
            joined = {"Fn::Join": [",", self.find_in_map(rests, path)]}
            return {"Fn::Split": [",", {"Fn::Join": [",", [*fixed, joined]]}]}
        if len({len(items) for items in lists}) > 1:
            raise _DiffersError(path)
        return [self.merged(column, (*path, number)) for number, column in enumerate(zip(*lists, strict=True))]

    def literal(self, item: Expression, region: str) -> str | None:
        """The text that ``item`` comes to in ``region``; None if deployment decides."""
        text = item["Fn::Sub"] if function_of(item) == "Fn::Sub" else item
        if not isinstance(text, str):
            return None
        if text is not item:
            text = text.replace("${AWS::Partition}", partition(region)).replace("${AWS::Region}", region)
        return None if "${" in text else text

    def find_in_map(self, values: Sequence[Json], path: Path) -> dict[str, Json]:
        """A call of Fn::FindInMap for ``values``, which are in the order of the Regions."""
        if path[:1] != ("Resources",) or path[2:3] != ("Properties",):
            # A type, a condition's name and the like are no expressions anywhere.
            raise _DiffersError(path)
        owner = self.owners.get(str(path[1]), str(path[1]))
        table = self.tables.setdefault(owner, {})
        word = next(str(step) for step in reversed(path) if isinstance(step, str))
        key = re.sub("[^0-9A-Za-z]", "", _KEYS.get(word, word))
        while key in table and table[key] != list(values):
            key += "X"
        table[key] = list(values)
        return {"Fn::FindInMap": [self.name(owner), ref("AWS::Region"), key]}
