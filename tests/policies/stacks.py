"""Stacks with a declaration for each of many routes from one Region, in every way that a function can be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.policies.entitled import Entitled
from tests.policies.routes import CATALOG, Route, routes
from tests.support.deployed import Deployed
from tests.support.sam_transform import translated
from tests.support.templates import expanded, new, on, plain, role, serverless, template

IN_ONE_STACK = 40
"""Each declaration has a VPC and endpoints of its own: a stack takes 500 resources."""
PRIVATE = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}

Deploy = Callable[[Sequence[Route]], dict[str, Any]]


@dataclass(frozen=True)
class Function:
    """A function of a deployed stack, and what it is entitled to; ``vpc`` is the id of its VPC."""

    logical_id: str
    vpc: str
    entitled: Entitled

    def wrong(self) -> Iterator[str]:
        """Everything that the policies of its role and of its endpoints answer wrong, alone and together."""
        stack, entitled = self.entitled.stack, self.entitled
        role = stack.identity(self.logical_id)
        runtime, control = (stack.endpoint(service, self.vpc) for service in ("bedrock-runtime", "bedrock"))
        yield from entitled.wrong(role)
        yield from entitled.wrong_at("bedrock-runtime", runtime)
        yield from entitled.wrong_at("bedrock", control)
        for project in (True, False):
            yield from entitled.wrong_calls(role, runtime, project=project)
        if self.logical_id == entitled.logical_id:
            yield from entitled.wrong_around(role)


def functions(deploy: Deploy, part: int = 0, parts: int = 1) -> Iterator[Function]:
    """A function for each route, written in one way; of the stacks every one of ``parts``, from ``part`` on."""
    for together in _batches()[part::parts]:
        yield from functions_of(deploy(together), together)


def functions_of(processed: dict[str, Any], together: Sequence[Route]) -> list[Function]:
    """The functions of a processed template that was made for these routes."""
    stack = Deployed(processed, together[0].source)
    name = "Chat" if "Chat0" in processed["Resources"] else "X"
    return [
        Function(f"{name}{number}", f"vpc-{number}", Entitled(stack, route, f"X{number}"))
        for number, route in enumerate(together)
    ]


@cache
def _batches() -> tuple[tuple[Route, ...], ...]:
    by_region: dict[str, list[Route]] = {}
    for route in routes():
        by_region.setdefault(route.source, []).append(route)
    return tuple(
        tuple(found[first : first + IN_ONE_STACK])
        for found in by_region.values()
        for first in range(0, len(found), IN_ONE_STACK)
    )


def new_functions(together: Sequence[Route]) -> dict[str, Any]:
    """Functions that the macro makes, in VPCs that are there."""
    return _expanded(
        together[0].source, {f"X{n}": new(**_private(n), **each.choice) for n, each in enumerate(together)}
    )


def existing_functions(together: Sequence[Route]) -> dict[str, Any]:
    """Functions of CloudFormation's own type with a role each."""
    return _expanded(together[0].source, _beside(together, _plain))


def before_sam(together: Sequence[Route]) -> dict[str, Any]:
    """Serverless functions, with the macro first."""
    return translated(_expanded(together[0].source, _beside(together, _serverless)))


def after_sam(together: Sequence[Route]) -> dict[str, Any]:
    """Serverless functions, with AWS SAM first."""
    functions = _translated(len(together))
    declarations = {name: item for name, item in _beside(together, _serverless).items() if name.startswith("X")}
    return _expanded(together[0].source, {**functions, **declarations})


@cache
def _translated(number: int) -> dict[str, Any]:
    functions = template(**{name: item for n in range(number) for name, item in _serverless(n).items()})
    found: dict[str, Any] = translated(functions)["Resources"]
    return found


def _expanded(region: str, resources: dict[str, Any]) -> dict[str, Any]:
    return expanded(template(**resources), region, provider=not CATALOG.has_profile_type(region))


def _private(number: int) -> dict[str, Any]:
    return {"ExistingVpc": {"VpcId": f"vpc-{number}", "SubnetIds": ["subnet-1"], "CidrBlock": "10.0.0.0/16"}}


def _beside(together: Sequence[Route], function: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    functions = {name: item for n in range(len(together)) for name, item in function(n).items()}
    declarations = {f"X{n}": on(f"Chat{n}", **_private(n), **route.choice) for n, route in enumerate(together)}
    return {**functions, **declarations}


def _plain(number: int) -> dict[str, Any]:
    own = {"Fn::GetAtt": [f"Role{number}", "Arn"]}
    return {f"Chat{number}": plain(Role=own, VpcConfig=PRIVATE), f"Role{number}": role()}


def _serverless(number: int) -> dict[str, Any]:
    return {f"Chat{number}": serverless(VpcConfig=PRIVATE)}
