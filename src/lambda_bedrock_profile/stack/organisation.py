"""Applies the organisation's rules to declarations, in this one place.

Three rules are values: the permissions boundary of generated roles, the key of generated log groups and how long these
keep their events. They stand in for what the user did not write, before anything is built. The others only check.

A template that is updated without being sent again does not come by the macro, and takes another branch of Fn::If or
another value of a parameter than this expansion saw. So all branches have to obey that the stack's Region does not rule
out, and a value that equals the organisation's is replaced by it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock import Catalog, Request, Route
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.organisation import (
    BOUNDARY,
    GEOGRAPHIES_ALLOWED,
    LOG_KEY,
    MODELS,
    NEW_VPC,
    NO_RULES,
    RETENTION,
    RETENTION_DAYS,
    TAG_KEYS,
    Organisation,
)
from lambda_bedrock_profile.stack.logs import RETENTION as DEFAULT_RETENTION
from lambda_bedrock_profile.template.branches import Conditions, each, map_branches, or_default
from lambda_bedrock_profile.template.intrinsics import PLACEHOLDER, Scope, Unknown, condition, known
from lambda_bedrock_profile.values import Expression, Json

_PROFILE, _ROLE, _LOGS = "InferenceProfileProps", "RoleProps", "LogGroupProps"
_MOST_SHOWN: Final = 5
"""How many models a message names."""


def under_rules(
    declarations: Mapping[str, Declaration], scope: Scope, context: StackContext, report: Report
) -> dict[str, Declaration]:
    """``declarations`` with the values of the organisation's rules; an error for each that breaks a rule."""
    rules = context.organisation
    if rules == NO_RULES:
        return dict(declarations)
    return {name: _Obedience(item, rules, scope, context, report).declaration() for name, item in declarations.items()}


def check_route(
    declaration: Declaration, route: Route | None, catalog: Catalog, context: StackContext, report: Report
) -> None:
    """Report a model, or the geography of a route, that the organisation does not allow; None is no route at all."""
    rules = context.organisation
    if rules is NO_RULES:
        return
    properties = declaration.properties
    at = report.of(declaration.logical_id, "Properties")
    named = "BedrockModelId" not in properties
    source = "ExistingInferenceProfile" if named else "BedrockModelId"
    if not rules.allows_model(declaration.model_id):
        plain = isinstance(properties.expression(source), str)
        model_in_message = declaration.model_id if plain else f"the model that {source} names"
        way = "Name the profile of" if named else "Write"
        fix = f"{way} a model that matches {_or(rules.models)}{_examples(catalog, context)}"
        at.at(source).error("organisation", f"the organisation does not allow {model_in_message} {_by(MODELS)}", fix)
    if route is not None and not rules.allows_geography(route.geography):
        property_name = "Geography" if "Geography" in properties else source
        plain = isinstance(properties.expression("Geography", ""), str) and not named
        geography_in_message = str(route.geography) if plain else f"that {property_name} names"
        what = f"the organisation does not allow the geography {geography_in_message} {_by(GEOGRAPHIES_ALLOWED)}"
        fix = f"Name a profile of another geography: {_or(rules.geographies)}"
        at.at(property_name).error("organisation", what, fix if named else _other_way(declaration, catalog, context))


def _by(parameter: str) -> str:
    return f"({parameter} of the macro's stack)"


def _or(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _other_way(declaration: Declaration, catalog: Catalog, context: StackContext) -> str:
    """What to write so that the route obeys: another geography, the Region alone, or another model."""
    rules, model = context.organisation, declaration.model_id
    offered = [name for name, routes in catalog.offers(model).items() if context.region in routes]
    ways = [f"Geography: {name}" for name in offered if rules.allows_geography(name)]
    if context.region in catalog.on_demand(model):
        ways.append(f"DeployCrossRegionProfile: false, with which data stays in {context.region}")
    if not ways:
        return f"No geography that is allowed offers the model in {context.region}: write another model" + _examples(
            catalog, context
        )
    alone = " and remove DestinationRegions" if "DestinationRegions" in declaration.properties else ""
    return f"Write {' or '.join(ways)}{alone}"


def _examples(catalog: Catalog, context: StackContext) -> str:
    """Some models that every rule allows and the Region offers, as the end of a sentence; empty if there is none."""
    rules, cycles = context.organisation, catalog.life_cycles
    names: list[str] = []
    for model in catalog.models:
        if not rules.allows_model(model) or cycles.ended_everywhere(model, catalog.as_of):
            continue
        route = catalog.find(Request(model, context.region))
        if route is not None and rules.allows_geography(route.geography) and catalog.status(model) != "LEGACY":
            names.append(model)
        if len(names) == _MOST_SHOWN:
            break
    return f", such as {_or(names)}" if names else ""


class _Obedience(NamedTuple):
    """One declaration, and the rules that it has to obey."""

    original: Declaration
    rules: Organisation
    scope: Scope
    context: StackContext
    report: Report

    def declaration(self) -> Declaration:
        """The declaration with the values of the rules; its breaches are reported."""
        if self._settled(()) is None:
            return self.original  # Nothing of it is ever made.
        if self.original.deploy_vpc and not self.rules.new_vpc:
            what = f"the organisation does not allow new VPCs {_by(NEW_VPC)}"
            fix = "Remove DeployVpc, and name a VPC that is there in ExistingVpc if the function needs one"
            self._at("DeployVpc").error("organisation", what, fix)
        self._check_tags()
        given: dict[str, dict[str, Json]] = {_ROLE: {}, _LOGS: {}}
        if self.rules.boundary:
            self._check_value(_ROLE, "PermissionsBoundary", self.rules.boundary, BOUNDARY)
            given[_ROLE]["PermissionsBoundary"] = _expression(self.rules.boundary)
        if self.rules.log_key:
            self._check_value(_LOGS, "KmsKeyId", self.rules.log_key, LOG_KEY)
            given[_LOGS]["KmsKeyId"] = _expression(self.rules.log_key)
        if self.rules.least_retention:
            given[_LOGS]["RetentionInDays"] = self._retention()
        properties = self.original.properties
        objects = {name: {**properties.within(name).expressions, **values} for name, values in given.items() if values}
        return self.original._replace(properties=properties.rewritten({**properties.expressions, **objects}))

    def _at(self, *path: str) -> Report:
        return self.report.of(self.original.logical_id, "Properties", *path)

    # ------------------------------------------------------------------------------------------------ values

    def _check_value(self, props: str, member: str, required: str, parameter: str) -> None:
        """Report each branch of the member with another value than ``required``."""
        for value, _ in self._possible(self.original.props(props).expression(member)):
            users_value = self._in_some_account(value)
            if users_value == self._in_some_account({"Fn::Sub": required}):
                continue
            unknown = (
                f", and its value cannot be compared, since it is {users_value.why}"
                if isinstance(users_value, Unknown)
                else ""
            )
            what = f"the organisation sets {member} for all that the macro makes {_by(parameter)}{unknown}"
            self._at(props, member).error("organisation", what, f"Remove {member}: the macro writes {required}")
            return

    def _in_some_account(self, arn: Expression) -> Expression:
        """What ``arn`` comes to; if the account is not known, with the same word for each."""
        if "AWS::AccountId" in self.scope.pseudo:
            return known(arn, self.scope)
        value = known(arn, replace(self.scope, pseudo={**self.scope.pseudo, "AWS::AccountId": "ACCOUNT"}))
        return re.sub(":[0-9]{12}:", ":ACCOUNT:", value) if isinstance(value, str) else value

    def _retention(self) -> Expression:
        """The retention of generated log groups: what the user writes if it is long enough, else the rule's."""
        least = self.rules.least_retention
        retention = self.original.props(_LOGS).expression("RetentionInDays")
        for value, _ in self._possible(retention):
            days = known(value, self.scope)
            if isinstance(days, str) and days.isdigit():
                days = int(days)
            if isinstance(days, int) and days >= least:
                continue
            unknown = f", and the value cannot be known, since it is {days.why}" if isinstance(days, Unknown) else ""
            what = f"the organisation keeps logs for {least} days at least {_by(RETENTION)}{unknown}"
            fix = f"Write {_or([str(each) for each in RETENTION_DAYS if each >= least][:3])}, or remove RetentionInDays"
            self._at(_LOGS, "RetentionInDays").error("organisation", what, fix)
            break
        default = max(least, DEFAULT_RETENTION)
        return default if retention is None else or_default(retention, default)

    # ------------------------------------------------------------------------------------------------ tags

    def _check_tags(self) -> None:
        """Report the keys that the profile's tags lack, and those that a role with tags of its own lacks.

        If the profile is another one's, the generated role has no tags but its own.
        """
        if not self.rules.tag_keys:
            return
        if self.original.names_profile:
            if self.original.makes_role:
                self._check_keys(_ROLE, self.original.props(_ROLE).expression("Tags"))
            return
        tags = self.original.props(_PROFILE).expression("Tags")
        self._check_keys(_PROFILE, tags)
        if "Tags" in self.original.props(_ROLE):
            self._check_keys(
                _ROLE, map_branches(self.original.props(_ROLE).expression("Tags"), lambda own: own or tags)
            )

    def _check_keys(self, props: str, tags: Expression) -> None:
        places = self._places(tags)
        for key in self.rules.tag_keys:
            lacking = self._gap(places.get(key, []))
            if lacking is None:
                continue
            where = f" if {' and '.join(lacking)}" if lacking else ""
            what = f"lacks the tag {key}{where}, which the organisation requires {_by(TAG_KEYS)}"
            fix = f"Add a tag with the Key {key}, written out, in every branch of Fn::If"
            self._at(props, "Tags").error("organisation", what, fix)

    def _places(self, tags: Expression) -> dict[str, list[Conditions]]:
        """By key of a tag, the conditions under which there is one; a key that is not known is no key."""
        places: dict[str, list[Conditions]] = {}
        for tag, conditions in each(tags, ()):
            for key, key_conditions in each(tag.get("Key") if isinstance(tag, dict) else None, conditions):
                text = known(key, self._whatever)
                if isinstance(text, str):
                    places.setdefault(text, []).append(key_conditions)
        return places

    @property
    def _whatever(self) -> Scope:
        """The scope in which no parameter has a value."""
        return replace(self.scope, values={}, parameters={})

    def _possible(self, value: Expression) -> Iterator[tuple[Json, Conditions]]:
        """The values that ``value`` can have, each with its conditions: those of branches that may be taken."""
        for item, conditions in each([value], ()):
            if self._settled(conditions) is not None:
                yield item, conditions

    def _settled(self, conditions: Iterable[tuple[Json, bool]]) -> Scope | None:
        """The scope if ``conditions`` and the declaration's own condition hold; None if they cannot."""
        scope = self._whatever
        own = ((self.original.condition, True),) if self.original.condition is not None else ()
        for name, holds in (*own, *conditions):
            if condition(name, scope) is (not holds):
                return None
            scope = _assuming(scope, name, holds) if isinstance(name, str) else scope
        return scope

    def _gap(self, places: Sequence[Conditions]) -> tuple[str, ...] | None:
        """The conditions under which none of ``places`` is there, as words; None if one always is."""
        names = list(dict.fromkeys(name for conditions in places for name, _ in conditions if isinstance(name, str)))
        return _gap(places, names, self._settled(()) or self._whatever, ())


def _gap(
    places: Sequence[Conditions], names: Sequence[str], scope: Scope, words: tuple[str, ...]
) -> tuple[str, ...] | None:
    scope.budget.spend(1 + len(places))
    left: list[Conditions] = []
    for conditions in places:
        open_ones = tuple((name, holds) for name, holds in conditions if condition(name, scope) is not holds)
        if not open_ones:
            return None
        if not any(condition(name, scope) is (not holds) for name, holds in open_ones):
            left.append(conditions)
    if not left or not names:
        return words
    name, *rest = names
    settled = condition(name, scope)
    if isinstance(settled, bool):
        return _gap(left, rest, scope, words)
    for holds in (True, False):
        word = f"{name} is {str(holds).lower()}"
        gap = _gap(left, rest, _assuming(scope, name, holds), (*words, word))
        if gap is not None:
            return gap
    return None


def _assuming(scope: Scope, name: str, holds: bool) -> Scope:
    """``scope`` in which the condition ``name`` is known, and so are those that follow from it."""
    result = replace(scope)
    result.settled.update({each: value for each, value in scope.settled.items() if isinstance(value, bool)})
    result.settled[name] = holds
    return result


def _expression(text: str) -> Expression:
    """An ARN of the rules as a template writes it."""
    return {"Fn::Sub": text} if PLACEHOLDER.search(text) else text
