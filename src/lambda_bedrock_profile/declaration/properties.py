"""The one view of what a user wrote as properties: of each the expression, and the value as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lambda_bedrock_profile.template.intrinsics import function_of
from lambda_bedrock_profile.values import Expression, Json


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a declaration, or of a map in it.

    ``expressions`` are the user's own, as they go into the processed template. ``values`` are what they come to before
    deployment, with ``Unknown`` for what only deployment can show. A property of ``AWS::NoValue`` is in neither. One
    that a known condition leaves out has an expression and no value. Both are one map if no expression has to be
    evaluated. ``maps`` are the properties of the properties that are maps themselves.
    """

    expressions: Mapping[str, Json]
    values: Mapping[str, Json]
    maps: Mapping[str, Properties] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, expressions: Mapping[str, Json], values: Mapping[str, Json]) -> Properties:
        """The properties with these ``expressions`` and ``values``, those of the maps among them included."""
        maps = {}
        for name, expression in expressions.items():
            if isinstance(expression, dict) and function_of(expression) is None:
                value = values.get(name)
                maps[name] = cls(expression, value if isinstance(value, dict) else {})
        return cls(expressions, values, maps)

    def __contains__(self, name: str) -> bool:
        """Whether the user wrote the property ``name``."""
        return name in self.expressions

    def expression(self, name: str, default: Expression = None) -> Expression:
        """The user's expression of the property ``name``; ``default`` if there is none."""
        return self.expressions.get(name, default)

    def value(self, name: str, default: Expression = None) -> Expression:
        """The value of the property ``name``, or ``Unknown``; ``default`` if the property is absent."""
        return self.values.get(name, default)

    def within(self, name: str) -> Properties:
        """The properties in the property ``name``; none if it is absent, or no map that can be looked into."""
        return self.maps.get(name, _NONE)

    def rewritten(self, expressions: Mapping[str, Json]) -> Properties:
        """The same properties with other ``expressions`` that come to the same values."""
        return self.of(expressions, self.values)

    @property
    def constant(self) -> bool:
        """Whether all of it is plain data, and no expression has to be evaluated."""
        return self.values is self.expressions


_NONE: Final = Properties({}, {})
