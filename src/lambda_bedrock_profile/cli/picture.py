"""A stack as a graph: resources, grouped by the declaration that they come from, and the references between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.expand import Expansion
from lambda_bedrock_profile.template.references import depends_on, targets_of

Kind = Literal["function", "profile", "identity", "network", "logs", "other"]

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("AWS::Lambda::Function", "function"),
    ("AWS::Serverless::Function", "function"),
    ("AWS::Bedrock::", "profile"),
    (custom_types.INFERENCE_PROFILE, "profile"),
    ("AWS::IAM::", "identity"),
    ("AWS::EC2::", "network"),
    ("AWS::Logs::", "logs"),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A resource: ``title`` is its type in short, ``group`` the declaration it comes from, empty for the user's own."""

    name: str
    title: str
    kind: Kind
    group: str


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` refers to ``target``, or only waits for it (DependsOn)."""

    source: str
    target: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes and edges in the order of the template."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The declarations."""
        return tuple(dict.fromkeys(node.group for node in self.nodes if node.group))

    def members(self, group: str) -> tuple[Node, ...]:
        """The resources of one declaration; with an empty name, those of none."""
        return tuple(node for node in self.nodes if node.group == group)


def picture(expansion: Expansion) -> Picture:
    """The picture of a processed template."""
    resources = {
        name: resource for name, resource in expansion.template["Resources"].items() if isinstance(resource, Mapping)
    }
    owners = {item: declaration for declaration, items in expansion.generated.items() for item in items}
    nodes = tuple(_node(name, resource, owners.get(name, "")) for name, resource in resources.items())
    edges = (edge for name, resource in resources.items() for edge in _edges(name, resource, resources))
    return Picture(nodes, tuple(dict.fromkeys(edges)))


def _node(name: str, resource: Mapping[str, Any], group: str) -> Node:
    kind = str(resource.get("Type", ""))
    short = kind.replace("AWS::", "", 1).replace("::", " ")
    return Node(name, short, next((found for start, found in _KINDS if kind.startswith(start)), "other"), group)


def _edges(name: str, resource: Mapping[str, Any], resources: Mapping[str, Any]) -> Iterator[Edge]:
    targets = [target for target in targets_of(resource) if target in resources and target != name]
    for target in targets:
        yield Edge(name, target, waits=False)
    for target in depends_on(resource):
        if isinstance(target, str) and target in resources and target not in targets:
            yield Edge(name, target, waits=True)
