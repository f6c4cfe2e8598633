"""The whole story: a template with declarations goes in, a processed template comes out.

    template ─▶ find ─▶ parse ─▶ decide ─▶ point references ─▶ build ─▶ place ─▶ check ─▶ processed template

Each step takes values and gives new ones. Problems are collected over all declarations and raised once; the same input
gives the same output, and no input is ever changed. Parts of the template that no step touches are shared between input
and output, so neither may be mutated afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE, find, parse
from lambda_bedrock_profile.declaration.parse import attributes, expressions
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.stack.assemble import generated
from lambda_bedrock_profile.stack.circles import circles
from lambda_bedrock_profile.stack.decide import decide
from lambda_bedrock_profile.stack.network.sharing import share, with_conditions
from lambda_bedrock_profile.stack.plan import Plan
from lambda_bedrock_profile.stack.targets import targets
from lambda_bedrock_profile.stack.variables import with_profiles
from lambda_bedrock_profile.template.collisions import collisions
from lambda_bedrock_profile.template.limits import limit_problems, long_ids
from lambda_bedrock_profile.template.loops import unrolled
from lambda_bedrock_profile.template.references import Target, pointed_value, rewrite
from lambda_bedrock_profile.template.shape import shape_problems


@dataclass(frozen=True, slots=True)
class Expansion:
    """The processed template, and the plan of each declaration in the order of the template.

    ``generated`` holds, by the id of a declaration, the ids of the resources that take its place. ``remarks`` are the
    warnings and the information, which do not keep the macro from expanding.
    """

    template: Mapping[str, Any]
    plans: tuple[Plan, ...] = ()
    generated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[Diagnostic, ...] = ()


def expand(template: Mapping[str, Any], environment: StackContext, catalog: Catalog) -> Expansion:
    """Expand every declaration of ``template`` for ``environment``, with the routes of ``catalog``.

    ``template`` is in CloudFormation's long JSON form. A template without declarations comes back as it is. Raises
    TemplateError with every problem found.
    """
    if misshapen := list(shape_problems(template)):
        raise TemplateError(misshapen)
    template, problems = unrolled(template, TYPE, environment.scope(template))
    scope = environment.scope(template)
    found = find(template)
    if not found and not problems:
        return Expansion(template)

    plans: list[Plan] = []
    for logical_id, resource in found:
        declaration, flaws = parse(logical_id, resource, scope, local_code=environment.local_code)
        plan, refusals = decide(declaration, template, scope, environment, catalog) if declaration else (None, [])
        problems += flaws + refusals
        if plan and not flaws:
            plans.append(plan)

    references = targets([logical_id for logical_id, _ in found], plans, template, scope)
    constant = {plan.declaration.logical_id for plan in plans if plan.declaration.constant}
    pointed, unpointed = rewrite(template, references, constant)
    plans = [_pointed(plan, template, pointed, references) for plan in plans]
    groups, disagreements = share(plans)
    resources = {plan.declaration.logical_id: generated(plan, groups) for plan in plans}
    placed = _placed(pointed["Resources"], resources)
    functions, taken = with_profiles(plans, placed, template.get("Globals"))
    processed = {**with_conditions(pointed, groups), "Resources": {**placed, **functions}}
    problems += [*unpointed, *disagreements, *long_ids(resources), *collisions(template, resources), *taken]
    problems += circles(plans, resources, pointed["Resources"], processed["Resources"], scope, tuple(problems))
    problems += limit_problems(processed)
    if problems:
        raise TemplateError(problems)
    return Expansion(processed, tuple(plans), {name: tuple(items) for name, items in resources.items()})


def _pointed(
    plan: Plan, template: Mapping[str, Any], pointed: Mapping[str, Any], references: Mapping[str, Target]
) -> Plan:
    """``plan`` with the user's expressions as they read once all references are pointed."""
    logical_id = plan.declaration.logical_id
    resource = pointed["Resources"][logical_id]
    if resource is not template["Resources"][logical_id]:
        declaration = replace(plan.declaration, properties=expressions(resource), attributes=attributes(resource))
        plan = replace(plan, declaration=declaration)
    if not plan.role.generated:
        arn, name = (pointed_value(value, references) for value in (plan.role.arn, plan.role.name))
        plan = replace(plan, role=replace(plan.role, arn=arn, name=name))
    if plan.network is not None:
        plan = replace(plan, network=plan.network.pointed(lambda value: pointed_value(value, references)))
    return plan


def _placed(resources: Mapping[str, Any], generated: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The resources, each declaration's place taken by what it expands to."""
    placed: dict[str, Any] = {}
    for logical_id, resource in resources.items():
        if logical_id in generated:
            placed.update(generated[logical_id])
        else:
            placed[logical_id] = resource
    return placed
