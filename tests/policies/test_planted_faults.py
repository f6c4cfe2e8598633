"""The suite finds a fault: each of these policies is wrong in one way, and the questions of the routes tell.

A fault that widens a policy lets something round the profile; one that narrows it denies the function its model.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.policies.entitled import KEY
from tests.policies.routes import Route, routes
from tests.policies.stacks import Deploy, after_sam, before_sam, existing_functions, functions_of, new_functions
from tests.support.templates import MODEL

Template = dict[str, Any]
Fault = Callable[[Template], None]


def policies(template: Template) -> Iterator[dict[str, Any]]:
    """The documents of the roles' and the attached policies."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            yield from (policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", []))
        if resource["Type"] == "AWS::IAM::Policy":
            yield resource["Properties"]["PolicyDocument"]


def statement(template: Template, action: str, *, through: bool = False) -> dict[str, Any]:
    """The statement of the role that allows ``action``; of the two for calls the one ``through`` the profile."""
    return next(
        each
        for document in policies(template)
        for each in document["Statement"]
        if action in each["Action"] and ("Condition" in each) == through
    )


def models(template: Template) -> dict[str, Any]:
    """The statement that allows the models."""
    return statement(template, "bedrock:InvokeModel", through=True)


def profile(template: Template) -> dict[str, Any]:
    """The statement that allows the profile."""
    return statement(template, "bedrock:InvokeModel")


def endpoint(template: Template, service: str) -> dict[str, Any]:
    """The statement of the endpoint to ``service``."""
    name = {"Fn::Sub": "com.amazonaws.${AWS::Region}." + service}
    found = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::EC2::VPCEndpoint"]
    (statements,) = (each["PolicyDocument"]["Statement"] for each in found if each["ServiceName"] == name)
    first: dict[str, Any] = statements[0]
    return first


def condition(template: Template, operator: str, values: Any = None) -> None:
    """The models under another condition."""
    found = models(template)
    ((_, keys),) = found["Condition"].items()
    found["Condition"] = {operator: keys if values is None else {KEY: values}}


def without(values: list[Any], *texts: str) -> None:
    """Take the first item that speaks of one of ``texts`` out of a list."""
    values.remove(next(value for value in values if any(text in str(value) for text in texts)))


OWN = {"Fn::GetAtt": ["X0InferenceProfile", "InferenceProfileArn"]}
HERE = "arn:${AWS::Partition}:bedrock:${AWS::Region}:"
WIDER: dict[str, Fault] = {
    "the condition is gone": lambda t: models(t).pop("Condition"),
    "the key may be absent": lambda t: condition(t, "StringEqualsIfExists"),
    "any profile will do": lambda t: condition(t, "ArnLike", "arn:*:bedrock:*:*:*"),
    "any system-defined profile will do": lambda t: condition(t, "StringLike", [OWN, "arn:*:inference-profile/*"]),
    "every profile but one": lambda t: condition(t, "StringNotEquals"),
    "the key need only be there": lambda t: condition(t, "Null", "false"),
    "every model": lambda t: models(t).update(Resource="arn:*:bedrock:*::foundation-model/*"),
    "every Region": lambda t: models(t)["Resource"].append("arn:*:bedrock:*::foundation-model/" + MODEL),
    "one Region more": lambda t: models(t)["Resource"].append(
        {"Fn::Sub": "arn:${AWS::Partition}:bedrock:eu-west-1::foundation-model/" + MODEL}
    ),
    "the system-defined profile": lambda t: profile(t)["Resource"].append(
        {"Fn::Sub": HERE + "${AWS::AccountId}:inference-profile/us." + MODEL}
    ),
    "every application profile": lambda t: profile(t)["Resource"].append(
        {"Fn::Sub": HERE + "${AWS::AccountId}:application-inference-profile/*"}
    ),
    "the same profile of every account": lambda t: profile(t)["Resource"].append(
        {"Fn::Sub": [HERE + "*:${Rest}", {"Rest": {"Fn::Select": [5, {"Fn::Split": [":", OWN]}]}}]}
    ),
    "every project": lambda t: profile(t)["Resource"].append({"Fn::Sub": HERE + "${AWS::AccountId}:project/*"}),
    "every action of Bedrock": lambda t: profile(t).update(Action="bedrock:*"),
    "every action that invokes": lambda t: models(t).update(Action="bedrock:Invoke*"),
    "tags of the profile": lambda t: profile(t)["Action"].append("bedrock:TagResource"),
    "a second statement": lambda t: next(policies(t))["Statement"].append(
        {"Effect": "Allow", "Action": "bedrock:Invoke*", "Resource": {"Fn::Sub": HERE + ":foundation-model/*"}}
    ),
    "the endpoint lets every model through": lambda t: endpoint(t, "bedrock-runtime").update(Resource="*"),
    "the endpoint serves every account": lambda t: endpoint(t, "bedrock-runtime").pop("Condition"),
    "the control plane is open": lambda t: endpoint(t, "bedrock").update(Action="bedrock:*"),
}
NARROWER: dict[str, Fault] = {
    "no destination": lambda t: without(models(t)["Resource"], "us-west-2"),
    "no source": lambda t: without(models(t)["Resource"], "us-east-1"),
    "no stream": lambda t: profile(t)["Action"].remove("bedrock:InvokeModelWithResponseStream"),
    "no stream of the models": lambda t: models(t).update(Action="bedrock:InvokeModel"),
    "no project": lambda t: without(profile(t)["Resource"], "project/default"),
    "no looking up": lambda t: profile(t)["Action"].remove("bedrock:GetInferenceProfile"),
    "the profile under the condition, too": lambda t: profile(t).update(Condition=models(t)["Condition"]),
    "the application profile is not in the condition": lambda t: without(
        models(t)["Condition"]["StringEquals"][KEY], "Fn::GetAtt"
    ),
    "the system-defined profile is not in the condition": lambda t: without(
        models(t)["Condition"]["StringEquals"][KEY], "inference-profile/us."
    ),
    "a Deny": lambda t: next(policies(t))["Statement"].append(
        {"Effect": "Deny", "Action": "bedrock:*", "Resource": "*", "Condition": {"Null": {KEY: "true"}}}
    ),
    "a Deny that the context meets": lambda t: next(policies(t))["Statement"].append(
        {
            "Effect": "Deny",
            "Action": "bedrock:InvokeModel*",
            "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"bedrock:GuardrailIdentifier": "x"}},
        }
    ),
    "the endpoint leaves the project out": lambda t: without(
        endpoint(t, "bedrock-runtime")["Resource"], "project/default"
    ),
    "the endpoint leaves a destination out": lambda t: without(endpoint(t, "bedrock-runtime")["Resource"], "us-west-2"),
    "the endpoint lets no stream through": lambda t: endpoint(t, "bedrock-runtime").update(
        Action="bedrock:InvokeModel"
    ),
    "the endpoint is another account's": lambda t: endpoint(t, "bedrock-runtime").update(
        Condition={"StringEquals": {"aws:PrincipalAccount": "999999999999"}}
    ),
    "the control plane is shut": lambda t: endpoint(t, "bedrock").update(Resource="arn:aws:bedrock:::no"),
}


OF_A_NEW_FUNCTION: dict[str, Fault] = {
    "every log group": lambda t: statement(t, "logs:PutLogEvents").update(Resource="*"),
    "no log group": lambda t: statement(t, "logs:PutLogEvents").update(Resource="arn:aws:logs:::none"),
    "every action on the logs": lambda t: statement(t, "logs:PutLogEvents").update(Action="logs:*"),
    "every action on interfaces": lambda t: statement(t, "ec2:CreateNetworkInterface").update(Action="ec2:*"),
    "no interface": lambda t: statement(t, "ec2:CreateNetworkInterface").update(Action="ec2:DeleteNetworkInterface"),
}


def route(geography: str, source: str, model: str) -> Route:
    """A route of the catalog."""
    return next(each for each in routes() if (each.geography, each.source, each.model) == (geography, source, model))


def wrong(deploy: Deploy, chosen: Route, fault: Fault | None = None) -> list[str]:
    """What the questions find in the policies of a function, with a fault planted or without."""
    template = copy.deepcopy(deploy([chosen]))
    if fault is not None:
        fault(template)
    return [each for function in functions_of(template, [chosen]) for each in function.wrong()]


US = route("us", "us-east-1", MODEL)
WAYS: list[Deploy] = [new_functions, existing_functions, before_sam, after_sam]


@pytest.mark.parametrize("deploy", WAYS)
def test_each_fault_is_found(deploy: Deploy) -> None:
    """No fault of a policy gets past the questions, and without one there is nothing to find."""
    faults = {**WIDER, **NARROWER, **(OF_A_NEW_FUNCTION if deploy is new_functions else {})}
    assert wrong(deploy, US) == []
    assert [name for name, fault in faults.items() if not wrong(deploy, US, fault)] == []


def test_a_policy_on_another_role_is_found() -> None:
    """A policy that is attached to a role of somebody else gives the function nothing."""

    def elsewhere(template: Template) -> None:
        template["Resources"]["X0Policy"]["Properties"]["Roles"] = ["Other"]

    assert any("no converse" in each for each in wrong(existing_functions, US, elsewhere))


def test_a_global_route_needs_the_arn_without_a_region() -> None:
    """The last evaluation of a global call is on an ARN that names no Region."""
    worldwide = next(each for each in routes() if each.geography == "global")
    assert wrong(new_functions, worldwide) == []
    assert wrong(new_functions, worldwide, lambda template: without(models(template)["Resource"], ":bedrock:::"))


def test_an_arn_of_another_partition_is_found() -> None:
    """An ARN that spells its partition is wrong in GovCloud."""
    government = next(each for each in routes() if each.geography == "us-gov")

    def spelt(template: Template) -> None:
        resources = models(template)["Resource"]
        resources[:] = [{"Fn::Sub": each["Fn::Sub"].replace("${AWS::Partition}", "aws")} for each in resources]

    assert wrong(new_functions, government) == []
    assert wrong(new_functions, government, spelt)
