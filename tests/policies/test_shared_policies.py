"""Many declarations on one role: managed policies they share, if inline ones pass IAM's limit, and not before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bedrock_profile import names
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.expand import expand
from lambda_bedrock_profile.rules import RULES
from lambda_bedrock_profile.stack import shared_policies
from lambda_bedrock_profile.stack.shared_policies import merged
from tests.policies.entitled import INVOKE, READ, context
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import Statement, allowed, statement_of
from tests.support.sam_transform import translated
from tests.support.strict_iam import INLINE_LIMIT, MANAGED_LIMIT, Moment, size, update
from tests.support.templates import (
    ACCOUNT,
    FUNCTION,
    expanded,
    get_att,
    new,
    on,
    plain,
    problem,
    role,
    serverless,
    template,
)

MODEL = "anthropic.claude-sonnet-4-6"
PRO = "amazon.nova-pro-v1:0"
LONG_AGO = 7
"""As many tenants as fit inline in every Region."""


def tenant(function: str, number: int, **properties: Any) -> dict[str, Any]:
    """One more declaration on ``function``."""
    named = {
        "FoundationModelEnvironmentVariableName": "",
        "InferenceProfileEnvironmentVariableName": f"PROFILE_{number}",
        "InferenceProfileProps": {"Tags": [{"Key": "tenant", "Value": str(number)}]},
    }
    return on(function, **{"BedrockModelId": MODEL, **named, **properties})


def on_serverless(numbers: Iterable[int]) -> dict[str, Any]:
    """Tenants on one serverless function."""
    return template(Chat=serverless(), **{f"T{n}": tenant("Chat", n) for n in numbers})


def on_plain(numbers: Iterable[int]) -> dict[str, Any]:
    """Tenants on one function of CloudFormation's own type."""
    return template(Chat=plain(), Role=role(), **{f"T{n}": tenant("Chat", n) for n in numbers})


def on_new(numbers: Iterable[int]) -> dict[str, Any]:
    """Tenants on a function that a declaration makes, with its role."""
    return template(Chat=new(BedrockModelId=MODEL), **{f"T{n}": tenant("Chat", n) for n in numbers})


def own_roles(numbers: Iterable[int]) -> dict[str, Any]:
    """A new function for each tenant, all with one role of the template."""
    props = {**FUNCTION, "Role": get_att("Role", "Arn")}
    return template(Role=role(), **{f"T{n}": new(BedrockModelId=MODEL, LambdaFunctionProps=props) for n in numbers})


FORMS = {"serverless": on_serverless, "plain": on_plain, "new": on_new, "own role": own_roles}
ROLES = {"serverless": "ChatRole", "plain": "Role", "new": "ChatRole", "own role": "Role"}
each_form = pytest.mark.parametrize("form", FORMS)
REGION = "ap-southeast-2"


def deployed(source: Mapping[str, Any], region: str = REGION, **parameters: str) -> Deployed:
    """``source`` as deployed, after AWS SAM if it has a serverless function."""
    processed = expanded(source, region, provider=False, **parameters)
    later = any(item["Type"].startswith("AWS::Serverless") for item in source["Resources"].values())
    return Deployed(translated(processed) if later else processed, region, parameters)


def managed(stack: Deployed) -> list[str]:
    """The logical ids of the managed policies of a stack."""
    return [name for name, item in stack.resources.items() if item["Type"] == "AWS::IAM::ManagedPolicy"]


def function_of(stack: Deployed, logical_id: str) -> str:
    """The function of a declaration."""
    return "Chat" if "Chat" in stack.resources else logical_id


# An update


@each_form
@pytest.mark.parametrize("region", ["eu-central-1", REGION])
def test_no_limit_is_passed_at_any_moment(form: str, region: str) -> None:
    """Seven tenants, then eight, thirty and seven again: what is old and what is new stand side by side, and fit."""
    before, on_role = None, ROLES[form]
    for number in (LONG_AGO, 8, 30, LONG_AGO):
        stack = deployed(FORMS[form](range(number)), region)
        assert update(before, stack)
        inline = deployed_inline(FORMS[form](range(number)), region)
        assert bool(managed(stack)) == (characters(inline, on_role) > INLINE_LIMIT)
        assert managed(stack) or number < 30
        for logical_id in managed(stack):
            assert size(stack.properties(logical_id)["PolicyDocument"]) <= MANAGED_LIMIT
        before = stack


@each_form
def test_what_fits_stays_as_it_is(form: str) -> None:
    """Up to the limit each declaration has its own policy; beyond it none of those is left."""
    forms = []
    for number in range(1, 14):
        source = FORMS[form](range(number))
        inline = deployed_inline(source)
        stack = deployed(source)
        fits = characters(inline, ROLES[form]) <= INLINE_LIMIT
        assert (stack.template == inline.template) == fits == (not managed(stack))
        forms.append(fits)
        if not fits:
            assert not [name for name in stack.resources if name.startswith("T") and name.endswith("Policy")]
    assert forms == sorted(forms, reverse=True)
    assert True in forms
    assert False in forms


def deployed_inline(source: Mapping[str, Any], region: str = REGION) -> Deployed:
    """The stack as if IAM had no limit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_policies, "INLINE", 10**9)
        patch.setattr(shared_policies, "check_role", lambda *_: None)
        return deployed(source, region)


def characters(stack: Deployed, on_role: str) -> int:
    """The characters of the inline policies on a role.

    On AWS the name of a log group has the stack's name in it, of one letter at least, and twelve letters of its own.
    """
    groups: int = sum(item["Type"] == "AWS::Logs::LogGroup" for item in stack.resources.values())
    return sum(size(document) for document in inline_documents(stack, on_role)) + 15 * groups


def inline_documents(stack: Deployed, on_role: str) -> Iterator[Any]:
    """The documents of the inline policies on a role."""
    for logical_id, item in stack.resources.items():
        properties = stack.properties(logical_id)
        if logical_id == on_role:
            yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []))
        elif item["Type"] == "AWS::IAM::Policy" and on_role in properties["Roles"]:
            yield properties["PolicyDocument"]


# The permissions


def answers(policies: Sequence[Statement], stack: Deployed, tenants: Iterable[str]) -> dict[Any, bool]:
    """Whether each call is allowed: of every profile, of models through every profile, in every Region, and others."""
    profiles = [stack.profile_arn(name) for name in (*tenants, "Stranger")]
    regions = (stack.region, "ap-southeast-4", "us-east-1", "eu-west-1")
    models = [stack.model_arn(region, model) for region in regions for model in (MODEL, PRO)]
    system = [stack.arn(f"inference-profile/au.{MODEL}"), stack.arn(f"inference-profile/global.{MODEL}")]
    asked = [*profiles, *models, *system, stack.arn("project/default"), stack.arn("project/other")]
    asked += [f"arn:aws:logs:{stack.region}:{ACCOUNT}:log-group:{name}LogGroup:*:log-stream:s" for name in tenants]
    actions = (*INVOKE, READ, "bedrock:CountTokens", "logs:PutLogEvents", "xray:PutTraceSegments")
    return {
        (action, resource, key): allowed(policies, action, resource, context(key))
        for action in actions
        for resource in asked
        for key in (None, *profiles, *system)
    }


@each_form
def test_the_form_changes_no_permission(form: str) -> None:
    """What is allowed and what is denied is the same, to the last profile, model, Region and log group."""
    source = FORMS[form](range(14))
    shared, inline = deployed(source), deployed_inline(source)
    tenants = [f"T{n}" for n in range(14)]
    function = function_of(shared, "T0")
    assert managed(shared)
    found = answers(shared.identity(function), shared, tenants)
    assert found == answers(inline.identity(function), inline, tenants)
    assert found[INVOKE[0], shared.profile_arn("T13"), None]


def two_models(numbers: Iterable[int]) -> dict[str, Any]:
    """Tenants of two models in turns."""
    tenants = {f"T{n}": tenant("Chat", n, BedrockModelId=(MODEL, PRO)[n % 2], Geography=GEO[n % 2]) for n in numbers}
    return template(Chat=plain(), Role=role(), **tenants)


GEO = ("au", "auto")


def test_each_route_has_policies_of_its_own() -> None:
    """Tenants of one model leave those of another alone."""
    stack, inline = deployed(two_models(range(16))), deployed_inline(two_models(range(16)))
    assert len(managed(stack)) == 2
    tenants = [f"T{n}" for n in range(16)]
    assert answers(stack.identity("Chat"), stack, tenants) == answers(inline.identity("Chat"), inline, tenants)


SETS = st.sets(st.integers(0, 40), min_size=1, max_size=32)
MANY = st.sets(st.integers(0, 40), min_size=16, max_size=32)


@settings(max_examples=25, deadline=None)
@given(st.tuples(SETS, MANY, SETS))
def test_no_tenant_loses_its_profile_during_an_update(sets: tuple[set[int], set[int], set[int]]) -> None:
    """Whatever tenants come and go, one that stays may call its model at every moment, and no limit is passed.

    One side of each update has too many for inline policies: these alone are in each other's way, as they always were.
    """
    for old, stack in pairwise([deployed(on_plain(sorted(numbers))) for numbers in sets]):
        assert managed(old) or managed(stack)
        moments = update(old, stack)
        staying = [name for name in stack.resources if name in old.resources and name.endswith("InferenceProfile")]
        for moment in moments:
            policies = statements(moment)
            for name in staying:
                arn = stack.profile_arn(name.removesuffix("InferenceProfile"))
                assert allowed(policies, INVOKE[0], arn, context(None)), (moment.step, name)
                assert allowed(policies, INVOKE[0], stack.model_arn(REGION, MODEL), context(arn)), (moment.step, name)


def statements(moment: Moment) -> list[Statement]:
    """What stands on the role Role."""
    documents = moment.on("Role").values()
    return [statement_of(statement) for document in documents for statement in document.get("Statement", [])]


def test_the_order_of_declarations_decides_nothing() -> None:
    """The same tenants in another order have the same policies."""
    one, other = deployed(on_plain(range(20))), deployed(on_plain(reversed(range(20))))
    assert {name: one.resources[name] for name in managed(one)} == {
        name: other.resources[name] for name in managed(one)
    }


# Conditions, and what waits


CONDITIONS = {
    "Parameters": {name: {"Type": "String", "Default": "y"} for name in ("P", "Q")},
    "Conditions": {name: {"Fn::Equals": [{"Ref": name[-1]}, "y"]} for name in ("HasP", "HasQ")},
}


def conditional(*conditions: str | None) -> dict[str, Any]:
    """Fifteen tenants, each under one of ``conditions`` in turns."""
    tenants = {f"T{n}": tenant("Chat", n) for n in range(15)}
    for number, declaration in enumerate(tenants.values()):
        if (name := conditions[number % len(conditions)]) is not None:
            declaration["Condition"] = name
    return template(CONDITIONS, Chat=plain(), Role=role(), **tenants)


@pytest.mark.parametrize("conditions", [("HasP", "HasQ"), ("HasP",), (None, "HasP"), (None, "HasP", "HasQ")])
@pytest.mark.parametrize("values", [("y", "y"), ("y", "n"), ("n", "y"), ("n", "n")])
def test_a_tenant_that_is_not_deployed_has_no_permission(
    conditions: tuple[str | None, ...], values: tuple[str, str]
) -> None:
    """Statements of conditional declarations stand under their conditions, and no policy is empty."""
    chosen = dict(zip("PQ", values, strict=True))
    source = conditional(*conditions)
    processed = expanded(source, REGION)  # As if all were there, which is when policies are shared.
    stack = Deployed(processed, REGION, chosen)
    here = [f"T{n}" for n in range(15) if f"T{n}InferenceProfile" in stack.resources]
    assert update(None, stack) or not here
    policies = stack.identity("Chat")
    for name in (f"T{n}" for n in range(15)):
        assert allowed(policies, INVOKE[0], stack.profile_arn(name), context(None)) == (name in here)
    for logical_id in managed(stack):
        assert stack.properties(logical_id)["PolicyDocument"]["Statement"]
        assert {f"{name}InferenceProfile" for name in here} & stack.dependencies(logical_id)


def test_a_function_waits_for_the_policy_in_whatever_form() -> None:
    """So does everything that waits for a declaration; nothing waits for itself."""
    source = on_plain(range(14))
    source["Resources"]["T1"]["DependsOn"] = ["T0", "Queue"]
    source["Resources"]["Later"] = {"Type": "AWS::SNS::Topic", "DependsOn": "T0"}
    source["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    stack = deployed(source)
    (policy,) = managed(stack)
    assert policy in stack.dependencies("Chat")
    assert {policy, "Chat", "T0InferenceProfile"} <= stack.dependencies("Later")
    assert "Queue" in stack.dependencies(policy)
    assert update(None, stack)


def test_policies_of_declarations_that_agree_are_kept() -> None:
    """DeletionPolicy goes to a shared policy if all its declarations have it."""
    source = on_plain(range(14))
    for number in range(14):
        source["Resources"][f"T{number}"] |= {"DeletionPolicy": "Retain"}
    source["Resources"]["T3"]["UpdateReplacePolicy"] = "Retain"
    stack = deployed(source)
    (policy,) = managed(stack)
    assert stack.resources[policy]["DeletionPolicy"] == "Retain"
    assert "UpdateReplacePolicy" not in stack.resources[policy]


# What the template shows of the role's own


def document(characters: int) -> dict[str, Any]:
    """A policy document of that size."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ""}
    fixed = size({"Statement": [statement]})
    return {"Statement": [{**statement, "Resource": "x" * (characters - fixed)}]}


BIG = document(9_800)
OWN = {
    "in the role": ({}, {"Policies": [{"PolicyName": "Own", "PolicyDocument": BIG}]}),
    "in one branch or the other": (
        {},
        {"Policies": [{"PolicyName": "Own", "PolicyDocument": {"Fn::If": ["HasP", BIG, document(9_700)]}}]},
    ),
    "a policy": (
        {"Own": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": BIG, "Roles": [{"Ref": "Role"}]}}},
        {},
    ),
    "a role policy": (
        {"Own": {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyDocument": BIG, "RoleName": {"Ref": "Role"}}}},
        {},
    ),
}


@pytest.mark.parametrize(("more", "properties"), OWN.values(), ids=OWN)
def test_what_the_template_has_on_the_role_counts(more: dict[str, Any], properties: dict[str, Any]) -> None:
    """One declaration can be the one too many; a policy on another role, or one that may not be there, is none."""
    source = template(CONDITIONS, Chat=plain(), Role=role(**properties), X=on("Chat"), **more)
    for item in source["Resources"].values():
        if item["Type"] in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
            item["Properties"]["PolicyName"] = "Own"
    stack = deployed(source)
    assert len(managed(stack)) == 1
    assert update(None, stack)
    if more:
        elsewhere = {**more["Own"], "Properties": {**more["Own"]["Properties"], "Roles": ["a"], "RoleName": "a"}}
        assert not managed(deployed({**source, "Resources": {**source["Resources"], "Own": elsewhere}}))
        off = {"Conditions": {"HasP": {"Fn::Equals": [1, 2]}}}
        maybe = {**source["Resources"], "Own": {**more["Own"], "Condition": "HasP"}}
        assert not managed(deployed({**source, **off, "Resources": maybe}))


def test_the_policies_that_aws_sam_attaches_count() -> None:
    """Statements of a serverless function are inline in the role that AWS SAM makes."""
    source = template(Chat=serverless(Policies=[BIG, "AWSLambdaBasicExecutionRole"]), X=on("Chat"))
    assert len(managed(deployed(source))) == 1
    assert update(None, deployed(source))
    assert not managed(deployed(template(Chat=serverless(Policies=document(5_000)), X=on("Chat"))))


def test_an_inline_policy_that_cannot_move_is_an_error() -> None:
    """If the role's own policies are too long, no form of ours helps, and the message has the figure."""
    own = {"Policies": [{"PolicyName": "Own", "PolicyDocument": document(INLINE_LIMIT + 1)}]}
    found = problem(template(Chat=plain(), Role=role(**own), X=on("Chat")))
    assert (found.rule, found.where) == ("limit", "X.Properties.ExistingLambdaObj")
    assert "the role Role have at least 10,241 characters" in found.what
    found = problem(template(X=new(RoleProps=own)))
    assert (found.rule, found.where) == ("limit", "X.Properties.RoleProps")


# Managed policies on a role


def attached(number: int) -> list[str]:
    """The ARNs of that many managed policies."""
    return [f"arn:aws:iam::{ACCOUNT}:policy/P{each}" for each in range(number)]


def remarks(source: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ids of the rules about limits of a role, and where they are broken."""
    found = expand(source, StackContext(REGION, ACCOUNT), Catalog.bundled()).remarks
    return [(RULES[each.rule].id, each.where) for each in found if RULES[each.rule].id in ("I9011", "W9013")]


def made(number: int) -> dict[str, Any]:
    """A new function whose role has that many managed policies."""
    return template(X=new(RoleProps={"ManagedPolicyArns": attached(number)}))


def test_managed_policies_are_counted() -> None:
    """Ten fit in any account, twenty in a new one, twenty-five after a request, and more in none."""
    at = "X.Properties.RoleProps"
    assert remarks(made(10)) == []
    assert remarks(made(11)) == remarks(made(20)) == [("I9011", at)]
    assert remarks(made(21)) == remarks(made(25)) == [("W9013", at)]
    found = problem(made(26))
    assert (found.rule, found.where) == ("limit", at)
    assert "26 managed policies" in found.what


def test_managed_policies_are_counted_wherever_they_are_attached() -> None:
    """By the role, by AWS SAM, by a policy that names the role, and by the expansion."""
    at = [("I9011", "X.Properties.ExistingLambdaObj")]
    own = template(Chat=plain(), Role=role(ManagedPolicyArns=attached(10)), X=on("Chat"))
    assert remarks(own) == []
    more = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": BIG, "Roles": [{"Ref": "Role"}]}}
    assert remarks({"Resources": {**own["Resources"], "More": more}}) == at
    sam = {"Tracing": "Active", "VpcConfig": {"SubnetIds": ["s"], "SecurityGroupIds": ["g"]}}
    assert remarks(template(Chat=serverless(Policies=attached(7), **sam), X=on("Chat"))) == []
    assert remarks(template(Chat=serverless(Policies=attached(8), **sam), X=on("Chat"))) == at
    tenants = on_plain(range(14))
    tenants["Resources"]["Role"] = role(ManagedPolicyArns=attached(10))
    assert remarks(tenants) == [("I9011", "T0.Properties.ExistingLambdaObj")]


# Statements that become one


def statement(resource: Any, *profiles: str, **more: Any) -> dict[str, Any]:
    """An Allow on ``resource``, under the condition on ``profiles`` if there are any."""
    under = {"Condition": {"StringEquals": {"bedrock:InferenceProfileArn": list(profiles)}}} if profiles else {}
    return {"Sid": "S", "Effect": "Allow", "Action": "a:B", "Resource": resource, **under, **more}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (statement("a"), statement("a"), statement("a")),
        (statement("a"), statement(["b", "a"]), statement(["a", "b"])),
        (statement("a", "p"), statement("a", "q"), statement("a", "p", "q")),
        (statement("a", "p"), statement("b", "q"), None),
        (statement("a", "p"), statement("a"), None),
        (statement("a"), statement("a", Action="a:C"), None),
        (statement("a", Condition={"StringNotEquals": {"k": "p"}}), statement("a", "q"), None),
        (statement("a", "p"), statement("a", Condition={"StringEquals": {"k": ["p"]}}), None),
        (statement("a"), {"Fn::If": ["C", statement("a"), {"Ref": "AWS::NoValue"}]}, None),
    ],
)
def test_statements_that_differ_in_one_list_become_one(one: Any, other: Any, both: Any) -> None:
    """Others stay apart: a union in two places would allow what neither allows."""
    before = json.dumps([one, other])
    assert merged([one, other]) == ([one, other] if both is None else [both])
    assert json.dumps([one, other]) == before


ARNS = st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(lambda resources, keys: statement(resources, *keys), ARNS, ARNS), max_size=6))
def test_merged_statements_allow_the_same(written: list[dict[str, Any]]) -> None:
    """For any statements, every question has the answer that it had."""
    ask = partial(answers_to, [(resource, key) for resource in "abc" for key in "abc"])
    assert ask(merged(written)) == ask(written)


def answers_to(questions: Sequence[tuple[str, str]], written: Iterable[Any]) -> list[bool]:
    """Whether each resource may be had under each key."""
    found = [statement_of(each) for each in written]
    return [allowed(found, "a:B", resource, {"bedrock:InferenceProfileArn": key}) for resource, key in questions]


def test_a_shared_policy_is_known_by_its_id() -> None:
    """So a difference between two templates can say what it is."""
    assert all(names.is_shared_policy(name) for name in managed(deployed(on_plain(range(30)))))
    assert not names.is_shared_policy("ChatPolicy")
