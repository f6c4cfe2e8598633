"""Who calls Bedrock without a declaration: the functions of a template whose role may, and roles of no function.

A function or a role is a caller if a statement of the role allows to invoke a model, or a managed policy of AWS does.
Only what the template shows is read. A model is named by the resources of such a statement, by a variable or the
inline code of the function, by what uses the role, or by an application inference profile of the template that one of
these refers to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.model_names import ModelName, model_name, texts_of
from lambda_bedrock_profile.checking.permission_changes import permissions_of
from lambda_bedrock_profile.declaration.parse import find
from lambda_bedrock_profile.stack.existing_function import FUNCTION_TYPES, properties_with_globals, role_of
from lambda_bedrock_profile.stack.link_profiles import NATIVE_TYPE
from lambda_bedrock_profile.stack.link_roles import Role
from lambda_bedrock_profile.stack.permissions import NOTHING, Permissions, Statement
from lambda_bedrock_profile.stack.role_name import role_use
from lambda_bedrock_profile.template.branches import each
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, Scope, function_of, known
from lambda_bedrock_profile.template.references import ref, targets_of
from lambda_bedrock_profile.template.resources import IAM_ROLE, is_a, of_type, properties
from lambda_bedrock_profile.values import Expression, Json

INVOKE: Final = ("bedrock:invokemodel", "bedrock:invokemodelwithresponsestream")
_QUOTED: Final = re.compile(r"""["'`]([^"'`\s]+)["'`]""")
_MANAGED: Final = re.compile(r"(?:.*/)?AmazonBedrock(?:Full|Limited)Access")
"""AWS's managed policies that allow to invoke models (AWS Managed Policy Reference)."""


@dataclass(frozen=True, slots=True)
class Named:
    """A model that a caller names; ``variable`` is the environment variable that does, empty for anything else.

    ``expression`` is what the template has in the variable. ``profile`` is the application inference profile of the
    template that stands for the model, empty if it is named itself.
    """

    name: ModelName
    variable: str = ""
    expression: Expression = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A function that calls Bedrock, or a role of no function. ``statements`` are those of its role that invoke models.

    ``role_key`` is the same for functions of one role. ``managed`` are policies of AWS that let the role invoke every
    model. ``variables`` are the names that are taken. ``users`` are the resources that have a role of no function.
    """

    id: str
    kind: str
    role_key: str
    role: Role | None
    statements: tuple[Statement, ...]
    managed: tuple[str, ...]
    named: tuple[Named, ...]
    variables: frozenset[str] = frozenset()
    users: tuple[str, ...] = ()

    @property
    def is_role(self) -> bool:
        """Whether it is a role of no function."""
        return self.kind == IAM_ROLE


def callers(template: Mapping[str, Json], scope: Scope, catalog: Catalog) -> list[Caller]:
    """Everything of ``template`` that calls Bedrock and that no declaration serves, in the order of the template.

    ``scope`` is that of the template.
    """
    reader = _Reader(template, scope, catalog)
    candidates = (reader.caller(logical_id) for logical_id in template["Resources"] if logical_id not in reader.served)
    return [caller for caller in candidates if caller is not None]


class _Reader:
    """Reads the callers of one template."""

    def __init__(self, template: Mapping[str, Json], scope: Scope, catalog: Catalog) -> None:
        self.template, self.scope, self.catalog = template, scope, catalog
        self.resources: Mapping[str, Json] = template["Resources"]
        self.profiles = {
            name: self._source(profile_resource) for name, profile_resource in of_type(self.resources, NATIVE_TYPE)
        }
        self.served = set(_served(template))
        self.roles = {
            logical_id: self._role(logical_id)
            for logical_id, resource in self.resources.items()
            if isinstance(resource, dict) and resource.get("Type") in FUNCTION_TYPES
        }
        self.of_functions = {name for role in self.roles.values() if role for name in targets_of(role.name)}

    def caller(self, logical_id: str) -> Caller | None:
        """The function or role ``logical_id``, if it calls Bedrock."""
        if logical_id in self.roles:
            return self._function(logical_id)
        if is_a(self.resources, logical_id, IAM_ROLE) and logical_id not in self.of_functions:
            return self._role_of_no_function(logical_id)
        return None

    def _function(self, function_id: str) -> Caller | None:
        role = self.roles[function_id]
        permissions = permissions_of(role, self.template, self.scope) if role else NOTHING
        statements, managed = self._invoking(permissions)
        function = properties_with_globals(function_id, self.template)
        variables = dict(_variables(function))
        by_variable = [
            replace(named, variable=variable, expression=value)
            for variable, value in variables.items()
            for named in self._named(value)
        ]
        all_shown = role is not None and permissions.whole
        if not (statements or managed or (by_variable and not all_shown)):
            return None
        kind, key = self.resources[function_id]["Type"], role.key if role else function_id
        named = (*by_variable, *self._in_code(function), *self._by_statements(statements))
        return Caller(function_id, kind, key, role, statements, managed, named, frozenset(variables))

    def _role_of_no_function(self, role_id: str) -> Caller | None:
        key = json.dumps(ref(role_id))
        role = Role(key, ref(role_id), None, (), ())
        statements, managed = self._invoking(permissions_of(role, self.template, self.scope))
        if not statements and not managed:
            return None
        users = tuple(
            other
            for other, resource in self.resources.items()
            if isinstance(resource, dict)
            and not str(resource.get("Type")).startswith("AWS::IAM::")
            and role_id in set(targets_of(resource.get("Properties")))
        )
        by_users = [named for user in users for named in self._within(properties(self.resources, user))]
        named = (*by_users, *self._by_statements(statements))
        return Caller(role_id, IAM_ROLE, key, role, statements, managed, named, users=users)

    def _invoking(self, permissions: Permissions) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
        """The statements that invoke models, and the managed policies that do."""
        statements = tuple(statement for statement in permissions.of_bedrock if invokes(statement, self.scope))
        return statements, tuple(policy.name for policy in permissions.managed if _MANAGED.fullmatch(policy.name))

    def _by_statements(self, statements: tuple[Statement, ...]) -> Iterator[Named]:
        for statement in statements:
            for item, _ in each(statement.content.get("Resource"), ()):
                yield from self._named(item)

    def _in_code(self, function: Mapping[str, Json]) -> Iterator[Named]:
        """The models that the code of a function names in quotes, if the code is in the template."""
        code = function.get("Code")
        inline = code.get("ZipFile") if isinstance(code, dict) else function.get("InlineCode")
        for text in texts_of(inline, self.scope):
            for quoted in _QUOTED.findall(text):
                if name := model_name(quoted, self.catalog):
                    yield Named(name)

    def _within(self, value: Expression) -> Iterator[Named]:
        """What any text within ``value`` names."""
        if isinstance(value, dict) and function_of(value) is None:
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from self._within(item)
        else:
            yield from self._named(value)

    def _named(self, value: Expression) -> Iterator[Named]:
        """The models that ``value`` may name: by itself, or by a profile of the template."""
        for profile in targets_of(value):
            if profile in self.profiles:
                yield Named(self.profiles[profile], profile=profile)
        settled = known(value, self.scope)
        for text in [settled] if isinstance(settled, str) else texts_of(value, self.scope):
            if name := model_name(text, self.catalog):
                yield Named(name)

    def _source(self, profile: Mapping[str, Json]) -> ModelName:
        """The model of an application inference profile of the template; one without an id if it is not known."""
        source = profile.get("ModelSource")
        texts = texts_of(source.get("CopyFrom"), self.scope) if isinstance(source, dict) else []
        names = [name for text in texts if (name := model_name(text, self.catalog))]
        return names[0] if names else ModelName("")

    def _role(self, function_id: str) -> Role | None:
        """The role that a function runs as; None if its name cannot be derived."""
        function = self.resources[function_id]
        arn = role_of(function_id, {**function, "Properties": properties_with_globals(function_id, self.template)})
        use = role_use(arn, self.resources, self.scope, function.get("Condition")) if arn is not None else None
        if use is None:
            return None
        return Role(json.dumps(use.name, sort_keys=True), use.name, None, (function_id,), ())


def _served(template: Mapping[str, Json]) -> Iterator[str]:
    """The functions and roles that declarations serve, and the roles of functions that they make."""
    for _, declaration in find(template):
        content = declaration.get("Properties")
        declared = content if isinstance(content, dict) else {}
        made = declared.get("LambdaFunctionProps")
        roles = made.get("Role") if isinstance(made, dict) else None
        for value in (declared.get("ExistingLambdaObj"), declared.get("ExistingRole"), roles):
            if isinstance(value, str):
                yield value
            yield from targets_of(value)


def _variables(properties: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The environment variables, as far as they are written as a map."""
    environment = properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    if isinstance(variables, dict) and function_of(variables) is None:
        yield from ((name, value) for name, value in variables.items() if value != NO_VALUE)


def invokes(statement: Statement, scope: Scope) -> bool:
    """Whether a statement names an action of Bedrock that invokes models; ``*`` for every service does not."""
    if known(statement.content.get("Effect"), scope) != "Allow" or "Action" not in statement.content:
        return False
    actions = [text.lower() for text in texts_of(statement.content["Action"], scope)]
    return any(action.startswith("bedrock") and statement.allows(INVOKE, scope) for action in actions)
