"""The declaration: one ``Custom::LambdaBedrockProfile`` resource, read and found valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from lambda_bedrock_profile.declaration.properties import Properties
from lambda_bedrock_profile.values import Expression, Json

TYPE: Final = "Custom::LambdaBedrockProfile"

Subject = Literal["LambdaFunctionProps", "ExistingLambdaObj", "ExistingRole"]


class Declaration(NamedTuple):
    """What the user asked for.

    ``properties`` have the user's own expressions and what they come to; ``attributes`` (Condition, DependsOn,
    DeletionPolicy, …) are the user's own expressions, as they go into the processed template. The other fields are
    decisions: values known before deployment. ``model`` is the user's expression of the model id, and ``model_id`` what
    it comes to; they are None and empty if both follow from the inference profile that the declaration names, until
    ``with_route_of`` fills them in. ``subject`` is the property that says whom the profile is for: a function that the
    declaration makes, a function of the template, or a role in the place of one. ``makes_function`` says that it is
    the first, and ``makes_role`` that the declaration makes the role of that function, too, since the user names none.
    """

    logical_id: str
    properties: Properties
    attributes: Mapping[str, Json]
    model: Expression
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
    subject: Subject
    makes_function: bool
    makes_role: bool

    @property
    def names_role(self) -> bool:
        """Whether the declaration names a role in the place of a function."""
        return self.subject == "ExistingRole"

    @property
    def names_profile(self) -> bool:
        """Whether the declaration names an inference profile, so that it makes none."""
        return "ExistingInferenceProfile" in self.properties.values

    @property
    def constant(self) -> bool:
        """Whether the declaration is all plain data: it refers to nothing and waits for nothing."""
        return self.properties.constant and not self.attributes

    @property
    def condition(self) -> str | None:
        """The name of the condition that the declaration stands under."""
        return self.attributes.get("Condition")

    def with_route_of(self, other: Declaration) -> Declaration:
        """The declaration with the model and the route of ``other``, whose profile it names."""
        return self._replace(
            model=other.model,
            model_id=other.model_id,
            cross_region=other.cross_region,
            geography=other.geography,
            destination_regions=other.destination_regions,
        )

    def props(self, name: str) -> Properties:
        """The properties in the property object ``name`` (``RoleProps``, …); none if the user wrote none."""
        return self.properties.within(name)

    def path(self, *names: str | int) -> tuple[str | int, ...]:
        """The path of a property from the resource down, for a problem."""
        return ("Properties", *names)
