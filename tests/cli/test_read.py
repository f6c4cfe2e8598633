"""What a template may be written like, and what is said where it cannot be read."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile.cli.read import parse, read
from lambda_bedrock_profile.cli.source import Position, ReadError
from lambda_bedrock_profile.cli.yaml_format import FUNCTIONS, yaml_text


def refused(text: str) -> str:
    """What is said of ``text``."""
    with pytest.raises(ReadError) as error:
        parse(text, "t")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_short_tag_is_read_as_its_long_form(name: str) -> None:
    """A short tag on a list is the call of the function with that list."""
    assert parse(f"A: !{name} [x, !Ref y]", "t").template == {"A": {f"Fn::{name}": ["x", {"Ref": "y"}]}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Sub 1", {"Fn::Sub": "1"}),
        ('!GetAZs ""', {"Fn::GetAZs": ""}),
        ("{Fn::Base64: !Sub x}", {"Fn::Base64": {"Fn::Sub": "x"}}),
        ("2012-10-17", "2012-10-17"),
        ("12:30", "12:30"),
        ("0x1F", 31),
        ("010", 8),
        ("089", "089"),
        ("1_000", 1000),
        ("-1.5", -1.5),
        ("yes", True),
        ('"yes"', "yes"),
        ("!!str 1", "1"),
        ("!!int 1", 1),
        ("~", None),
        ("!<!Ref> x", {"Ref": "x"}),
        ("<<", "<<"),
        ("[<<]", ["<<"]),
        ("[&a <<, *a]", ["<<", "<<"]),
        ('{"<<": x}', {"<<": "x"}),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_scalars_are_read_as_cloudformation_reads_them(text: str, value: object) -> None:
    """Dates stay text; numbers and booleans are those of YAML 1.1."""
    assert parse(f"A: {text}", "t").template == {"A": value}


def test_aliases_and_merges_are_resolved() -> None:
    """An alias stands for what it names, and what a map says itself wins over what is merged into it."""
    text = "A: &a {x: 1, y: 2}\nB: *a\nC: {<<: *a, y: 3}\nD: {<<: [{z: 1}, *a], x: 0}"
    assert parse(text, "t").template == {
        "A": {"x": 1, "y": 2},
        "B": {"x": 1, "y": 2},
        "C": {"x": 1, "y": 3},
        "D": {"z": 1, "x": 0, "y": 2},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t: is empty."),
        ("# nothing", "t:1:1: is not a template"),
        ("- a", "t:1:1: is not a template"),
        ("text", "t:1:1: is not a template"),
        ("A: !Reff x", "t:1:4: CloudFormation has no tag !Reff. Did you mean !Ref?"),
        (
            "A: !ForEach [x, [y], {}]",
            "t:1:4: CloudFormation has no tag !ForEach. Write the long form as a key, such as Fn::Sub, or Fn::For",
        ),
        (
            "A: !!python/object:os.system x",
            "t:1:4: CloudFormation has no tag tag:yaml.org,2002:python/object:os.system",
        ),
        ("A: 1\nB: 2\nA: 3", "t:3:1: A is written twice, first in line 1."),
        ('{"A": 1,\n "A": 2}', "t:2:2: A is written twice, first in line 1."),
        ("A: *a", "t:1:4: there is no anchor &a before this alias."),
        ("A: &a [*a]", "t:1:8: *a stands inside itself."),
        ("A: {<<: 1}", "t:1:9: << is given something that is not a map."),
        ("On: 1", "t:1:1: a boolean or nothing stands where a key is expected. Quote the key."),
        ("? [a]\n: 1", "t:1:3: a map or list stands where a key is expected."),
        ("A: 1\n---\nA: 1", "t:2:1: a second document starts."),
        ("A:\n\tB: 1", "t:2:1: a tab stands here, which YAML does not take."),
        ("A: [1", "t:2:1: while parsing a flow sequence"),
        ("A: a\x00", "t:1:5: holds the character U+0000."),
        ("A: \x1b[31m", "t:1:4: holds the character U+001B."),
        ('{"A": "1" "B"}', "t:1:11: expecting ',' delimiter. Fix the JSON there, or just before."),
        ("[" * 1_000_000, "t:1:101: is nested more than 100 levels deep."),
        ('{"A":' * 100_000, "t:1:501: is nested more than 100 levels deep."),
        ('{"A":' * 500 + "1" + "}" * 500, "t:1:501: is nested more than 100 levels deep."),
        ("A:\n" + "".join(" " * n + "- \n" for n in range(2000)), "t:101:100: is nested more than 100 levels deep."),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_place(text: str, message: str) -> None:
    """A template that cannot be read gives one line: file, line, column, what is wrong, what to do."""
    assert refused(text).startswith(message)
    assert not refused(text).endswith(("?.", ".."))


def test_a_yaml_bomb_is_refused_before_it_is_built() -> None:
    """Aliases of aliases are counted as what they stand for."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert "has more than 250,000 values once aliases are resolved" in refused("\n".join(lines))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("NaN", "NaN is not JSON"),
        ("1e999", "a number is too large"),
        ("1" * 101, "a number has more than 100 digits"),
        ("yes", "t.json:2:8: expecting value"),
        ('"\\ud800"', "t.json:2:8: holds half of a character"),
    ],
)
def test_a_json_file_is_judged_as_json(tmp_path: Path, value: str, message: str) -> None:
    """A file named .json is not tried as YAML."""
    path = tmp_path / "t.json"
    path.write_text('{"Resources": {\n  "A": ' + value + "}}")
    with pytest.raises(ReadError, match=message):
        read(str(path))


@pytest.mark.parametrize("content", [b"\xff\xfeR\x00", b"A: 1\nB: \xe9"])
def test_a_file_in_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    """Text that is not UTF-8 is named as such, with the place of the first odd byte."""
    path = tmp_path / "t.yaml"
    path.write_bytes(content)
    with pytest.raises(ReadError, match="is not text in UTF-8"):
        read(str(path))


@pytest.mark.parametrize("name", [".", "missing.yaml", "a\x00b", "a\nb"])
def test_a_path_that_is_no_file_is_refused_in_one_line(name: str) -> None:
    """A directory, a missing file and an impossible name are one line each."""
    with pytest.raises(ReadError) as error:
        read(name)
    assert "\n" not in str(error.value)
    assert "cannot be read" in str(error.value)


def test_a_file_larger_than_any_template_is_not_read(tmp_path: Path) -> None:
    """CloudFormation takes 1 MB, so more than four is something else."""
    path = tmp_path / "t.yaml"
    path.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(ReadError, match="has more than 4,194,304 bytes"):
        read(str(path))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Files of Windows editors are read."""
    path = tmp_path / "t.yaml"
    path.write_bytes(b"\xef\xbb\xbfResources: {}")
    assert read(str(path)).template == {"Resources": {}}


def test_json_positions_count_lines_and_columns() -> None:
    """A key of a JSON template is found at its opening quote."""
    source = parse('{"Resources": {\n  "A": {"b": [1,\n  "\\"}", 2]}}}', "t")
    assert source.position(("Resources", "A", "b", 2)) == Position(3, 10)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
KEYS = st.one_of(st.text(min_size=1), st.sampled_from(["Ref", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::If", "<<"]))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner), st.dictionaries(KEYS, inner)), max_leaves=30)


@given(st.dictionaries(KEYS, VALUES))
@settings(max_examples=300, deadline=None)
def test_what_is_written_as_yaml_reads_back_the_same(value: dict[str, object]) -> None:
    """The YAML that the commands write is the value they were given, short tags and odd texts included."""
    assert parse(yaml_text(value), "t").template == value


@given(st.one_of(st.text(), st.text(alphabet="{}[]:,&*!-?|>'\"# \n\tab1<")))
@settings(max_examples=500, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever the text, it is a template or one line about it."""
    try:
        said = json.dumps(parse(text, "t").template)
    except ReadError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
