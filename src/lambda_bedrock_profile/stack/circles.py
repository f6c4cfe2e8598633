"""Resources that wait for each other in a circle, which CloudFormation refuses without a word on who closed it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from lambda_bedrock_profile.diagnostics import Path, Problem
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.template.intrinsics import Scope, function_of
from lambda_bedrock_profile.template.order import circle, has_circle, waits
from lambda_bedrock_profile.template.references import depends_on, targets_of

_DEPENDS_ON: Final = ("DependsOn",)


def circles(
    plans: Sequence[Plan],
    generated: Mapping[str, Mapping[str, Any]],
    pointed: Mapping[str, Any],
    processed: Mapping[str, Any],
    scope: Scope,
    known: Sequence[Problem],
) -> Iterator[Problem]:
    """A problem for each circle that goes through what a declaration makes or changes.

    ``generated`` are the resources of each declaration; ``pointed`` the template's own, where the user wrote what
    closes the circle; ``processed`` the ones that CloudFormation will see. One declaration can close several circles,
    at different places; a circle through several of them is told once, and none where one of the ``known`` problems
    stands already.
    """
    # A declaration of a function of its own that is all plain data refers to nothing of the template.
    referring = [plan for plan in plans if not (plan.declaration.constant and plan.new_function)]
    order = waits(processed, scope) if referring else {}
    if not has_circle(order):
        return
    owners = {name: logical_id for logical_id, items in generated.items() for name in items}
    stands_for = {
        name: {plan.function_id, *generated[name]} for plan in plans for name in [plan.declaration.logical_id]
    }
    told: set[object] = {(problem.logical_id, problem.path) for problem in known}
    for plan in referring:
        logical_id = plan.declaration.logical_id
        for start in dict.fromkeys([plan.function_id, *generated[logical_id]]):
            found = circle(order, start) or []
            through = frozenset(owners[name] for name in found if name in owners)
            for owner, path, name in _written(logical_id, found, owners, pointed):
                key = through if len(through) > 1 else (owner, path)
                if told.isdisjoint({key, (owner, path)}):
                    told |= {key, (owner, path)}
                    what = f"closes a circle: {' → '.join(found)}, each waiting for the next"
                    yield Problem(owner, path, what, _fix(path, name, stands_for), "reference")
                    break


def _written(
    logical_id: str, found: Sequence[str], owners: Mapping[str, str], pointed: Mapping[str, Any]
) -> list[tuple[str, Path, str]]:
    """(logical id, path, name) of the references to a ``name`` that close the circle, by whom the user wrote them.

    The user's own resources may well refer to what a declaration makes, so what ``logical_id`` itself says is to blame;
    and a DependsOn before a reference, which may be needed.
    """
    places = [
        (owner, path, name)
        for waiting, name in pairwise(found)
        for owner in [owners.get(waiting, waiting)]
        for path in _places(pointed.get(owner), name)
    ]
    culprits = [place for place in places if place[0] == logical_id] or places
    return sorted(culprits, key=lambda place: place[1] != _DEPENDS_ON)


def _fix(path: Path, name: str, stands_for: Mapping[str, Collection[str]]) -> str:
    if path == _DEPENDS_ON:
        declared = [logical_id for logical_id, items in stands_for.items() if name in items]
        return f"Remove {' or '.join(dict.fromkeys([*declared, name]))} from DependsOn"
    named = f"one, such as !Sub ${{AWS::StackName}}-{name}, and write it here"
    return f"Take this reference to {name} out; where it is for a name, give {name} {named}"


def _places(resource: Any, name: str) -> Iterator[Path]:
    """Where the user's ``resource`` waits for ``name``."""
    if not isinstance(resource, dict):
        return
    if name in depends_on(resource):
        yield _DEPENDS_ON
    properties = resource.get("Properties")
    for key, value in properties.items() if isinstance(properties, dict) else ():
        if key != "ExistingLambdaObj":
            yield from _references(value, name, ("Properties", key))


def _references(value: Any, name: str, at: Path) -> Iterator[Path]:
    if function_of(value) in ("Ref", "Fn::GetAtt", "Fn::Sub"):
        if name in targets_of(value):
            yield at
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _references(item, name, (*at, key))
