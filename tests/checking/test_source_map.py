"""Where the user wrote what a problem or a part of an expansion is about."""

import json

import pytest

from lambda_bedrock_profile.checking.source_map import item_path, problem_path, source_path
from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.diagnostics import Diagnostic

TEXT = """\
Resources:
  A:
    Type: T
    Properties:
      List:
        - x
        - {Key: y}
Outputs:
  A: {Value: 1}
"""


@pytest.mark.parametrize(
    ("problem", "place"),
    [
        (Diagnostic("A", ("Properties", "List", 1, "Key"), "", ""), (7, 12)),
        (Diagnostic("A", ("Properties", "Missing"), "", ""), (4, 5)),
        (Diagnostic("A", (), "", ""), (2, 3)),
        (Diagnostic("A", ("Value",), "", ""), (9, 7)),
        (Diagnostic("Outputs", ("A", "Value"), "", ""), (9, 7)),
        (Diagnostic("Resources", (), "", ""), (1, 1)),
        (Diagnostic("Template", (), "", ""), (1, 1)),
    ],
)
def test_a_problem_is_placed_where_its_path_leads(problem: Diagnostic, place: tuple[int, int]) -> None:
    """Each problem is shown at the nearest part of the template that is there, in YAML and in JSON."""
    source = parse(TEXT, "t")
    assert source.position(problem_path(source.template, problem)) == place
    as_json = parse(json.dumps(source.template, indent=2), "t")
    line = as_json.position(problem_path(as_json.template, problem)).line
    assert (line == 1) == (place == (1, 1) and problem.logical_id == "Template")


TREE = {"Resources": {"A": {"Type": "T", "Properties": {"LambdaFunctionProps": {"Runtime": "x"}}}, "B": {"Type": "U"}}}


@pytest.mark.parametrize(
    ("path", "place", "generated"),
    [
        (
            ("Resources", "A", "Properties", "Runtime"),
            ("Resources", "A", "Properties", "LambdaFunctionProps", "Runtime"),
            None,
        ),
        (("Resources", "A", "Properties", "Timeout"), ("Resources", "A"), "A"),
        (("Resources", "ARole", "Properties", "Policies", 0), ("Resources", "A"), "ARole"),
        (("Resources", "B", "Properties", "X"), ("Resources", "B"), None),
        (("Outputs", "O"), (), None),
    ],
)
def test_generated_code_is_traced_to_its_declaration(
    path: tuple[str | int, ...], place: tuple[str | int, ...], generated: str | None
) -> None:
    """A path of the expansion leads to the written property, to the declaration, or to the same path."""
    assert source_path(TREE, {}, {"A": ("A", "ARole")}, path) == (place, generated)


@pytest.mark.parametrize(
    ("name", "key"), [("XA", "X${I}"), ("Orders", "${I}"), ("YXA", "YX&{I}"), ("XAlast", "X${I}last")]
)
def test_of_several_loops_the_one_with_the_most_in_common_is_meant(name: str, key: str) -> None:
    """A bare variable could be any name, so a key that says more of it comes first, wherever it stands."""
    section = {
        "Fn::ForEach::Q": ["I", ["Orders"], {"${I}": {}}],
        "Fn::ForEach::X": ["I", ["A"], {"X${I}": {}, "X${I}last": {}, "Fn::ForEach::In": ["J", [], {"YX&{I}": {}}]}],
    }
    assert item_path(section, name)[-1] == key
