"""Fn::ForEach around the one type of resource that has to be seen before CloudFormation expands it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lambda_bedrock_profile.diagnostics import Diagnostic, Report
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.loops import expand_loops


def result(template: dict[str, Any], **values: Any) -> tuple[Any, list[Diagnostic]]:
    """``template`` with the loops around ``Mine`` expanded, and what is wrong; the input has to stay as it is."""
    before, report = copy.deepcopy(template), Report()
    found = expand_loops(template, "Mine", Scope.of(template, values, {}), report)
    assert template == before
    return found, [*report.errors]


def test_a_loop_becomes_what_it_makes() -> None:
    """Each value of the collection gives the body once, in ids, texts, references and attributes."""
    body = {
        "Chat${I}": {"Type": "Mine", "Properties": {"Name": {"Ref": "I"}, "Text": {"Fn::Sub": "${I}-${Other}"}}},
        "Use${I}": {"Type": "T", "Properties": {"Arn": {"Fn::GetAtt": [{"Fn::Sub": "Chat${I}"}, "Arn"]}}},
    }
    template = {"Resources": {"First": {"Type": "T"}, "Fn::ForEach::Loop": ["I", ["A", "B"], body], "Last": {}}}
    found, problems = result(template)
    assert problems == []
    assert list(found["Resources"]) == ["First", "ChatA", "UseA", "ChatB", "UseB", "Last"]
    assert found["Resources"]["ChatB"]["Properties"] == {"Name": "B", "Text": {"Fn::Sub": "B-${Other}"}}
    assert found["Resources"]["UseA"]["Properties"] == {"Arn": {"Fn::GetAtt": ["ChatA", "Arn"]}}


def test_an_ampersand_gives_letters_and_digits_only() -> None:
    """&{Identifier} makes a logical id of a value that could not be one."""
    template = {"Resources": {"Fn::ForEach::L": ["I", ["a-b.c"], {"Chat&{I}": {"Type": "Mine", "Note": "${I}"}}]}}
    assert result(template)[0]["Resources"] == {"Chatabc": {"Type": "Mine", "Note": "a-b.c"}}


def test_a_loop_in_a_loop_is_expanded() -> None:
    """The inner collection may use the outer identifier."""
    inner = {"Fn::ForEach::In": ["J", [{"Ref": "I"}, "z"], {"Chat${I}${J}": {"Type": "Mine"}}]}
    found, problems = result({"Resources": {"Fn::ForEach::Out": ["I", ["x", "y"], inner]}})
    assert problems == []
    assert list(found["Resources"]) == ["Chatxx", "Chatxz", "Chatyy", "Chatyz"]


def test_the_collection_may_be_a_parameter() -> None:
    """A list parameter says which declarations there are."""
    template = {
        "Parameters": {"Teams": {"Type": "CommaDelimitedList"}},
        "Resources": {"Fn::ForEach::L": ["I", {"Ref": "Teams"}, {"Chat${I}": {"Type": "Mine"}}]},
        "Outputs": {
            "Fn::ForEach::O": ["I", {"Ref": "Teams"}, {"Out${I}": {"Value": {"Ref": {"Fn::Sub": "Chat${I}"}}}}]
        },
    }
    found, problems = result(template, Teams=["A", "B"])
    assert problems == []
    assert list(found["Resources"]) == ["ChatA", "ChatB"]
    assert found["Outputs"] == {"OutA": {"Value": {"Ref": "ChatA"}}, "OutB": {"Value": {"Ref": "ChatB"}}}


@pytest.mark.parametrize("collection", [{"Fn::ImportValue": "x"}, [{"Ref": "Secret"}], {"Ref": "Secret"}, "text"])
def test_a_loop_of_unknown_length_is_a_problem_with_what_to_do(collection: Any) -> None:
    """A declaration in a loop that cannot be expanded is refused, and no secret decides how many there are."""
    template = {
        "Parameters": {"Secret": {"Type": "CommaDelimitedList", "NoEcho": True}},
        "Resources": {"Fn::ForEach::L": ["I", collection, {"Chat${I}": {"Type": "Mine"}}]},
    }
    _, (problem,) = result(template, Secret="hunter2,hunter3")
    assert (problem.logical_id, problem.path) == ("Resources", ("Fn::ForEach::L",))
    assert "CommaDelimitedList" in problem.fix
    assert "hunter" not in str(problem)


def test_two_of_one_name_are_a_problem() -> None:
    """A loop whose body has no identifier in its name makes the same resource twice, and that is reported."""
    _, problems = result({"Resources": {"Fn::ForEach::L": ["I", ["a", "b"], {"Chat": {"Type": "Mine"}}]}})
    assert [(problem.kind, "Chat" in problem.what) for problem in problems] == [("collision", True)]


def test_loops_around_other_types_come_back_as_the_same_object() -> None:
    """A template whose loops hold nothing of ours is left to AWS::LanguageExtensions as it is."""
    loop = ["I", ["1"], {"Q${I}": {"Type": "T", "Properties": {"Name": "Mine"}}}]
    template = {"Resources": {"Fn::ForEach::L": loop, "A": {"Type": "Mine"}, "B": "text"}}
    assert result(template) == (template, [])
    assert result(template)[0] is template


def test_a_loop_of_its_own_stays_beside_a_declaration() -> None:
    """A loop whose values name nothing of ours stays, and with it the parameter that it goes over."""
    body = {"Topic${I}": {"Type": "T", "Properties": {"DisplayName": {"Fn::Sub": "${I}"}, "File": "${I}.json"}}}
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "Alpha,Beta"}},
        "Resources": {"Fn::ForEach::Topics": ["I", {"Ref": "Names"}, body], "Assistant": {"Type": "Mine"}},
    }
    assert result(template)[0] is template


@pytest.mark.parametrize(
    "reference",
    [{"Ref": "${I}"}, {"Ref": {"Fn::Sub": "${I}"}}, {"Fn::GetAtt": [{"Ref": "I"}, "Arn"]}, {"Fn::GetAtt": "${I}.Arn"}],
)
def test_a_loop_that_comes_to_a_declaration_is_expanded(reference: Any) -> None:
    """The same body over the name of a declaration refers to it, and is expanded."""
    body = {"Use${I}": {"Type": "T", "Properties": {"Name": reference}}}
    for value, related in (("Assistant", True), ("Other", False)):
        template = {"Resources": {"Fn::ForEach::L": ["I", [value], body], "Assistant": {"Type": "Mine"}}}
        assert (f"Use{value}" in result(template)[0]["Resources"]) == related


def test_names_that_stand_as_texts_are_references() -> None:
    """DependsOn names a declaration by its text alone, and so does Condition the condition of one."""
    users = ["I", ["Assistant"], {"Use${I}": {"Type": "T", "DependsOn": ["${I}"]}}]
    conditions = ["I", ["Wanted", "Other"], {"${I}": {"Fn::Equals": ["a", "a"]}}]
    found, _ = result(
        {
            "Conditions": {"Fn::ForEach::C": conditions},
            "Resources": {"Fn::ForEach::U": users, "Assistant": {"Type": "Mine", "Condition": "Wanted"}},
        }
    )
    assert found["Resources"].keys() == {"UseAssistant", "Assistant"}
    assert found["Conditions"].keys() == {"Wanted", "Other"}


@pytest.mark.parametrize("text", ["${I}", "${I}.json", {"Ref": "I"}, {"Fn::Sub": "${I}"}, {"Fn::Sub": "${I}.json"}])
def test_a_text_that_equals_the_name_of_a_declaration_is_no_reference(text: Any) -> None:
    """Topics that are named after a declaration stay in their loop, and so do those that a text in it equals."""
    body = {"Topic${I}": {"Type": "T", "Properties": {"DisplayName": text}}}
    mine = {"Type": "Mine", "Properties": {"Tags": [{"Key": "topic", "Value": "TopicBeta"}], "Handler": "TopicBeta.go"}}
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "Assistant,Beta"}},
        "Resources": {"Fn::ForEach::Topics": ["I", {"Ref": "Names"}, body], "Assistant": mine},
    }
    assert result(template)[0] is template


def test_a_loop_stays_beside_a_loop_that_is_expanded() -> None:
    """Only the loop around a declaration is expanded, not its neighbour."""
    topics = ["I", ["A", "B"], {"Topic${I}": {"Type": "T"}}]
    mine = ["I", ["A", "B"], {"Chat${I}": {"Type": "Mine"}}]
    found, problems = result({"Resources": {"Fn::ForEach::T": topics, "Fn::ForEach::M": mine}})
    assert problems == []
    assert found["Resources"] == {"Fn::ForEach::T": topics, "ChatA": {"Type": "Mine"}, "ChatB": {"Type": "Mine"}}


def test_loops_in_the_network_of_a_declaration_are_expanded() -> None:
    """Subnets of the VPC that a declaration names, and their routes, are seen although loops make them."""
    subnets = ["I", ["A", "B"], {"Subnet${I}": {"Type": "T", "Properties": {"VpcId": {"Ref": "Vpc"}}}}]
    routes = ["I", ["A", "B"], {"Route${I}": {"Type": "T", "Properties": {"SubnetId": {"Ref": "Subnet${I}"}}}}]
    elsewhere = ["I", ["A", "B"], {"Other${I}": {"Type": "T", "Properties": {"VpcId": {"Ref": "OtherVpc"}}}}]
    loops = {"Fn::ForEach::R": routes, "Fn::ForEach::S": subnets, "Fn::ForEach::E": elsewhere}
    mine = {"Type": "Mine", "Properties": {"ExistingVpc": {"Ref": "Vpc"}}}
    found, _ = result({"Resources": {"Vpc": {"Type": "T"}, "OtherVpc": {"Type": "T"}, "M": mine, **loops}})
    assert found["Resources"].keys() == {
        "Vpc", "OtherVpc", "M", "RouteA", "RouteB", "SubnetA", "SubnetB", "Fn::ForEach::E"
    }  # fmt: skip


def test_booleans_become_the_text_that_cloudformation_makes_of_them() -> None:
    """A loop over true and false makes names with true and false, as AWS SAM's language extensions do."""
    body = {"Fn${I}": {"Type": "Mine", "Properties": {"Public": {"Fn::Sub": "${I}"}, "Count": "${I}"}}}
    found, _ = result({"Resources": {"Fn::ForEach::L": ["I", [True, False, 5], body]}})
    assert list(found["Resources"]) == ["Fntrue", "Fnfalse", "Fn5"]
    assert found["Resources"]["Fntrue"]["Properties"]["Count"] == "true"


def _nested(depth: int, width: int, body: dict[str, Any]) -> dict[str, Any]:
    """``body`` in loops over the identifiers A, B, C, …, the first of them the outermost."""
    for name in "ABCD"[:depth][::-1]:
        body = {f"Fn::ForEach::{name}": [name, [f"v{number}" for number in range(width)], body]}
    return body


def test_a_huge_loop_beside_a_declaration_stays() -> None:
    """Four loops of sixty values that have nothing to do with a declaration are left to CloudFormation."""
    template = {"Resources": {**_nested(4, 60, {"R${A}${B}${C}${D}": {"Type": "T"}}), "M": {"Type": "Mine"}}}
    assert result(template)[0] is template
    assert result(template)[1] == []


def test_a_huge_loop_around_a_declaration_is_refused_at_its_place() -> None:
    """Three loops of forty values around a declaration are a limit, with the number that CloudFormation takes."""
    found, (problem,) = result({"Resources": _nested(3, 40, {"R${A}${B}${C}": {"Type": "Mine"}})})
    assert (problem.rule, problem.where) == ("limit", "Resources.Fn::ForEach::A")
    assert "more than 500 resources" in problem.what
    assert list(found["Resources"]) == ["Fn::ForEach::A"]


def test_a_huge_loop_takes_nothing_from_the_one_around_a_declaration() -> None:
    """Loops full of text do not keep the loop of a declaration from being expanded, wherever they stand."""
    text = {"R${I}": {"Type": "T", "Properties": {"Text": "x" * 100_000}}}
    values = [f"v{number}" for number in range(400)]
    loops = {f"Fn::ForEach::L{number}": ["I", values, text] for number in range(20)}
    mine = ["I", ["A", "B"], {"M${I}": {"Type": "Mine"}}]
    found, problems = result({"Resources": {**loops, "Fn::ForEach::Mine": mine}})
    assert problems == []
    assert list(found["Resources"]) == [*loops, "MA", "MB"]
