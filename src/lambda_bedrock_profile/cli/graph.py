"""``graph``: the processed stack as a picture, in Mermaid, which GitHub and many editors draw, or for Graphviz."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from lambda_bedrock_profile.cli.choices import Choices
from lambda_bedrock_profile.cli.options import (
    FILE,
    GroupedCommand,
    examples,
    expansion_options,
    output_option,
    region_option,
)
from lambda_bedrock_profile.cli.picture import Kind, Node, Picture, call_picture, resource_picture
from lambda_bedrock_profile.cli.processed import preview
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.expand import Expansion

_IMAGES: Final = (".svg", ".png")
_VIEWS: Final[Mapping[str, Callable[[Expansion], Picture]]] = {"resources": resource_picture, "calls": call_picture}
_PROGRAMS: Final = ("dot", "graphviz-pure")
"""Graphviz itself, and a port of it that pip installs."""


@click.command(
    "graph",
    cls=GroupedCommand,
    epilog=examples("graph template.yaml > stack.mmd", "graph template.yaml --view calls --output calls.svg"),
)
@click.argument("template", type=FILE)
@region_option
@expansion_options
@click.option(
    "--view",
    type=click.Choice(list(_VIEWS)),
    default="resources",
    show_default=True,
    help="resources: what depends on what. calls: from the events through the functions to the Regions.",
)
@output_option("Write to FILE, whose name ends in .mmd, .dot, .svg or .png.")
def command(template: str, region: str | None, view: str, output: str | None, choices: Choices) -> None:
    """Draw the processed stack.

    Generated resources are grouped by declaration. An arrow leads from a resource to one that it refers to; a dashed
    one to a resource that it only waits for.

    With --view calls an arrow is a call: of an event to its function, through the endpoint of a VPC if there is one, to
    the inference profile and on to the Regions that may serve it.

    Without --output the picture is printed as Mermaid, which GitHub draws in Markdown. Images need Graphviz.
    """
    kind = Path(output).suffix.lower() if output else ".mmd"
    if kind not in (*_TEXTS, *_IMAGES):
        raise click.UsageError(f"--output ends in {kind or 'nothing'}; write .mmd, .dot, .svg or .png.")
    (processed,) = preview([template], region, choices)
    picture = _VIEWS[view](processed.expansion)
    write(_TEXTS[kind](picture) if kind in _TEXTS else _image(picture, kind, str(output)), output)


def _image(picture: Picture, kind: str, output: str) -> bytes:
    program = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        fix = "Install Graphviz, or its port by pip install graphviz-pure; or write .mmd or .dot, which need nothing"
        raise ReadError(output, "an image is drawn by Graphviz, which is not installed", fix)
    arguments = [program, f"-T{kind.removeprefix('.')}"]
    process = subprocess.run(arguments, input=dot(picture).encode(), capture_output=True, check=False)
    if process.returncode:
        what = " ".join(process.stderr.decode(errors="replace").split())
        raise ReadError(program, f"failed: {what}", "Write .dot to see what it was given")
    return process.stdout


# ------------------------------------------------------------------------------------------------------------ languages

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
        yield f"  {ids[edge.source]} {'-.->' if edge.depends_on else '-->'} {ids[edge.target]}"
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
        style = " [style=dashed]" if edge.depends_on else ""
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


_TEXTS: Final = {".mmd": mermaid, ".dot": dot}
"""Ending of a file → what writes it as a text."""
