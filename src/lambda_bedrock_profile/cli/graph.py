"""``graph``: the processed stack as a picture."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from lambda_bedrock_profile.cli.call_picture import call_picture
from lambda_bedrock_profile.cli.grouped_help import GroupedCommand
from lambda_bedrock_profile.cli.options import (
    FILE,
    Choices,
    environment_options,
    examples,
    output_option,
    region_option,
)
from lambda_bedrock_profile.cli.picture import Picture, dot, mermaid, picture
from lambda_bedrock_profile.cli.processed import preview
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.cli.write import write
from lambda_bedrock_profile.expand import Expansion

_TEXTS: Final = {".mmd": mermaid, ".dot": dot}
_IMAGES: Final = (".svg", ".png")
_VIEWS: Final[Mapping[str, Callable[[Expansion], Picture]]] = {"resources": picture, "calls": call_picture}
_PROGRAMS: Final = ("dot", "graphviz-pure")
"""Graphviz itself, and a port of it that pip installs."""


@click.command(
    "graph",
    cls=GroupedCommand,
    epilog=examples("graph template.yaml > stack.mmd", "graph template.yaml --view calls --output calls.svg"),
)
@click.argument("template", type=FILE)
@region_option
@environment_options
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
    drawn = _VIEWS[view](processed.expansion)
    write(_TEXTS[kind](drawn) if kind in _TEXTS else _image(drawn, kind, str(output)), output)


def _image(drawn: Picture, kind: str, output: str) -> bytes:
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        fix = "Install Graphviz, or its port by pip install graphviz-pure; or write .mmd or .dot, which need nothing"
        raise ReadError(output, "an image is drawn by Graphviz, which is not installed", fix)
    arguments = [program, f"-T{kind.removeprefix('.')}"]
    process = subprocess.run(arguments, input=dot(drawn).encode(), capture_output=True, check=False)
    if process.returncode:
        what = " ".join(process.stderr.decode(errors="replace").split())
        raise ReadError(program, f"failed: {what}", "Write .dot to see what it was given")
    return process.stdout
