"""Templates that somebody might write: mostly right, sometimes wrong, with references and conditions all over."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lambda_bedrock_profile.declaration import TYPE
from lambda_bedrock_profile.declaration.schema import SCHEMA
from tests.support.templates import FUNCTION, MODEL, plain, role, serverless

SECRET = "hunter2hunter2"
SECTIONS: dict[str, Any] = {
    "Parameters": {
        "Text": {"Type": "String", "Default": "text"},
        "Model": {"Type": "String", "Default": MODEL},
        "Hidden": {"Type": "String", "NoEcho": True, "Default": SECRET},
        "Items": {"Type": "CommaDelimitedList", "Default": "one,two"},
    },
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "Text"}, "x"]}, "D": {"Fn::Not": [{"Condition": "C"}]}},
    "Mappings": {"M": {"us-east-1": {"Model": MODEL, "Flag": "true"}}},
}
NO_VALUE = {"Ref": "AWS::NoValue"}
DECLARED = ("X", "Y", "Zed")
FUNCTIONS = ("Chat", "Plain", "Imported")


def sometimes(usual: st.SearchStrategy[Any], *rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly ``usual``, at times one of ``rare``."""
    # One of them by number: st.one_of takes equal branches for one.
    return st.integers(0, 14).flatmap(lambda number: st.one_of(*rare) if number == 7 else usual)


def conditional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """``values``, at times under a condition."""
    return sometimes(values, st.builds(lambda name, a, b: {"Fn::If": [name, a, b]}, conditions, values, values))


conditions = st.sampled_from(["C", "D"])
texts = st.sampled_from(
    [
        "text",
        {"Ref": "Text"},
        {"Fn::Sub": "${Text}-${AWS::Region}"},
        {"Ref": "Hidden"},
        {"Fn::ImportValue": "x"},
        NO_VALUE,
    ]
)
models = sometimes(
    st.sampled_from([MODEL, {"Ref": "Model"}, {"Fn::FindInMap": ["M", "us-east-1", "Model"]}]),
    st.sampled_from(["", "amazon.nova-lite", "us.amazon.nova-lite-v1:0", {"Ref": "Hidden"}, {"Ref": "Text"}, 5]),
)
flags = st.sampled_from([True, False, "true", {"Fn::FindInMap": ["M", "us-east-1", "Flag"]}])
references = st.sampled_from(
    [{"Ref": "Chat"}, {"Fn::GetAtt": ["Plain", "Arn"]}, {"Fn::Sub": "a-${Imported}"}, {"Ref": "Queue"}]
)
tag_values = st.one_of(texts.filter(lambda text: text != NO_VALUE), references)
tags = conditional(
    st.builds(
        lambda found: [{"Key": key, "Value": value} for key, value in zip("ab", found, strict=False)],
        st.lists(tag_values, max_size=2),
    )
)
environments = conditional(
    st.sampled_from([{}, NO_VALUE, {"Variables": {"OWN": "1"}}, {"Variables": {"OWN": {"Ref": "Hidden"}}}])
)
function_props = st.fixed_dictionaries(
    {name: st.just(value) for name, value in FUNCTION.items()},
    optional={
        "Description": texts,
        "Environment": environments,
        "Timeout": sometimes(st.sampled_from([1, "900", {"Fn::ImportValue": "x"}]), st.sampled_from([0, "soon"])),
        "Layers": st.sampled_from([[{"Ref": "Text"}], {"Ref": "Items"}]),
        "TracingConfig": st.sampled_from(
            [{"Mode": "PassThrough"}, {"Mode": {"Fn::If": ["C", "Active", "PassThrough"]}}]
        ),
    },
)
own_roles = sometimes(st.sampled_from([{"Fn::GetAtt": ["Role", "Arn"]}, {"Fn::ImportValue": "r"}]), st.just("no-arn"))
own_logs = conditional(st.sampled_from([{"LogFormat": "JSON"}, {"LogGroup": "own"}, NO_VALUE]))
role_props = st.fixed_dictionaries({}, optional={"Path": st.just("/a/"), "Tags": tags, "Policies": st.just([])})
log_group_props = st.fixed_dictionaries(
    {}, optional={"RetentionInDays": sometimes(st.sampled_from([7, "14"]), st.just(8))}
)
options = {
    "InferenceProfileProps": st.fixed_dictionaries({}, optional={"Tags": tags, "Description": st.just("a text")}),
    "Geography": sometimes(st.just("auto"), st.sampled_from(["us", "eu", "global"])),
    "DeployCrossRegionProfile": sometimes(st.sampled_from([True, "true"]), flags),
}
risks = {
    "ExistingInferenceProfile": st.sampled_from(
        [
            {"Fn::GetAtt": ["X", "InferenceProfileArn"]},
            {"Fn::GetAtt": ["Y", "InferenceProfileArn"]},
            {"Fn::Sub": "${Zed.InferenceProfileArn}"},
            {"Ref": "Hidden"},
            {"Fn::If": ["C", {"Fn::ImportValue": "p"}, NO_VALUE]},
            "us.amazon.nova-lite-v1:0",
        ]
    ),
    "DestinationRegions": st.sampled_from([["us-east-1"], ["us-east-1", "us-west-2"], {"Ref": "Items"}]),
    "DeployVpc": flags,
    "ExistingVpc": st.sampled_from([{"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}, {"Ref": "Text"}, {"Ref": "X"}]),
    "InterfaceEndpoints": st.sampled_from([[], ["bedrock-runtime"], ["bedrock-runtime", "sts"]]),
    "VerifyModelAccess": flags,
    "Monitoring": st.fixed_dictionaries(
        {},
        optional={
            "AlarmTopicArn": st.one_of(texts, references),
            "Throttles": st.sampled_from([0, 3, "x", {"Fn::If": ["C", 0, 2]}, {"Ref": "Hidden"}, NO_VALUE]),
            "TokensPerHour": st.sampled_from([5, {"Ref": "Text"}, {"Fn::ImportValue": "x"}]),
        },
    ),
    "Guardrail": st.fixed_dictionaries(
        {"Identifier": st.one_of(texts, references), "Version": st.sampled_from([1, "DRAFT", {"Ref": "Hidden"}])},
        optional={"Enforce": flags, "VersionEnvironmentVariableName": st.sampled_from(["", "OWN", "PROFILE_0"])},
    ),
    "RoleProps": role_props,
    "LogGroupProps": log_group_props,
    "InferenceProfileProps": st.fixed_dictionaries({}, optional={"Description": texts, "ModelSource": texts}),
    "Nonsense": texts,
}
new_functions = st.one_of(
    st.fixed_dictionaries(
        {"LambdaFunctionProps": function_props, "RoleProps": role_props, "LogGroupProps": log_group_props}
    ),
    st.builds(
        lambda props, own, logs: {"LambdaFunctionProps": {**props, "Role": own, "LoggingConfig": logs}},
        function_props,
        own_roles,
        own_logs,
    ),
    st.builds(
        lambda props: {"LambdaFunctionProps": props, "DeployVpc": True, "InterfaceEndpoints": ["bedrock-runtime"]},
        function_props,
    ),
)
roles = st.sampled_from(
    [{"Ref": "Role"}, {"Fn::GetAtt": ["Role", "Arn"]}, {"Ref": "ChatRole"}, {"Fn::GetAtt": ["X", "RoleArn"]}, "Role"]
)
policies = sometimes(st.sampled_from(["Retain", "Delete"]), st.just("Snapshot"))
functions = st.fixed_dictionaries({}, optional={"Condition": conditions, "DependsOn": st.sampled_from(["Queue", "X"])})


def attributes(others: list[str]) -> st.SearchStrategy[Any]:
    """Attributes of a declaration that may wait for, and speak of, ``others``."""
    waits = st.sampled_from(["Queue", "Chat", [*others, "Queue"], ["Queue", "Plain"]])
    notes = st.sampled_from([{"a": {"Ref": name}, "b": [{"Fn::GetAtt": f"{name}.Arn"}]} for name in ["Chat", *others]])
    optional = {"Condition": conditions, "DependsOn": waits, "DeletionPolicy": policies, "Metadata": notes}
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def declarations(draw: st.DrawFn, number: int, others: list[str]) -> dict[str, Any]:
    """A declaration beside ``others``; those of one template have variables of different names, mostly."""
    properties: dict[str, Any] = draw(st.fixed_dictionaries({"BedrockModelId": models}, optional=options))
    kind = draw(sometimes(st.sampled_from(["new", "existing"]), st.just("role")))
    if kind == "new":
        properties |= draw(new_functions)
    elif kind == "role":
        properties["ExistingRole"] = draw(roles)
    else:
        name = draw(sometimes(st.sampled_from(FUNCTIONS), st.sampled_from([*others, "Nowhere"])))
        properties["ExistingLambdaObj"] = draw(st.sampled_from([name, {"Ref": name}, {"Fn::GetAtt": [name, "Arn"]}]))
    if draw(sometimes(st.just(False), st.just(True))):
        name = draw(st.sampled_from(sorted(risks)))
        properties[name] = draw(risks[name])
    if draw(sometimes(st.just(True), st.just(False))):
        properties["FoundationModelEnvironmentVariableName"] = f"MODEL_{number}"
        properties["InferenceProfileEnvironmentVariableName"] = f"PROFILE_{number}"
    return {"Type": TYPE, **draw(attributes(others)), "Properties": properties}


ATTRIBUTES = ("Arn", "InferenceProfileArn", "InferenceProfileId", "RoleArn", "ModelId", "FunctionName")


@st.composite
def uses(draw: st.DrawFn, names: tuple[str, ...]) -> Any:
    """A reference to one of ``names``, in any form."""
    name = draw(st.sampled_from(names))
    attribute = draw(sometimes(st.sampled_from(ATTRIBUTES), st.just("Nope")))
    return draw(
        st.sampled_from(
            [
                {"Ref": name},
                {"Fn::GetAtt": [name, attribute]},
                {"Fn::GetAtt": f"{name}.{attribute}"},
                {"Fn::Sub": f"${{{name}}} and ${{{name}.{attribute}}} ${{!{name}}}"},
                {"Fn::Sub": ["${V} ${" + name + "}", {"V": {"Fn::GetAtt": [name, attribute]}}]},
                {"Fn::If": ["C", {"Ref": name}, NO_VALUE]},
            ]
        )
    )


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """A template with up to three declarations among functions and other resources."""
    declared = draw(st.lists(st.sampled_from(DECLARED), max_size=3, unique=True))
    resources: dict[str, Any] = {
        "Role": role(),
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Chat": serverless(draw(functions), Environment=draw(environments)),
        "Plain": plain(draw(functions)),
        "Imported": plain(draw(functions), Role={"Fn::ImportValue": "Role"}),
    }
    for number, name in enumerate(declared):
        resources[name] = draw(declarations(number, declared[:number]))
    for name in ("Chat", "Plain", "Imported"):
        if resources[name].get("DependsOn") == "X" and "X" not in declared:
            del resources[name]["DependsOn"]
    outputs = {}
    if declared:
        names = tuple(declared)
        resources["User"] = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": draw(uses(names))}}
        resources["User"]["DependsOn"] = draw(st.sampled_from([names[0], [*names, "Queue"]]))
        outputs = {"Used": {"Value": draw(uses(names))}}
    order = draw(st.permutations(sorted(resources)))
    shared = {"Function": {"Environment": draw(environments), "Timeout": 3}}
    sections = {**SECTIONS, **({"Globals": shared} if draw(st.booleans()) else {})}
    return {**sections, "Resources": {name: resources[name] for name in order}, "Outputs": outputs}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join"]), inner, max_size=1)
    ),
    max_leaves=10,
)
"""Anything at all, calls of functions in forms that nobody documents among it."""

property_names = st.sampled_from(sorted(SCHEMA["properties"]))
nested_names = st.sampled_from(
    [(name, inner) for name, item in SCHEMA["properties"].items() for inner in sorted(item.get("properties", {}))]
)
