"""A stack as a graph: resources, grouped by the declaration that they come from, and the references between them.

Written as Mermaid, which GitHub and many editors draw by themselves, or in the language of Graphviz.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lambda_bedrock_profile import custom_types
from lambda_bedrock_profile.expand import Expansion
from lambda_bedrock_profile.template.references import depends_on, targets_of
from lambda_bedrock_profile.values import Json

Kind = Literal["function", "profile", "identity", "network", "logs", "alarms", "event", "region", "other"]

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("AWS::Lambda::Function", "function"),
    ("AWS::Serverless::Function", "function"),
    ("AWS::Bedrock::Guardrail", "other"),
    ("AWS::Bedrock::", "profile"),
    (custom_types.INFERENCE_PROFILE, "profile"),
    ("AWS::IAM::", "identity"),
    ("AWS::EC2::", "network"),
    ("AWS::Logs::", "logs"),
    ("AWS::CloudWatch::", "alarms"),
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
    nodes = tuple(node_of(name, resource, owners.get(name, "")) for name, resource in resources.items())
    edges = (edge for name, resource in resources.items() for edge in _edges(name, resource, resources))
    return Picture(nodes, tuple(dict.fromkeys(edges)))


def node_of(name: str, resource: Mapping[str, Json], group: str = "") -> Node:
    """The node of a resource; ``group`` is the declaration that it comes from."""
    kind = str(resource.get("Type", ""))
    short = kind.replace("AWS::", "", 1).replace("::", " ")
    return Node(name, short, next((found for start, found in _KINDS if kind.startswith(start)), "other"), group)


def _edges(name: str, resource: Mapping[str, Json], resources: Mapping[str, Json]) -> Iterator[Edge]:
    targets = [target for target in targets_of(resource) if target in resources and target != name]
    for target in targets:
        yield Edge(name, target, waits=False)
    for target in depends_on(resource):
        if isinstance(target, str) and target in resources and target not in targets:
            yield Edge(name, target, waits=True)


_COLOURS: Final[dict[Kind, tuple[str, str]]] = {
    "function": ("#fde8d0", "#c8641b"),
    "profile": ("#d5efe3", "#01785a"),
    "identity": ("#f9d9dd", "#b0084d"),
    "network": ("#e6defa", "#6b3fc4"),
    "logs": ("#fbdcec", "#b5176f"),
    "alarms": ("#fdf3c4", "#8a6d00"),
    "event": ("#dcebfb", "#1f5fa8"),
    "region": ("#ffffff", "#01785a"),
    "other": ("#eceff1", "#546e7a"),
}
"""Kind → (fill, border), light enough for black text in a light and a dark page."""


def mermaid(picture: Picture) -> str:
    """A Mermaid flowchart."""
    return "\n".join(_mermaid(picture)) + "\n"


def _mermaid(picture: Picture) -> Iterator[str]:
    ids = {node.name: f"n{number}" for number, node in enumerate(picture.nodes)}
    yield "flowchart LR"
    for number, group in enumerate(picture.groups):
        yield f'  subgraph g{number}["{_entities(group)}"]'
        for node in picture.members(group):
            yield "  " + _mermaid_node(ids[node.name], node)
        yield "  end"
    for node in picture.members(""):
        yield _mermaid_node(ids[node.name], node)
    for edge in picture.edges:
        yield f"  {ids[edge.source]} {'-.->' if edge.waits else '-->'} {ids[edge.target]}"
    for kind in dict.fromkeys(node.kind for node in picture.nodes):
        fill, border = _COLOURS[kind]
        yield f"  classDef {kind} fill:{fill},stroke:{border},color:#000"


def _mermaid_node(identifier: str, node: Node) -> str:
    return f'  {identifier}["{_entities(node.name)}<br/><small>{_entities(node.title)}</small>"]:::{node.kind}'


def _entities(text: str) -> str:
    """``text`` with everything that Mermaid, or HTML, could take for syntax as an entity of Mermaid's."""
    return "".join(
        character if character.isalnum() or character in " _-./" else f"#{ord(character)};" for character in text
    )


def dot(picture: Picture) -> str:
    """A digraph in the DOT language."""
    return "\n".join(_dot(picture)) + "\n"


def _dot(picture: Picture) -> Iterator[str]:
    yield "digraph stack {"
    yield '  graph [rankdir=LR, nodesep=0.2, ranksep=0.7, fontname="Helvetica", fontsize=13, compound=true];'
    yield '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.25,0.08"];'
    yield '  edge [color="#78909c", arrowsize=0.7];'
    for number, group in enumerate(picture.groups):
        yield f"  subgraph cluster_{number} {{"
        yield f'    label={_quoted(group)}; style="rounded,dashed"; color="#90a4ae"; margin=14;'
        for node in picture.members(group):
            yield "  " + _dot_node(node)
        yield "  }"
    for node in picture.members(""):
        yield _dot_node(node)
    for edge in picture.edges:
        style = " [style=dashed]" if edge.waits else ""
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)}{style};"
    yield "}"


def _dot_node(node: Node) -> str:
    fill, border = _COLOURS[node.kind]
    label = f"{_quoted(node.name)[:-1]}\\n{_quoted(node.title)[1:]}"
    return f'  {_quoted(node.name)} [label={label}, fillcolor="{fill}", color="{border}"];'


def _quoted(text: str) -> str:
    """``text`` as a quoted string; an ampersand would start an entity."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", " ")
    return f'"{escaped}"'
