"""The one view of what a user wrote as properties: of each the expression, and the value as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambda_bedrock_profile.template.intrinsics import function_of


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a declaration, or of a property object in it.

    ``expressions`` are the user's own, as they go into the processed template. ``values`` are what they come to before
    deployment, with ``Unknown`` for what only deployment can tell. A property of ``AWS::NoValue`` is in neither. One
    that a known condition leaves out has an expression and no value. Both are one map if no expression has to be
    evaluated.
    """

    expressions: Mapping[str, Any]
    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        """Whether the user wrote the property ``name``."""
        return name in self.expressions

    def expression(self, name: str, default: Any = None) -> Any:
        """The user's expression of the property ``name``; ``default`` if there is none."""
        return self.expressions.get(name, default)

    def value(self, name: str, default: Any = None) -> Any:
        """The value of the property ``name``, or ``Unknown``; ``default`` if the property is absent."""
        return self.values.get(name, default)

    def within(self, name: str) -> Properties:
        """The properties in the property object ``name``; empty if it is absent, or no map that can be looked into."""
        expression, value = self.expressions.get(name), self.values.get(name)
        expressions = expression if isinstance(expression, dict) and function_of(expression) is None else {}
        return Properties(expressions, value if isinstance(value, dict) else {})

    def rewritten(self, expressions: Mapping[str, Any]) -> Properties:
        """The same properties with other ``expressions`` that come to the same values."""
        return replace(self, expressions=expressions)

    @property
    def constant(self) -> bool:
        """Whether all of it is plain data, and no expression has to be evaluated."""
        return self.values is self.expressions
