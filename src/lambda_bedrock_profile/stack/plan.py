"""The plan: one declaration with all that was decided about it. Builders read it and decide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambda_bedrock_profile.bedrock import Route
from lambda_bedrock_profile.declaration import Declaration
from lambda_bedrock_profile.declaration.rules import leaves_log_group_open
from lambda_bedrock_profile.stack.network.plan import Network
from lambda_bedrock_profile.template.references import get_att


@dataclass(frozen=True, slots=True)
class RoleUse:
    """The role that a function runs as: expressions of its ARN and of its name, as IAM wants it for a policy.

    ``generated`` says that the role is made by the expansion, with its permissions in it.
    """

    arn: Any
    name: Any
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A declaration, its route and its neighbours.

    ``function_id`` is the logical id of the function that gets the profile: the declaration's own for a new function.
    ``condition`` is the name of the condition that all generated resources stand under. ``stand_in`` and ``verifier``
    are the service token of the provider: where it makes the profile in place of CloudFormation's own type, and where
    it verifies that the account can use the model. ``network`` is the VPC that the declaration asks for.
    """

    declaration: Declaration
    route: Route
    function_id: str
    role: RoleUse
    condition: str | None = None
    stand_in: Any = None
    verifier: Any = None
    network: Network | None = None

    @property
    def new_function(self) -> bool:
        """Whether the declaration makes its function."""
        return self.declaration.existing_function is None

    def id(self, suffix: str) -> str:
        """The logical id of a generated resource. Stable for ever: a changed id would replace what users have."""
        return self.declaration.logical_id + suffix

    @property
    def profile_arn(self) -> dict[str, Any]:
        """The ARN of the application inference profile."""
        return get_att(self.id("InferenceProfile"), "InferenceProfileArn")

    @property
    def function_props(self) -> Mapping[str, Any]:
        """The user's properties of a new function."""
        return self.declaration.props("LambdaFunctionProps")

    @property
    def known_function_props(self) -> Mapping[str, Any]:
        """The same with each intrinsic function replaced by its value where it is known."""
        found: Mapping[str, Any] = self.declaration.known.get("LambdaFunctionProps", {})
        return found

    @property
    def generates_log_group(self) -> bool:
        """Whether a new function is left without a log group of the user's own, in one branch at least."""
        return leaves_log_group_open(self.function_props)
