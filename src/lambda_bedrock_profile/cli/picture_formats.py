"""A picture as text: Mermaid, which GitHub and many editors draw by themselves, and the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lambda_bedrock_profile.cli.picture import Kind, Node, Picture

_COLOURS: Final[dict[Kind, tuple[str, str]]] = {
    "function": ("#fde8d0", "#c8641b"),
    "profile": ("#d5efe3", "#01785a"),
    "identity": ("#f9d9dd", "#b0084d"),
    "network": ("#e6defa", "#6b3fc4"),
    "logs": ("#fbdcec", "#b5176f"),
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
    yield '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.12,0.06"];'
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
