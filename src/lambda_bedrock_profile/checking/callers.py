"""Who calls Bedrock without a declaration: the functions of a template whose role may, and the models that they name.

A function is a caller if a statement of its role allows to invoke a model, or a managed policy of AWS does. Only what
the template shows is read. A model is named by the resources of such a statement, by a variable of the function, or by
an application inference profile of the template that either refers to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.model_names import ModelName, model_name, texts_of
from lambda_bedrock_profile.checking.permission_changes import permissions_of
from lambda_bedrock_profile.declaration.parse import find
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, properties_with_globals, role_of
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.permissions import NOTHING, Permissions, Statement
from lambda_bedrock_profile.stack.role_name import role_use
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, function_of, known
from lambda_bedrock_profile.template.references import targets_of

INVOKE: Final = ("bedrock:invokemodel", "bedrock:invokemodelwithresponsestream")
_MANAGED: Final = re.compile(r"(?:.*/)?AmazonBedrock(?:Full|Limited)Access")
"""AWS's managed policies that allow to invoke models (AWS Managed Policy Reference)."""


@dataclass(frozen=True, slots=True)
class Named:
    """A model that a caller names; ``variable`` is the environment variable that does, empty for a statement.

    ``expression`` is what the template has in the variable.
    """

    name: ModelName
    variable: str = ""
    expression: Any = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A function that calls Bedrock. ``role_key`` is the same for functions of one role; ``statements`` invoke models.

    ``managed`` are policies of AWS that let the role invoke every model. ``variables`` are the names that are taken.
    """

    id: str
    kind: str
    role_key: str
    role: Role | None
    statements: tuple[Statement, ...]
    managed: tuple[str, ...]
    named: tuple[Named, ...]
    variables: frozenset[str]


def callers(template: Mapping[str, Any], scope: Scope, catalog: Catalog) -> list[Caller]:
    """Every function of ``template`` that calls Bedrock and that no declaration serves, in the order of the template.

    ``scope`` is that of the template.
    """
    resources = template["Resources"]
    served = {target for _, item in find(template) for target in targets_of(item.get("Properties"))}
    return [
        caller
        for logical_id, resource in resources.items()
        if isinstance(resource, dict) and resource.get("Type") in FUNCTION_TYPES and logical_id not in served
        if (caller := _caller(logical_id, template, scope, catalog)) is not None
    ]


def _caller(function_id: str, template: Mapping[str, Any], scope: Scope, catalog: Catalog) -> Caller | None:
    resource = template["Resources"][function_id]
    properties = properties_with_globals(function_id, template)
    role = _role(function_id, {**resource, "Properties": properties}, template, scope)
    its = permissions_of(role, template, scope) if role else NOTHING
    statements = tuple(statement for statement in its.of_bedrock if invokes(statement, scope))
    managed = tuple(name for name in its.managed if _MANAGED.fullmatch(name))
    variables = dict(_variables(properties))
    by_variable = [
        Named(name, variable, value)
        for variable, value in variables.items()
        for text in texts_of(value, scope)
        if (name := model_name(text, catalog))
    ]
    shown = bool(statements or managed) or (by_variable and not _all_shown(role, its))
    if not shown:
        return None
    by_statement = [
        Named(name)
        for statement in statements
        for text in texts_of(statement.written.get("Resource"), scope)
        if (name := model_name(text, catalog))
    ]
    key = json.dumps(role.name, sort_keys=True) if role else function_id
    named = (*by_variable, *by_statement)
    return Caller(function_id, resource["Type"], key, role, statements, managed, named, frozenset(variables))


def _all_shown(role: Role | None, its: Permissions) -> bool:
    return role is not None and its.whole


def _role(function_id: str, resource: Mapping[str, Any], template: Mapping[str, Any], scope: Scope) -> Role | None:
    """The role that a function runs as; None if its name cannot be derived."""
    arn = role_of(function_id, resource)
    use = role_use(arn, template["Resources"], scope, resource.get("Condition")) if arn is not None else None
    if use is None:
        return None
    return Role(json.dumps(use.name, sort_keys=True), use.name, None, (function_id,), ())


def _variables(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The environment variables, as far as they are written as a map."""
    environment = properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    if isinstance(variables, dict) and function_of(variables) is None:
        yield from ((name, value) for name, value in variables.items() if value != NO_VALUE)


def invokes(statement: Statement, scope: Scope) -> bool:
    """Whether a statement names an action of Bedrock that invokes models; ``*`` for every service does not."""
    if known(statement.written.get("Effect"), scope) != "Allow" or "Action" not in statement.written:
        return False
    actions = [text.lower() for text in texts_of(statement.written["Action"], scope)]
    return any(action.startswith("bedrock") and statement.allows(INVOKE, scope) for action in actions)
