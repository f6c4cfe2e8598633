"""Lambda's versions and aliases over the deployments of a stack: an unchanged function publishes none.

A version is a copy of the function's code and settings at the moment at which CloudFormation makes its resource; an
alias serves it, whatever becomes of the function and of what its variables name.

Source: AWS Lambda API Reference, "PublishVersion"; AWS CloudFormation User Guide, "AWS::Lambda::Version".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.deployed import Deployed

NOT_IN_A_VERSION = {"RecursiveLoop", "ReservedConcurrentExecutions", "Tags"}
"""Properties of a function that a version has no copy of."""


class VersionExistsError(Exception):
    """Lambda refuses to publish: the function is what the last version of it is."""


class Versions:
    """The versions that the deployments of one stack have published."""

    def __init__(self) -> None:
        self._published: dict[str, list[Mapping[str, Any]]] = {}
        self._numbers: dict[str, int] = {}
        self._stack: Deployed | None = None

    def deploy(self, stack: Deployed) -> list[str]:
        """Create or update the stack, and return the logical ids of the versions that are published.

        Raises VersionExistsError in Lambda's words, with the versions that were there before.
        """
        new = [name for name, resource in stack.resources.items() if resource["Type"] == "AWS::Lambda::Version"]
        new = [logical_id for logical_id in new if logical_id not in self._numbers]
        settings = {logical_id: self._settings(stack, logical_id) for logical_id in new}
        for logical_id, (function, configuration) in settings.items():
            published = self._published.get(function, [])
            if published and published[-1] == configuration:
                raise VersionExistsError(
                    f"{logical_id}: A version for this Lambda function exists ( {len(published)} ). "
                    "Modify the function to create a new version."
                )
        for logical_id, (function, configuration) in settings.items():
            self._published.setdefault(function, []).append(configuration)
            self._numbers[logical_id] = len(self._published[function])
        self._stack = stack
        return new

    def serves(self, alias: str) -> Mapping[str, Any]:
        """The settings of the function that callers of an alias get, by the alias's logical id."""
        assert self._stack is not None, "nothing is deployed"
        properties = self._stack.resources[alias]["Properties"]
        version = properties["FunctionVersion"]["Fn::GetAtt"][0]
        function = str(self._stack.value(properties["FunctionName"]))
        return self._published[function][self._numbers[version] - 1]

    def _settings(self, stack: Deployed, version: str) -> tuple[str, Mapping[str, Any]]:
        """The name of the function of a version, and what the version will be a copy of."""
        function = str(stack.properties(version)["FunctionName"])
        (logical_id,) = (name for name in stack.resources if stack.value({"Ref": name}) == function)
        return function, {
            name: value for name, value in stack.properties(logical_id).items() if name not in NOT_IN_A_VERSION
        }
