"""References to a resource that is replaced: each is pointed at what stands for it, and nothing else changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.stack.attributes import ATTRIBUTES as OF_DECLARATIONS
from lambda_bedrock_profile.template.limits import Budget
from lambda_bedrock_profile.template.references import (
    attribute_reference,
    embedded,
    get_att,
    ref,
    targets_of,
    text_with_references,
)
from lambda_bedrock_profile.template.rewrite import Target, likely_attribute, rewrite, rewrite_value

MODEL = {"Fn::If": ["C", "one", "other"]}
ATTRIBUTES = {"Arn": get_att("Chat", "Arn"), "Model": MODEL, "Text": "plain ${text}", "Deep.Name": ref("Deep")}
TARGETS = {
    "X": Target(ref("Chat"), ATTRIBUTES, ("Chat", "XPolicy")),
    "Y": Target(ref("Y"), {"Arn": get_att("Y", "Arn")}, ("Y",)),
}


def pointed(value: Any) -> Any:
    """``value`` after the rewriting, which has to find no problem and leave its input alone."""
    report = Report()
    before = copy.deepcopy(value)
    result = rewrite_value(value, TARGETS, Budget(), report, ("Resources", "A", "Properties"))
    assert report.errors == ()
    assert value == before
    return result


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"Ref": "X"}, {"Ref": "Chat"}),
        ({"Fn::GetAtt": ["X", "Arn"]}, {"Fn::GetAtt": ["Chat", "Arn"]}),
        ({"Fn::GetAtt": "X.Arn"}, {"Fn::GetAtt": ["Chat", "Arn"]}),
        ({"Fn::GetAtt": ["X", "Deep", "Name"]}, {"Ref": "Deep"}),
        ({"Fn::GetAtt": "X.Deep.Name"}, {"Ref": "Deep"}),
        ({"Fn::GetAtt": ["X", "Model"]}, MODEL),
        ({"Fn::If": ["C", {"Ref": "X"}, {"Ref": "Z"}]}, {"Fn::If": ["C", {"Ref": "Chat"}, {"Ref": "Z"}]}),
        ([{"A": [{"Ref": "X"}]}, {"Ref": "Z"}], [{"A": [{"Ref": "Chat"}]}, {"Ref": "Z"}]),
        ({"Fn::Sub": "${X}"}, {"Fn::Sub": "${Chat}"}),
        ({"Fn::Sub": "a/${X.Arn}/${Z}/${!X}"}, {"Fn::Sub": "a/${Chat.Arn}/${Z}/${!X}"}),
        ({"Fn::Sub": "${ X.Arn }"}, {"Fn::Sub": "${Chat.Arn}"}),
        ({"Fn::Sub": "${X.Text}"}, {"Fn::Sub": "plain ${!text}"}),
        ({"Fn::Sub": "${X.Model}"}, {"Fn::Sub": ["${XModel}", {"XModel": MODEL}]}),
        ({"Fn::Sub": ["${X}-${V}", {"V": {"Ref": "X"}}]}, {"Fn::Sub": ["${Chat}-${V}", {"V": {"Ref": "Chat"}}]}),
        ({"Fn::Sub": ["${V}", {"V": {"Ref": "X"}}]}, {"Fn::Sub": ["${V}", {"V": {"Ref": "Chat"}}]}),
        ({"Fn::Sub": ["${X}", {}]}, {"Fn::Sub": "${Chat}"}),
    ],
)
def test_every_form_of_reference_is_pointed(written: Any, expected: Any) -> None:
    """A reference works in whatever form it is written, wherever it stands in a value."""
    assert pointed(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["${X}", {"X": "mine"}], None),
        (["${X.Arn}", {"X.Arn": "mine"}], None),
        (["${X} ${Chat}", {"Chat": "mine"}], ["${X1} ${Chat}", {"Chat": "mine", "X1": {"Ref": "Chat"}}]),
        (["${X.Model} ${XModel}", {"XModel": "mine"}],
         ["${XModelValue} ${XModel}", {"XModel": "mine", "XModelValue": MODEL}]),
        ("${X.Model} ${XModel}", ["${XModelValue} ${XModel}", {"XModelValue": MODEL}]),
    ],
)  # fmt: skip
def test_local_variables_of_a_substitution_keep_their_meaning(written: Any, expected: Any) -> None:
    """A variable that the user defines in Fn::Sub is neither replaced nor made to hide what is put in."""
    result = pointed({"Fn::Sub": written})["Fn::Sub"]
    if expected is None:
        assert result is written
        return
    # The name of an added variable is free; what it comes to is not.
    assert _filled(result) == _filled(expected)


def _filled(argument: Any) -> str:
    text, variables = argument
    for name, value in variables.items():
        text = text.replace("${" + name + "}", f"<{value}>")
    return str(text)


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Z"},
        {"Ref": ["X"]},
        {"Ref": "X.Version"},
        {"Fn::GetAtt": ["Z", "Arn"]},
        {"Fn::GetAtt": "Z"},
        {"Fn::GetAtt": [{"Ref": "X"}]},
        {"Fn::Sub": "${Z.Arn} ${!X} ${AWS::Region} $X {X}"},
        {"Fn::Sub": ["no variable of ours", {"V": "x"}]},
        {"Fn::Sub": ["${X}", "no map"]},
        {"Fn::Sub": []},
        {"Fn::Sub": None},
        {"X": "X", "Name": "X", "Ids": ["X"]},
        [],
        {},
        "X",
        None,
    ],
)
def test_whatever_is_no_reference_comes_back_as_the_same_object(value: Any) -> None:
    """A part of the template that refers to nothing of ours is shared and not copied."""
    if value == {"Fn::GetAtt": [{"Ref": "X"}]}:
        assert pointed(value) == {"Fn::GetAtt": [{"Ref": "X"}]}
    else:
        assert pointed(value) is value


def test_unchanged_parts_beside_a_reference_are_shared() -> None:
    """Rewriting a large template copies only the way down to its references."""
    untouched = {"Deep": [{"Ref": "Z"}, "x"]}
    value = {"Untouched": untouched, "Touched": [untouched, {"Ref": "X"}]}
    result = pointed(value)
    assert result["Untouched"] is untouched
    assert result["Touched"][0] is untouched


@pytest.mark.parametrize(
    "written", [{"Fn::GetAtt": ["X", "Nope"]}, {"Fn::GetAtt": "X.Nope"}, {"Fn::Sub": "a ${X.Nope}"}]
)
def test_an_attribute_that_does_not_exist_lists_the_ones_that_do(written: Any) -> None:
    """A misspelt attribute is a problem at its place, with every name that would work."""
    report = Report()
    result = rewrite_value(written, TARGETS, Budget(), report, ("Outputs", "O", "Value"))
    assert result == written
    (problem,) = report.errors
    assert (problem.logical_id, problem.path, problem.kind) == ("Outputs", ("O", "Value"), "reference")
    assert "X has no attribute Nope" in problem.what
    assert problem.fix == "Use one of: Arn, Deep.Name, Model, Text"


@pytest.mark.parametrize("written", [{"Fn::GetAtt": ["X", "Arm"]}, {"Fn::Sub": "${X.Arm}"}])
def test_an_attribute_that_is_misspelt_names_the_nearest(written: Any) -> None:
    """A slip of one letter is answered with the attribute that was meant, before all that there are."""
    report = Report()
    rewrite_value(written, TARGETS, Budget(), report, ("Outputs", "O", "Value"))
    assert [problem.fix for problem in report.errors] == ["Did you mean Arn? There are Arn, Deep.Name, Model, Text"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ProfileArn", "InferenceProfileArn"), ("ProfileId", "InferenceProfileId"), ("ModelArn", "ModelId"),
        ("arn", "Arn"), ("FunctionNme", "FunctionName"), ("LambdaArn", None), ("Region", None),
    ],
)  # fmt: skip
def test_the_attribute_that_was_meant_has_the_same_words(name: str, meant: str | None) -> None:
    """ProfileArn is the ARN of the profile, although RoleArn is spelt more like it."""
    assert likely_attribute(name, OF_DECLARATIONS) == meant


@pytest.mark.parametrize("argument", ["X", ["X"], "X.", ["X", ""]])
def test_a_reference_without_an_attribute_says_so(argument: Any) -> None:
    """Fn::GetAtt of a declaration alone lists what can follow it."""
    report = Report()
    rewrite_value({"Fn::GetAtt": argument}, TARGETS, Budget(), report, ("Outputs", "O", "Value"))
    (problem,) = report.errors
    assert problem.what == "Fn::GetAtt names X and none of its attributes"
    assert problem.fix == "Write X with a dot and one of: Arn, Deep.Name, Model, Text"


def test_an_attribute_that_is_computed_is_a_problem() -> None:
    """Which attribute is meant has to stand in the template, since it decides what is referred to."""
    report = Report()
    written = {"Fn::GetAtt": ["X", {"Ref": "P"}]}
    assert rewrite_value(written, TARGETS, Budget(), report, ("Resources", "A", "Properties", "P")) is written
    (problem,) = report.errors
    assert (problem.logical_id, problem.path) == ("A", ("Properties", "P"))


class Node(dict[str, Any]):
    """A map that knows its line, as linters have them."""

    line = 0


def test_a_map_with_a_line_number_keeps_it() -> None:
    """A linter still finds the line of what was rewritten."""
    node = Node(Name={"Ref": "X"}, Other=1)
    node.line = 7
    result = pointed(node)
    assert isinstance(result, Node)
    assert result.line == 7
    assert result == {"Name": {"Ref": "Chat"}, "Other": 1}


class TestWholeTemplates:
    """Sections, DependsOn and loops."""

    def template(self) -> dict[str, Any]:
        """A template with a reference wherever one may stand, and names that are none where one may not."""
        use = {"Ref": "X"}
        return {
            "Description": "Ref X",
            "Metadata": {"Note": use},
            "Parameters": {"P": {"Default": use}},
            "Mappings": {"M": {"X": {"Ref": "X"}}},
            "Conditions": {"C": {"Fn::Equals": ["a", "b"]}},
            "Globals": {"Function": {"Environment": {"Variables": {"NAME": use}}}},
            "Resources": {
                "A": {"Type": "T", "Metadata": use, "UpdatePolicy": {"P": use}, "Properties": {"N": use}},
                "Text": {"Type": "T", "DependsOn": "X"},
                "List": {"Type": "T", "DependsOn": ["Z", "X", "XPolicy", "Y"]},
                "Plain": {"Type": "T", "DependsOn": ["Z", "Z"]},
                "Chat": {"Type": "T", "DependsOn": "X"},
                "Fn::ForEach::Loop": ["I", ["1"], {"Q${I}": {"Type": "T", "DependsOn": "X", "Properties": {"N": use}}}],
                "Broken": "text",
            },
            "Outputs": {"O": {"Value": use}, "Fn::ForEach::Out": ["I", ["1"], {"O${I}": {"Value": use}}]},
        }

    def test_references_are_pointed_in_every_section_that_can_hold_one(self) -> None:
        """Globals, Outputs, Metadata of resources, policies and loops see the references; other sections stay."""
        template = self.template()
        before = copy.deepcopy(template)
        report = Report()
        result = rewrite(template, TARGETS, (), Budget(), report)
        assert report.errors == ()
        assert template == before
        use = {"Ref": "Chat"}
        resources, outputs = result["Resources"], result["Outputs"]
        assert result["Globals"]["Function"]["Environment"]["Variables"]["NAME"] == use
        assert resources["A"] == {"Type": "T", "Metadata": use, "UpdatePolicy": {"P": use}, "Properties": {"N": use}}
        assert outputs["O"]["Value"] == use
        assert outputs["Fn::ForEach::Out"][2]["O${I}"]["Value"] == use
        for name in ("Description", "Metadata", "Parameters", "Mappings", "Conditions"):
            assert result[name] is template[name]

    def test_depends_on_waits_for_all_that_stands_for_the_resource(self) -> None:
        """DependsOn becomes the ids that exist, each once, as text where one is left of one."""
        template = self.template()
        result = rewrite(template, TARGETS, (), Budget(), Report())["Resources"]
        assert result["Text"]["DependsOn"] == ["Chat", "XPolicy"]
        assert result["List"]["DependsOn"] == ["Z", "Chat", "XPolicy", "Y"]
        assert result["Fn::ForEach::Loop"][2]["Q${I}"]["DependsOn"] == ["Chat", "XPolicy"]
        assert result["Fn::ForEach::Loop"][2]["Q${I}"]["Properties"] == {"N": {"Ref": "Chat"}}
        assert result["Plain"] is template["Resources"]["Plain"]
        assert rewrite({"Resources": {"A": {"Type": "T", "DependsOn": "Y"}}}, TARGETS, (), Budget(), Report()) == {
            "Resources": {"A": {"Type": "T", "DependsOn": "Y"}}
        }

    def test_nothing_waits_for_itself(self) -> None:
        """A function that depends on its own declaration waits for the rest of what stands for it."""
        result = rewrite(self.template(), TARGETS, (), Budget(), Report())
        assert result["Resources"]["Chat"]["DependsOn"] == "XPolicy"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("A.B", ("A", "B")),
        ("A.B.C", ("A", "B.C")),
        (["A", "B"], ("A", "B")),
        (["A", "B", "C"], ("A", "B.C")),
        ("A", None),
        (["A"], None),
        (["A", {"Ref": "B"}], None),
        (None, None),
    ],
)
def test_both_forms_of_get_att_are_read(argument: Any, expected: Any) -> None:
    """The dotted text and the list name the same attribute; anything computed names none."""
    assert attribute_reference(argument) == expected


@pytest.mark.parametrize(
    ("value", "text", "variables"),
    [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", {}),
        ("a${b}", "a${!b}", {}),
        ({"Ref": "P"}, "${P}", {}),
        ({"Fn::GetAtt": ["A", "B"]}, "${A.B}", {}),
        ({"Fn::Sub": "${P}"}, "${V}", {"V": {"Fn::Sub": "${P}"}}),
    ],
)
def test_an_expression_can_stand_inside_a_substitution(value: Any, text: str, variables: Any) -> None:
    """The user's own expression goes into generated ARNs, in the shortest form that means the same."""
    assert embedded(value, "V") == (text, variables)


def test_every_reference_in_a_value_is_listed_in_order() -> None:
    """What a value waits for is known for all three functions, local variables left out."""
    value = [
        {"Ref": "A"},
        {"Fn::GetAtt": "B.Arn"},
        {"Fn::Sub": ["${C.Arn} ${V} ${!No} ${D}", {"V": {"Ref": "E"}}]},
        {"Fn::Sub": "${F}", "Other": {"Fn::GetAtt": ["G", "x"]}},
    ]
    assert list(targets_of(value)) == ["A", "B", "C", "D", "E", "F", "G"]


IMPORTED = {"Fn::ImportValue": "role"}


def literal(value: Any) -> str | None:
    """The text of a text."""
    return value if isinstance(value, str) else None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"Ref": "A"}, "${A}"),
        ({"Fn::GetAtt": "A.B.C"}, "${A.B.C}"),
        ({"Fn::Sub": "x/${ A }/${A.B}/${!C}"}, "x/${A}/${A.B}/${!C}"),
        ({"Fn::Sub": ["${V}${W}", {"V": {"Ref": "A"}, "W": "w"}]}, "${A}w"),
        ({"Fn::Sub": ["${V}${W}", {"V": {"Fn::Sub": "${W}"}, "W": "w"}]}, "${W}w"),
        ({"Fn::Sub": ["${V}/${W}", {"V": IMPORTED, "W": "w"}]}, "${V}/w"),
        ({"Fn::Join": [":", ["a", {"Fn::Sub": "${B}"}, {"Ref": "C"}]]}, "a:${B}:${C}"),
        ({"Fn::Join": [":", ["a", IMPORTED]]}, None),
        ({"Fn::Join": [":", {"Ref": "Names"}]}, None),
        (IMPORTED, None),
        (["a"], None),
    ],
)
def test_a_text_keeps_the_names_of_what_it_refers_to(value: Any, text: str | None) -> None:
    """Two ways to write one text are one text, and what no text can be made of has none."""
    assert text_with_references(value, literal, lambda _: None) == text


def test_a_stand_in_takes_the_place_of_what_has_no_text() -> None:
    """Whoever needs a text in any case says what stands for an import, wherever it is."""
    value = {"Fn::Join": ["/", [{"Ref": "A"}, IMPORTED]]}
    assert text_with_references(value, literal, lambda _: "?") == "${A}/?"
    assert text_with_references({"Fn::Sub": ["<${V}>", {"V": IMPORTED}]}, literal, lambda _: "?") == "<?>"


def test_what_is_known_is_no_reference() -> None:
    """The value of a parameter takes the place of its name, if whoever asks knows it."""
    known = {"A": "a"}

    def text_of(value: Any) -> str | None:
        return value if isinstance(value, str) else known.get(value.get("Ref"))

    assert text_with_references({"Fn::Sub": "${A}/${B}"}, text_of, lambda _: None) == "a/${B}"
