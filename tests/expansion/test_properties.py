"""What holds for every template, found out with many made at random."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration.schema import SCHEMA
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import expand
from tests.expansion.strategies import DECLARED, SECRET, json_values, nested_names, property_names, templates
from tests.support.templates import ACCOUNT, FUNCTION, MODEL, PROVIDER, new, template

ENVIRONMENTS = st.sampled_from(
    [
        *[StackContext("us-east-1", ACCOUNT, {"Hidden": SECRET}, PROVIDER)] * 3,
        *[StackContext("eu-central-1", None, {"Hidden": SECRET})] * 2,
        StackContext("us-gov-west-1", ACCOUNT, {"Hidden": SECRET}, PROVIDER),
    ]
)


def outcome(
    source: Mapping[str, Any], environment: StackContext
) -> tuple[dict[str, Any] | None, tuple[Diagnostic, ...]]:
    """The processed template or the problems of ``source``, which stays as it is; nothing else is raised."""
    before = copy.deepcopy(source)
    try:
        return dict(expand(source, environment, Catalog.bundled()).template), ()
    except TemplateError as error:
        return None, error.problems
    finally:
        assert source == before


@settings(max_examples=250, deadline=None)
@given(templates(), ENVIRONMENTS)
def test_the_same_template_gives_the_same_bytes(source: dict[str, Any], environment: StackContext) -> None:
    """A second run, on a copy, gives the same text or the same messages, whatever the identity of the parts."""
    first, second = outcome(source, environment), outcome(json.loads(json.dumps(source)), environment)
    assert json.dumps(first[0]) == json.dumps(second[0])
    assert list(map(str, first[1])) == list(map(str, second[1]))


@settings(max_examples=250, deadline=None)
@given(templates(), ENVIRONMENTS)
def test_a_processed_template_is_whole(source: dict[str, Any], environment: StackContext) -> None:
    """What comes out has no declaration and no circular dependency, refers to what is there, and expands to itself."""
    found, _ = outcome(source, environment)
    if found is None:
        return
    assert list(dangling(found)) == []
    assert list(TopologicalSorter(waiting(found["Resources"])).static_order())
    assert "Custom::LambdaBedrockProfile" not in json.dumps(found)
    assert SECRET not in json.dumps({name: found[name] for name in found.keys() - {"Parameters"}})
    assert outcome(found, environment) == (found, ())
    for name in ("Parameters", "Mappings"):
        assert found[name] is source[name]
    for name, resource in source["Resources"].items():
        if name not in (*DECLARED, "User") and not _changed(source, name):
            assert found["Resources"][name] == resource


def _changed(source: Mapping[str, Any], name: str) -> bool:
    """Whether ``name`` is a function that a declaration adds to, or that waits for one."""
    declared = [source["Resources"][other]["Properties"] for other in DECLARED if other in source["Resources"]]
    named = [json.dumps(properties.get("ExistingLambdaObj")) for properties in declared]
    return any(f'"{name}"' in text for text in named) or source["Resources"][name].get("DependsOn") == "X"


@settings(max_examples=250, deadline=None)
@given(templates(), ENVIRONMENTS)
def test_every_problem_has_a_place_a_reason_and_a_way_on(source: dict[str, Any], environment: StackContext) -> None:
    """Each message leads to a part of the template that is there, and none shows a secret."""
    _, problems = outcome(source, environment)
    for problem in problems:
        assert stands(problem, source), problem
        for words in (problem.what, problem.fix):
            assert words.strip() == words != ""
            assert not words.endswith(".")
        assert "\n" not in str(problem)
        assert SECRET not in str(problem)
    assert len(set(map(str, problems))) == len(problems)


@settings(max_examples=150, deadline=None)
@given(property_names, json_values, st.booleans())
def test_no_property_makes_the_expansion_fail(name: str, value: Any, existing: bool) -> None:
    """Whatever stands in a property, the answer is a template or a message about a part that is there."""
    declared = new(**{name: value})
    if existing:
        del declared["Properties"]["LambdaFunctionProps"]
    _answered(declared)


@settings(max_examples=250, deadline=None)
@given(nested_names, json_values)
def test_no_property_of_a_property_does(name: tuple[str, str], value: Any) -> None:
    """The same holds one level deeper."""
    outer, inner = name
    base = FUNCTION if outer == "LambdaFunctionProps" else {}
    extra = {"DeployVpc": True} if outer == "VpcProps" else {}
    _answered(new(**extra, **{outer: {**base, inner: value}}))


def _answered(declared: dict[str, Any]) -> None:
    source = template({"Conditions": {"C": {"Fn::Equals": ["a", "b"]}}}, X=declared)
    found, problems = outcome(source, StackContext("us-east-1", ACCOUNT, {}, PROVIDER))
    assert (found is None) == bool(problems)
    for problem in problems:
        assert stands(problem, source), problem


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Outputs", "Conditions", "Mappings", "Parameters", "Globals", "Rules"]), json_values
    ),
    st.dictionaries(st.sampled_from(["Chat", "Role", "Queue"]), json_values, max_size=3),
    st.dictionaries(
        st.sampled_from(["Condition", "DependsOn", "DeletionPolicy", "Metadata", "UpdatePolicy"]), json_values
    ),
    st.booleans(),
)
def test_nothing_around_a_declaration_makes_it_fail(
    sections: dict[str, Any], others: dict[str, Any], attributes: dict[str, Any], existing: bool
) -> None:
    """A template that is malformed elsewhere is expanded or refused, and left to CloudFormation to judge."""
    declared = new(attributes)
    if existing:
        del declared["Properties"]["LambdaFunctionProps"]
        declared["Properties"]["ExistingLambdaObj"] = "Chat"
        others = {**others, "Chat": {"Type": "AWS::Lambda::Function", "Properties": others.get("Chat")}}
    outcome({**sections, "Resources": {**others, "X": declared}}, StackContext("us-east-1", ACCOUNT))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), json_values)
def test_a_template_without_declarations_is_not_touched(sections: dict[str, Any], value: Any) -> None:
    """Where nothing is declared, the same object comes back, whatever it holds."""
    source = {**sections, "Resources": {"A": value, "B": {"Type": "T", "Properties": value, "Model": MODEL}}}
    assert expand(source, StackContext("us-east-1", ACCOUNT), Catalog.bundled()).template is source


def stands(problem: Diagnostic, source: Mapping[str, Any]) -> bool:
    """Whether the problem's place is in ``source``: all of it, or up to a part that is missing or is an expression."""
    if problem.logical_id == "Template":
        return True
    at: Any = source["Resources"].get(problem.logical_id, source.get(problem.logical_id))
    if at is None:
        return False
    for depth, step in enumerate(problem.path):
        inside = (
            step in at if isinstance(at, dict) else isinstance(at, list) and isinstance(step, int) and step < len(at)
        )
        if not inside:
            # A property that is left out is named where it would stand.
            return depth > 1 or (depth == 1 and step in SCHEMA["properties"])
        at = at[step]
    return True


def dangling(processed: Mapping[str, Any]) -> Iterator[str]:
    """Every reference to something that the template neither has nor gets from AWS SAM."""
    resources = processed["Resources"]
    made = {name + "Role" for name, item in resources.items() if item["Type"] == "AWS::Serverless::Function"}
    there = {*resources, *made, *processed["Parameters"]}
    for section in ("Resources", "Outputs", "Globals"):
        yield from (name for name in _referred(processed.get(section, {})) if name not in there)
    conditions = processed["Conditions"]
    for resource in resources.values():
        names = _depends_on(resource)
        yield from (name for name in names if name not in resources)
        yield from (name for name in names if names.count(name) > 1)
        yield from (name for name in [resource.get("Condition")] if name and name not in conditions)


def waiting(resources: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each resource waits for, where the condition C, the only one that is false here, leaves it in."""
    there = {name: item for name, item in resources.items() if item.get("Condition") != "C"}
    return {name: [*_referred(_taken(item.get("Properties"))), *_depends_on(item)] for name, item in there.items()}


def _taken(value: Any) -> Any:
    if isinstance(value, list):
        return [_taken(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, then, otherwise = value["Fn::If"]
        return _taken(otherwise if name == "C" else then)
    return {key: _taken(item) for key, item in value.items()}


def _depends_on(resource: Mapping[str, Any]) -> list[str]:
    waits = resource.get("DependsOn", [])
    return waits if isinstance(waits, list) else [waits]


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _referred(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref":
            yield from [] if item.startswith("AWS::") else [item]
        elif key == "Fn::GetAtt":
            yield item.split(".")[0] if isinstance(item, str) else item[0]
        elif key == "Fn::Sub":
            text, local = item if isinstance(item, list) else (item, {})
            names = re.findall(r"\$\{([^!}]+)\}", text)
            yield from (name.split(".")[0] for name in names if name not in local and not name.startswith("AWS::"))
            yield from _referred(local)
        else:
            yield from _referred(item)
