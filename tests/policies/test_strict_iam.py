"""The stand-in of IAM refuses what IAM refuses, at any moment of an update."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployed import Deployed
from tests.support.strict_iam import INLINE_LIMIT, MANAGED_LIMIT, LimitExceededError, moments, size, update
from tests.support.templates import role, template


def document(characters: int) -> dict[str, Any]:
    """A policy document of that size."""
    return {"Statement": "x" * (characters - size({"Statement": ""}))}


def inline(characters: int, *after: str, on: str = "Role", name: str | None = None) -> dict[str, Any]:
    """A policy on a role, which waits for ``after``."""
    properties = {"PolicyDocument": document(characters), "Roles": [{"Ref": on}], "PolicyName": name or f"{characters}"}
    return {"Type": "AWS::IAM::Policy", "DependsOn": list(after), "Properties": properties}


def managed(characters: int, *after: str) -> dict[str, Any]:
    """A managed policy on the role Role."""
    properties = {"PolicyDocument": document(characters), "Roles": [{"Ref": "Role"}]}
    return {"Type": "AWS::IAM::ManagedPolicy", "DependsOn": list(after), "Properties": properties}


def stack(**resources: Any) -> Deployed:
    """A stack with the role Role and ``resources``."""
    return Deployed(template(**{"Role": role(), **resources}), "us-east-1")


def test_a_document_is_measured_without_white_space() -> None:
    """Neither the layout of the JSON nor a space in a text counts."""
    assert size({"Statement": [{"Sid": "a b\n"}]}) == len('{"Statement":[{"Sid":"ab\\n"}]}')
    assert size(document(100)) == 100


def test_the_inline_policies_of_a_role_are_counted_together() -> None:
    """What stands in the role and what is attached to it share 10,240 characters, and the last one fits."""
    own = role(Policies=[{"PolicyName": "Own", "PolicyDocument": document(INLINE_LIMIT - 100)}])
    assert update(None, stack(Role=own, A=inline(100)))[-1].inline("Role") == INLINE_LIMIT
    with pytest.raises(LimitExceededError, match=f"Role has {INLINE_LIMIT + 1} of {INLINE_LIMIT} characters"):
        update(None, stack(Role=own, A=inline(101)))
    assert update(None, stack(Role=own, Other=role(), A=inline(101, on="Other")))


def test_a_managed_policy_is_counted_by_itself() -> None:
    """It has 6,144 characters of its own, also where only the role names it."""
    assert update(None, stack(A=managed(MANAGED_LIMIT), B=managed(MANAGED_LIMIT)))[-1].attached("Role") == 2
    with pytest.raises(LimitExceededError, match=f"A has {MANAGED_LIMIT + 1}"):
        update(None, stack(A=managed(MANAGED_LIMIT + 1)))
    alone = managed(MANAGED_LIMIT + 1)
    del alone["Properties"]["Roles"]
    with pytest.raises(LimitExceededError, match="A has"):
        update(None, stack(A=alone, Role=role(ManagedPolicyArns=[{"Ref": "A"}])))


@pytest.mark.parametrize(("quota", "fits"), [(2, False), (3, True)])
def test_attachments_are_counted_from_both_sides(quota: int, fits: bool) -> None:
    """Policies that the role names and policies that name the role are attached alike."""
    source = stack(Role=role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnly"]), A=managed(100), B=managed(100))
    if fits:
        assert update(None, source, quota)[-1].attached("Role") == 3
    else:
        with pytest.raises(LimitExceededError, match="Role has 3 of 2 policies"):
            update(None, source, quota)


def test_what_is_old_stands_beside_what_is_new() -> None:
    """CloudFormation deletes last, so a policy under a new logical id needs room for both."""
    half = INLINE_LIMIT // 2
    assert update(stack(A=inline(half)), stack(B=inline(half, name="new")))
    with pytest.raises(LimitExceededError, match="put B"):
        update(stack(A=inline(half)), stack(B=inline(half + 1, name="new")))


def test_the_same_policy_may_grow_in_place() -> None:
    """An update of one policy needs the room of the larger text only."""
    small, large = inline(100, name="A"), inline(INLINE_LIMIT, name="A")
    assert update(stack(A=small), stack(A=large))[-1].inline("Role") == INLINE_LIMIT
    assert update(stack(A=large), stack(A=small))[-1].inline("Role") == 100


def test_what_grows_may_come_before_what_shrinks() -> None:
    """Two updates without an order between them fit only if they fit the wrong way round; DependsOn makes an order."""
    old = stack(A=inline(6000, name="A"), B=inline(4000, name="B"))
    shrunk, grown = inline(4000, name="A"), inline(6000, name="B")
    with pytest.raises(LimitExceededError, match="put B: Role has 12000"):
        update(old, stack(A=shrunk, B=grown))
    assert update(old, stack(A=shrunk, B={**grown, "DependsOn": "A"}))


def test_a_policy_that_two_resources_write_is_refused() -> None:
    """The one that goes would take the permissions of the other along."""
    with pytest.raises(LimitExceededError, match="A and B both write Same on Role"):
        update(stack(A=inline(100, name="Same")), stack(B=inline(100, name="Same")))


def test_a_step_with_no_change_is_no_step() -> None:
    """A policy that stays as it is is not touched."""
    same = stack(A=inline(100))
    assert list(moments(same, same)) == []
    assert [moment.step for moment in moments(same, stack())] == ["A is deleted"]


def test_resources_under_a_condition_that_does_not_hold_write_nothing() -> None:
    """Only what is deployed counts."""
    off = {**inline(INLINE_LIMIT + 1), "Condition": "Off"}
    source = template({"Conditions": {"Off": {"Fn::Equals": [1, 2]}}}, Role=role(), A=off)
    assert update(None, Deployed(source, "us-east-1")) == []


def test_a_circular_dependency_is_refused() -> None:
    """There is no order for resources that wait for each other."""
    with pytest.raises(ValueError, match="circular dependency among A, B"):
        update(None, stack(A=inline(100, "B"), B=inline(101, "A")))
