"""Several declarations on one function: each works as if it were alone, whichever gives the VPC."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from tests.policies.entitled import INVOKE, READ, Entitled, context
from tests.policies.routes import CATALOG, Route
from tests.support.deployed import Deployed, references
from tests.support.policy_evaluation import Statement, allowed, listed
from tests.support.sam_transform import translated
from tests.support.strict_iam import update
from tests.support.templates import FUNCTION, expanded, new, on, plain, role, serverless, template

MODELS = ("amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0", "amazon.nova-micro-v1:0")
SECTIONS: dict[str, Any] = {
    "Parameters": {"Wanted": {"Type": "String", "Default": "no"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
}
SUBNETS = {"SubnetIds": ["subnet-1", "subnet-2"]}
VPCS: dict[str, dict[str, Any]] = {
    "existing": {"ExistingVpc": {"VpcId": "vpc-1", **SUBNETS, "CidrBlock": "10.0.0.0/16"}},
    "new": {"DeployVpc": True},
}


@dataclass(frozen=True)
class Combination:
    """Declarations D0, D1 … on one function of a ``kind``; the declarations ``givers`` say which VPC, a new one or one
    that is there; ``under`` a condition stands one declaration, or none. A function that is ``moved`` has no VpcConfig.
    """

    number: int
    kind: str
    vpc: str
    givers: tuple[int, ...]
    under: int | None
    moved: bool

    def __str__(self) -> str:
        """The name of the test."""
        condition = "" if self.under is None else f", D{self.under} under a condition"
        by = " and ".join(f"D{giver}" for giver in self.givers)
        moved = "moved into" if self.moved else "in"
        return f"{self.number} on a {self.kind} function {moved} {self.vpc} VPC by {by}{condition}"

    @property
    def function(self) -> str:
        """The logical id of the function."""
        return "D0" if self.kind == "new" else "Chat"

    @property
    def made(self) -> str:
        """The logical id of the new VPC."""
        return f"D{self.givers[0]}Vpc"

    @property
    def private(self) -> dict[str, Any]:
        """The function's own properties: a VpcConfig, unless a declaration puts it there."""
        if self.moved or (self.kind == "new" and 0 in self.givers):
            return {}
        subnets = [{"Ref": f"D{self.givers[0]}Subnet{number}"} for number in (1, 2)]
        generated = {"SubnetIds": subnets, "SecurityGroupIds": [{"Fn::GetAtt": ["Own", "GroupId"]}]}
        return {"VpcConfig": {**SUBNETS, "SecurityGroupIds": ["sg-1"]} if self.vpc == "existing" else generated}

    @property
    def beside(self) -> dict[str, Any]:
        """What the function's VpcConfig names, deployed with the function: a security group in the new VPC."""
        if self.vpc == "existing" or not self.private:
            return {}
        attributes = {"Condition": "C"} if self.kind == "new" and self.under == 0 else {}
        group = {"GroupDescription": "of the function", "VpcId": {"Fn::GetAtt": [f"D{self.givers[0]}", "VpcId"]}}
        return {"Own": {"Type": "AWS::EC2::SecurityGroup", **attributes, "Properties": group}}

    @property
    def given(self) -> tuple[str, ...]:
        """The values of the parameter with which the VPC has endpoints."""
        return tuple(wanted for wanted in ("yes", "no") if wanted == "yes" or set(self.givers) - {self.under})

    def _vpc(self, index: int) -> dict[str, Any]:
        """The properties with which a declaration names the VPC; the second of two names the new VPC of the first."""
        if self.vpc == "new" and index != self.givers[0]:
            return {"ExistingVpc": {"Fn::GetAtt": [f"D{self.givers[0]}", "VpcId"]}}
        return VPCS[self.vpc]

    def declarations(self) -> dict[str, Any]:
        """The declarations, by logical id."""
        found = {}
        for index, model in enumerate(MODELS[: self.number]):
            attributes = {"Condition": "C"} if index == self.under else {}
            properties: dict[str, Any] = {
                "BedrockModelId": model,
                "Geography": "us",
                "FoundationModelEnvironmentVariableName": f"MODEL_{index}",
                "InferenceProfileEnvironmentVariableName": f"PROFILE_{index}",
                **(self._vpc(index) if index in self.givers else {}),
            }
            own = {"LambdaFunctionProps": {**FUNCTION, **self.private}}
            made = self.kind == "new" and index == 0
            found[f"D{index}"] = (
                new(attributes, **properties, **own) if made else on({"Ref": self.function}, attributes, **properties)
            )
        return found

    def processed(self, *, turned: bool = False) -> dict[str, Any]:
        """The processed template, with the declarations in this order or ``turned``."""
        found = self.declarations()
        declarations = self.beside | (dict(reversed(found.items())) if turned else found)
        if self.kind == "new":
            return expanded(template(SECTIONS, **declarations))
        if self.kind == "plain":
            return expanded(template(SECTIONS, Chat=plain(**self.private), Role=role(), **declarations))
        chat = {"Chat": serverless(**self.private)}
        if self.kind == "serverless":
            return translated(expanded(template(SECTIONS, **chat, **declarations)))
        after = translated(template(SECTIONS, **chat))
        return expanded({**after, "Resources": {**after["Resources"], **declarations}})


KINDS = ("new", "plain", "serverless", "translated")


def combinations() -> Iterator[Combination]:
    """Every combination but those that cannot be: a function, or a declaration, in subnets that may not be there."""
    for number, kind, vpc, givers in product((2, 3), KINDS, VPCS, ((0,), (1,), (0, 1))):
        made_inside = kind == "new" and 0 in givers
        for under in (None, *range(number)):
            comes_and_goes = vpc == "new" and under == givers[0]
            if made_inside or not comes_and_goes:
                yield Combination(number, kind, vpc, givers, under, moved=False)
            if not made_inside and not (comes_and_goes and len(givers) > 1):
                yield Combination(number, kind, vpc, givers, under, moved=True)


CASES = [pytest.param(each, id=str(each)) for each in combinations()]


def entitled(stack: Deployed, index: int) -> Entitled:
    """What the declaration of that number entitles to."""
    model = MODELS[index]
    destinations = CATALOG.data.profiles[f"us.{model}"].routes["us-east-1"]
    return Entitled(stack, Route(model, "us-east-1", tuple(destinations), "us"), f"D{index}")


@pytest.mark.parametrize("wanted", ["yes", "no"])
@pytest.mark.parametrize("case", CASES)
def test_each_declaration_of_a_function_works(case: Combination, wanted: str) -> None:
    """Each profile that is deployed is in the function's variables, and the role and the endpoints let it be called."""
    stack = Deployed(case.processed(), "us-east-1", {"Wanted": wanted})
    there = [
        entitled(stack, index)
        for index in range(case.number)
        if f"D{index}InferenceProfile" in stack.resources and case.function in stack.resources
    ]
    if wanted == "yes" or case.under is None:
        assert len(there) == case.number
    if not there:
        return
    function = stack.properties(case.function)
    variables = function["Environment"]["Variables"]
    assert {name: arn for name, arn in variables.items() if name.startswith("PROFILE")} == {
        f"PROFILE_{each.logical_id[1]}": each.own for each in there
    }
    policies = [stack.identity(case.function)]
    if wanted in case.given:
        vpc = "vpc-1" if case.vpc == "existing" else case.made
        assert function["VpcConfig"]["SubnetIds"]
        assert function["VpcConfig"]["SecurityGroupIds"]
        policies.append(stack.endpoint("bedrock-runtime", vpc))
        for each in there:
            read = allowed(stack.endpoint("bedrock", vpc), READ, each.own, context(None))
            assert read, each.logical_id
    for each in there:
        assert list(each.wrong_calls(*policies, project=True)) == []
        others = [other for other in there if other is not each]
        assert not [model for model in each.models for other in others if _mixed(policies[0], model, other.own)]


def _mixed(policy: list[Statement], model: str, profile: str) -> bool:
    """Whether a policy lets a profile lead to a model that is not its own."""
    return any(allowed(policy, action, model, context(profile)) for action in INVOKE)


@pytest.mark.parametrize("wanted", ["yes", "no"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_deployed_can_be_deployed(case: Combination, wanted: str) -> None:
    """Nothing refers to what is not there, nothing waits for itself, and IAM takes every step there and back."""
    stack = Deployed(case.processed(), "us-east-1", {"Wanted": wanted})
    other = Deployed(stack.template, "us-east-1", {"Wanted": "no" if wanted == "yes" else "yes"})
    for logical_id in stack.resources:
        named = {name for name in references(stack.decided(logical_id)) if not name.startswith("AWS::")}
        assert named - {"Wanted"} <= stack.resources.keys(), logical_id
    update(None, stack)
    update(stack, other)


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_declarations_changes_nothing(case: Combination) -> None:
    """The same resources come out, if the template lists the declarations the other way round."""
    assert _unordered(case.processed(turned=True)) == _unordered(case.processed())


def _unordered(processed: dict[str, Any]) -> dict[str, Any]:
    """The resources, with the lists of which the order means nothing in one order."""
    found = copy.deepcopy(processed["Resources"])
    for resource in found.values():
        resource["DependsOn"] = sorted(listed(resource.get("DependsOn", [])))
        if resource["Type"] == "AWS::EC2::VPCEndpoint":
            resource["Properties"]["PolicyDocument"]["Statement"].sort(key=str)
    return dict(found)
