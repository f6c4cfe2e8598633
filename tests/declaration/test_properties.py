"""Properties: one view of what the user wrote, with the expression and the value of each."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Unknown
from tests.support.declarations import minimal, parsed, valid
from tests.support.templates import FUNCTION

IMPORT = {"Fn::ImportValue": "x"}
NEVER = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}


def test_a_property_has_an_expression_and_a_value() -> None:
    """What goes into the template is what the user wrote; what decides is what it comes to, or that it is unknown."""
    function = {**FUNCTION, "Runtime": {"Fn::Sub": "nodejs22.x"}, "MemorySize": IMPORT}
    props = valid(minimal(LambdaFunctionProps=function)).props("LambdaFunctionProps")
    assert props.expressions == function
    assert props.value("Runtime") == "nodejs22.x"
    assert isinstance(props.value("MemorySize"), Unknown)


def test_a_property_that_a_condition_leaves_out_has_no_value() -> None:
    """It stays in the template, where CloudFormation decides, and decides nothing."""
    timeout = {"Fn::If": ["Never", 5, NO_VALUE]}
    function = valid(minimal(LambdaFunctionProps={**FUNCTION, "Timeout": timeout}), scope=NEVER)
    props = function.props("LambdaFunctionProps")
    assert "Timeout" in props
    assert props.expression("Timeout") == timeout
    assert props.value("Timeout", "absent") == "absent"


def test_no_value_is_taken_out_of_both() -> None:
    """A property of AWS::NoValue is as one that is not there, whichever way it is asked for."""
    props = valid(minimal(LambdaFunctionProps={**FUNCTION, "Timeout": NO_VALUE})).props("LambdaFunctionProps")
    assert "Timeout" not in props
    assert props.expression("Timeout", "absent") == props.value("Timeout", "absent") == "absent"


@pytest.mark.parametrize("value", [IMPORT, "text", ["list"], {"Fn::If": ["Never", {"Name": "a"}, NO_VALUE]}])
def test_a_property_object_that_is_no_map_holds_nothing(value: Any) -> None:
    """Its error is reported where it is written, and nobody looks for properties in the call of a function."""
    declaration, errors = parsed(minimal(RoleProps=value), scope=NEVER)
    assert errors
    assert declaration is not None
    assert declaration.props("RoleProps").expressions == {}
