"""Lambda's 4 KB of variables, with those that declarations add."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.rules import RULES
from tests.support.deployed import Deployed
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    NO_VALUE,
    expanded,
    new,
    on,
    plain,
    problem,
    role,
    serverless,
    template,
    variables,
)

LIMIT = 4096


def size_on_lambda(source: Mapping[str, Any], function: str = "X", **parameters: Any) -> int:
    """The bytes of the variables of a deployed function as Lambda counts them."""
    stack = Deployed(expanded(source, **parameters), "us-east-1", parameters)
    found = stack.properties(function)["Environment"]["Variables"]
    return len(json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode())


def with_text(text: Any) -> dict[str, Any]:
    """A new function with one variable of its own."""
    return new(LambdaFunctionProps={**FUNCTION, "Environment": {"Variables": {"TEXT": text}}})


def remarks(source: Mapping[str, Any], account: str | None = ACCOUNT, **parameters: Any) -> list[str]:
    """The ids of the rules that are broken without an error."""
    expansion = expand(source, StackContext("us-east-1", account, parameters), Catalog.bundled())
    return [RULES[each.rule].id for each in expansion.remarks]


EMPTY = size_on_lambda(template(X=with_text("")))


def test_what_lambda_refuses_is_an_error_and_what_fits_is_not() -> None:
    """4,096 bytes are taken, one more is not; the ARN of the profile counts before it is there."""
    fits = template(X=with_text("x" * (LIMIT - EMPTY)))
    assert size_on_lambda(fits) == LIMIT
    assert remarks(fits) == remarks(fits, account=None) == ["I9011"]
    found = problem(template(X=with_text("x" * (LIMIT - EMPTY + 1))))
    assert (found.rule, found.where) == ("limit", "X.Properties.LambdaFunctionProps.Environment")
    assert "X have at least 4,097 bytes" in found.what
    assert 'FoundationModelEnvironmentVariableName: ""' in found.fix


def test_bytes_count_and_not_characters() -> None:
    """A letter of two bytes takes two, a quotation mark the one that escapes it."""
    for letter in ("é", '"'):
        number = (LIMIT - EMPTY) // 2
        source = template(X=with_text(letter * number))
        assert LIMIT - 1 <= size_on_lambda(source) <= LIMIT
        assert problem(template(X=with_text(letter * (number + 1)))).rule == "limit"


def test_above_ninety_percent_it_is_reported() -> None:
    """The next variable may be the last."""
    ninety = int(0.9 * LIMIT) - EMPTY
    assert remarks(template(X=with_text("x" * ninety))) == []
    assert remarks(template(X=with_text("x" * (ninety + 1)))) == ["I9011"]


LONG = "x" * LIMIT
UNKNOWN = {
    "attribute": {"Fn::GetAtt": ["Table", "Arn"]},
    "import": {"Fn::ImportValue": "text"},
    "secret": "{{resolve:ssm:/a/secret}}",
    "parameter without a value": {"Ref": "Later"},
    "shorter branch": {"Fn::If": ["Unknown", LONG, "x"]},
    "absent branch": {"Fn::If": ["Unknown", LONG, NO_VALUE]},
    "malformed": {"Fn::Join": LONG},
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_what_only_deployment_knows_counts_as_empty(text: Any) -> None:
    """It is an error only if it surely fails."""
    sections = {
        "Parameters": {"Later": {"Type": "String"}},
        "Conditions": {"Unknown": {"Fn::Equals": [{"Ref": "Later"}, "x"]}},
    }
    assert remarks(template(sections, Table={"Type": "AWS::DynamoDB::Table"}, X=with_text(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        {"Ref": "Given"},
        {"Fn::If": ["Never", "x", LONG]},
        {"Fn::If": ["Unknown", LONG, LONG]},
        {"Fn::Sub": LONG + "${Later}"},
        {"Fn::Sub": ["${Long}${Later}", {"Long": LONG}]},
        {"Fn::Join": ["-", [LONG, {"Ref": "Later"}]]},
        {"Fn::Select": [0, [{"Fn::Sub": LONG + "${Later}"}, "x"]]},
    ],
)
def test_what_is_known_counts(text: Any) -> None:
    """Also beside a part that is not."""
    sections = {
        "Parameters": {"Later": {"Type": "String"}, "Given": {"Type": "String", "Default": LONG}},
        "Conditions": {"Never": {"Fn::Equals": [1, 2]}, "Unknown": {"Fn::Equals": [{"Ref": "Later"}, "x"]}},
    }
    assert problem(template(sections, X=with_text(text))).rule == "limit"


def test_what_a_serverless_function_inherits_counts() -> None:
    """Globals give it variables, and its own win over them."""
    sections = {"Globals": {"Function": {"Environment": {"Variables": {"TEXT": LONG}}}}}
    assert problem(template(sections, Chat=serverless(), X=on("Chat"))).where == "X.Properties.ExistingLambdaObj"
    own = serverless(Environment={"Variables": {"TEXT": "x"}})
    assert remarks(template(sections, Chat=own, X=on("Chat"))) == []
    assert remarks(template(sections, Chat=plain(), Role=role(), X=on("Chat"))) == []


def tenants(number: int, **names: str) -> dict[str, Any]:
    """A function with a profile for each of ``number`` tenants."""
    declared = {f"T{n}": on("Chat", InferenceProfileEnvironmentVariableName=f"PROFILE_{n}") for n in range(number)}
    for n, declaration in enumerate(declared.values()):
        model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
        named = {"BedrockModelId": model, "FoundationModelEnvironmentVariableName": f"MODEL_{n}", **names}
        declaration["Properties"].update(named)
    return template(Chat=plain(), Role=role(), **declared)


def test_thirty_tenants_fit_on_one_function_without_the_ids_of_their_models() -> None:
    """With them they do not, and the message says what to leave out."""
    found = problem(tenants(30))
    assert (found.rule, found.where) == ("limit", "T0.Properties.ExistingLambdaObj")
    assert 'FoundationModelEnvironmentVariableName: ""' in found.fix
    without = tenants(30, FoundationModelEnvironmentVariableName="")
    assert size_on_lambda(without, "Chat") < LIMIT
    assert variables(expanded(without)["Resources"]["Chat"]).keys() == {f"PROFILE_{n}" for n in range(30)}


def test_a_model_that_is_left_out_is_in_no_ones_way() -> None:
    """Two declarations may both leave it out, and an empty parameter is as good."""
    parameters = {"Parameters": {"Name": {"Type": "String", "Default": ""}}}
    two = on("X", FoundationModelEnvironmentVariableName={"Ref": "Name"}, InferenceProfileEnvironmentVariableName="TWO")
    found = expanded(template(parameters, X=new(FoundationModelEnvironmentVariableName=""), Y=two))
    assert variables(found["Resources"]["X"]).keys() == {"BEDROCK_PROFILE", "TWO"}
    assert problem(template(X=new(InferenceProfileEnvironmentVariableName=""))).rule == "property"


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.from_regex("[A-Z][A-Z0-9_]{1,9}", fullmatch=True), st.text(max_size=400), max_size=30))
def test_an_error_is_what_lambda_would_refuse(own: dict[str, str]) -> None:
    """For any known variables, the expansion and Lambda agree."""
    own = {
        name: text.replace("{{", "") for name, text in own.items() if not name.startswith(("BEDROCK", "AWS", "LAMBDA"))
    }
    source = template(X=new(LambdaFunctionProps={**FUNCTION, "Environment": {"Variables": own}}))
    try:
        refused = size_on_lambda(source) > LIMIT
        assert not refused
    except TemplateError as error:
        (found,) = error.problems
        arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:application-inference-profile/abcdefghijkl"
        whole = {**own, "BEDROCK_MODEL": "amazon.nova-lite-v1:0", "BEDROCK_PROFILE": arn}
        assert found.rule == "limit"
        assert len(json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()) > LIMIT
