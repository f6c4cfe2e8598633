"""The declaration: one ``Custom::LambdaBedrockProfile`` resource, read and found valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TYPE: Final = "Custom::LambdaBedrockProfile"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the user asked for.

    ``properties`` and ``attributes`` (Condition, DependsOn, DeletionPolicy, …) are the user's own expressions, as they
    go into the processed template. The other fields are decisions: values known before deployment. ``known`` is
    ``properties`` with each intrinsic function replaced by its value where it is known.
    """

    logical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    known: Mapping[str, Any]
    model_id: str
    existing_function: str | None
    cross_region: bool
    geography: str
    destination_regions: tuple[str, ...]
    model_variable: str
    profile_variable: str
    deploy_vpc: bool
    interface_endpoints: tuple[str, ...]
    verify_model_access: bool

    @property
    def model(self) -> Any:
        """The user's expression of the model id."""
        return self.properties["BedrockModelId"]

    @property
    def constant(self) -> bool:
        """Whether the declaration is all plain data: it refers to nothing and waits for nothing."""
        return self.known is self.properties and not self.attributes

    @property
    def condition(self) -> str | None:
        """The name of the condition that the declaration stands under."""
        return self.attributes.get("Condition")

    def props(self, name: str) -> Mapping[str, Any]:
        """The user's property object ``name`` (``RoleProps``, …); empty where it is not written."""
        written: Mapping[str, Any] = self.properties.get(name, {})
        return written

    def path(self, *names: str | int) -> tuple[str | int, ...]:
        """The path of a property from the resource down, for a problem."""
        return ("Properties", *names)
