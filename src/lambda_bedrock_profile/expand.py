"""The whole story on one page: a template with declarations goes in, a processed template comes out.

    template ─▶ expand ForEach ─▶ parse ─▶ link ─▶ rewrite references ─▶ rules ─▶ grant ─▶ build ─▶ place ─▶ check

* **Expand ForEach** (``template/loops.py``): loops that have to do with a declaration become what they make.
* **Parse** (``declaration/``): each declaration becomes a frozen value, or a list of its errors. All are parsed before
  anything else happens.
* **Link** (``stack/link.py``): which function, role, VPC and profile each declaration belongs to. Several can share
  each. This is the only step that follows what one declaration says of another.
* **Rewrite references** (``template/rewrite.py``): every Ref, Fn::GetAtt, Fn::Sub and DependsOn to a declaration now
  says what stands for it. From here on the template refers to no declaration, and no step looks at a sibling.
* **Organisation's rules** (``stack/organisation.py``): what the user leaves open gets the organisation's value.
* **Grant** (``stack/grants.py``, ``stack/networks.py``): the catalog's route for each declaration, and the network that
  it asks for. A grant is what a declaration adds to a role; a VPC (``stack/vpc_plans.py``) has the grants of all
  functions in it.
* **Build** (``stack/assemble.py``): one pure builder for each thing of AWS turns grants and VPCs into resources. If the
  inline policies of a role are too long, its declarations share managed ones (``stack/shared_policies.py``).
* **Place**: the resources take the declaration's place, and functions of the template get their variables; one that is
  moved into a VPC gets its VpcConfig (``stack/moved_function.py``).
* **Check**: ids and names that are taken, variables that are set already, circular dependencies, the limits of
  CloudFormation, and what deploys and does not do what its writer expects (``stack/remarks.py``).

Each step takes values and gives new ones. Errors go into one report over all declarations, and are raised one time.
The same input gives the same output, and no input is ever changed.

The downside of this cut: link reads expressions before they are rewritten, so the few attributes that can lead from
one declaration to another (``USERS_EXPRESSIONS`` in ``stack/attributes.py``) are settled there, in an order of their
own. A new attribute that the user can write has to be named in ``attributes.py`` and in ``link.py``. And parts of the
template that no step touches are shared between input and output, so neither may be mutated afterwards.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lambda_bedrock_profile import __version__, names
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import TYPE, Declaration, find, parse
from lambda_bedrock_profile.declaration.parse import expressions, resource_attributes
from lambda_bedrock_profile.diagnostics import Diagnostic, Report, TemplateError
from lambda_bedrock_profile.stack.alarms import check_alarm_topics
from lambda_bedrock_profile.stack.assemble import generated
from lambda_bedrock_profile.stack.denials import check_guardrails
from lambda_bedrock_profile.stack.endpoints import check_endpoint_policies
from lambda_bedrock_profile.stack.environment import with_revisions
from lambda_bedrock_profile.stack.functions import with_profiles
from lambda_bedrock_profile.stack.grants import grants as granted
from lambda_bedrock_profile.stack.link import Surroundings, link
from lambda_bedrock_profile.stack.link_profiles import with_route
from lambda_bedrock_profile.stack.moved_function import moved
from lambda_bedrock_profile.stack.organisation import under_rules
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.refused_values import check_values
from lambda_bedrock_profile.stack.remarks import remark
from lambda_bedrock_profile.stack.shared_policies import shared_policies
from lambda_bedrock_profile.stack.vpc_plans import vpc_plans, with_conditions
from lambda_bedrock_profile.template.circular import check_circular
from lambda_bedrock_profile.template.collisions import check_collisions
from lambda_bedrock_profile.template.intrinsics import Scope
from lambda_bedrock_profile.template.limits import (
    BeyondBudgetError,
    check_depth,
    check_limits,
    check_long_ids,
    check_text,
)
from lambda_bedrock_profile.template.loops import expand_loops
from lambda_bedrock_profile.template.resources import check_shape
from lambda_bedrock_profile.template.rewrite import rewrite
from lambda_bedrock_profile.values import Json


class Expansion(NamedTuple):
    """The processed template, and the grant of each declaration in the order of the template.

    ``generated`` holds, by the id of a declaration, the ids of the resources that take its place. ``remarks`` are the
    warnings and the information, which do not keep the macro from expanding.
    """

    template: Mapping[str, Json]
    grants: tuple[Grant, ...] = ()
    generated: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    remarks: tuple[Diagnostic, ...] = ()


def expand(template: Mapping[str, Json], context: StackContext, catalog: Catalog) -> Expansion:
    """Expand every declaration of ``template`` for ``context``, with the routes of ``catalog``.

    ``template`` is in CloudFormation's long JSON form. A template without declarations comes back as it is. Raises
    TemplateError with every error.
    """
    report = Report()
    try:
        expansion = _expanded(template, context, catalog, report)
    except BeyondBudgetError as error:
        report.add(*error.problems)
    except RecursionError:
        check_depth(template, report)
    except UnicodeEncodeError:
        check_text(template, report)
        if not report.errors:
            raise
    if report.errors:
        raise TemplateError(report.errors)
    if not expansion.grants:
        return expansion
    return expansion._replace(template=_with_version(expansion.template, catalog.as_of))


def _expanded(template: Mapping[str, Json], context: StackContext, catalog: Catalog, report: Report) -> Expansion:
    """The expansion of ``template``, as far as its errors, which ``report`` has, leave one.

    Raises BeyondBudgetError, RecursionError and UnicodeEncodeError for a template that is too much, too deep, or holds
    text that is none.
    """
    check_shape(template, report)
    if report.errors:
        return Expansion(template)
    original, template = template, expand_loops(template, TYPE, context.scope(template), report)
    scope = context.scope(template)
    declaration_resources = find(template)
    if not declaration_resources:
        check_text(template, report)
        return Expansion(template)

    declarations = _parsed(declaration_resources, scope, context, report)
    read = report.errors
    unread = [logical_id for logical_id, _ in declaration_resources if logical_id not in declarations]
    links = link([*declarations.values()], unread, template, scope, report, context.profile_part)

    constant = {logical_id for logical_id, item in declarations.items() if item.constant}
    wrong = Report()
    rewritten = rewrite(template, links.targets, constant, scope.budget, wrong)
    declarations = {name: _rewritten(item, template, rewritten) for name, item in declarations.items()}
    declarations = {name: with_route(item, declarations, links.profiles) for name, item in declarations.items()}

    declarations = under_rules(declarations, scope, context, report)

    around = Surroundings(declarations, links, rewritten, scope, context)
    grants = granted(around, catalog, report)
    report.add_references(wrong.errors, read)
    vpcs = vpc_plans(grants, report)

    shared = shared_policies(grants, {grant.logical_id: generated(grant, vpcs) for grant in grants}, around, report)
    grants, resources = shared.grants, shared.resources
    check_endpoint_policies(vpcs.values(), resources, around, report)
    placed = _placed(rewritten["Resources"], resources)
    placed |= shared.waiting(placed)
    placed |= with_profiles(grants, placed, template.get("Globals"), report)
    placed |= moved(grants, placed)
    placed |= with_revisions(grants, placed, template, scope, context, report)
    processed = {**with_conditions(rewritten, vpcs, shared.conditions), "Resources": placed}

    check_long_ids(resources, report)
    check_collisions(template, resources, report)
    alone = {grant.logical_id for grant in grants if grant.makes_function and grant.declaration.constant}
    check_circular(resources, alone, placed, scope, report)
    check_limits(original, processed, report)
    check_values(grants, placed, context.region, report)
    alarms = {grant.logical_id: grant.monitoring for grant in grants if grant.monitoring is not None}
    check_alarm_topics(alarms, rewritten["Resources"], scope, report)
    check_guardrails(grants, rewritten["Resources"], scope, report)
    remark(grants, rewritten, report)
    ids = {name: tuple(items) for name, items in resources.items()}
    return Expansion(processed, tuple(grants), ids, report.remarks)


def _with_version(template: Mapping[str, Json], catalog_date: str) -> Mapping[str, Json]:
    """``template`` with the versions of the macro and its catalog in its Metadata, beside what that holds already.

    No resource has them, so a new version or catalog changes none.
    """
    metadata = template.get("Metadata", {})
    if not isinstance(metadata, Mapping):
        return template  # CloudFormation refuses it.
    return {**template, "Metadata": {**metadata, names.METADATA: {"Version": __version__, "Catalog": catalog_date}}}


def _parsed(
    declaration_resources: list[tuple[str, Mapping[str, Json]]], scope: Scope, context: StackContext, report: Report
) -> dict[str, Declaration]:
    """The declarations by id, without those that have errors which leave nothing to link."""
    declarations = {}
    for logical_id, resource in declaration_resources:
        declaration = parse(logical_id, resource, scope, report, local_code=context.local_code)
        if declaration is not None:
            declarations[logical_id] = declaration
    return declarations


def _rewritten(declaration: Declaration, before: Mapping[str, Json], after: Mapping[str, Json]) -> Declaration:
    """``declaration`` with the user's expressions as they read once all references are rewritten."""
    resource = after["Resources"][declaration.logical_id]
    if resource is before["Resources"][declaration.logical_id]:
        return declaration
    properties = declaration.properties.rewritten(expressions(resource))
    model = properties.expression("BedrockModelId")
    return declaration._replace(properties=properties, attributes=resource_attributes(resource), model=model)


def _placed(resources: Mapping[str, Json], generated: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    """The resources, each declaration's place taken by what it expands to."""
    placed: dict[str, Json] = {}
    for logical_id, resource in resources.items():
        if logical_id in generated:
            placed.update(generated[logical_id])
        else:
            placed[logical_id] = resource
    return placed
