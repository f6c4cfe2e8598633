"""The command ``lambda-bedrock-profile``: what it is called with, and how it ends.

Exit codes: 0 all well; 1 problems in the template, or whatever the command was asked to find, or standard output that
cannot be written; 2 an input or an option that cannot be used; 70 a fault of this program.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from lambda_bedrock_profile import __version__

if TYPE_CHECKING:
    from lambda_bedrock_profile.cli.source import ReadError

COMMANDS: Final = {
    "expand": "Print the processed template.",
    "lint": "Check declarations, and the processed template with cfn-lint.",
    "diff": "Show what the expansion adds, or what a new version changes.",
    "explain": "Explain what a declaration comes to.",
    "graph": "Draw the processed stack.",
    "adopt": "Print the declarations that take over from calls of Bedrock by hand.",
    "routes": "Show how a model is reached, and why so.",
    "schema": "Print the JSON schema of templates with declarations, for editors.",
    "stacks": "List the deployed stacks that use the macro, by version.",
    "settings": "Show or write the settings of the macro's stack.",
    "catalog": "Look at, check and refresh the catalog of routes.",
}
"""Name → summary of every command. Each lives in the module of its name, which is imported when it is run."""

EXTRAS: Final = {
    "cfnlint": ("cfn-lint", "lint"),
    "cloudformation_validate": ("cloudformation-validate", "validate"),
    "boto3": ("boto3", "aws"),
    "botocore": ("boto3", "aws"),
}
"""Module → the package that it is of, and the extra that installs it: what a plain installation leaves out."""

FAULT: Final = 70
"""``EX_SOFTWARE`` of sysexits.h."""


class Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are helpful."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command ``name``."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"lambda_bedrock_profile.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` name; for a misspelt one, the nearest is in the message."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from lambda_bedrock_profile.diagnostics import nearest

            near = nearest(args[0], COMMANDS)
            hint = f" Did you mean {near}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run as a program, help and version included; what cannot be written is one line, as of any Unix tool."""
        if sys.stdout is None:
            click.echo("standard output: is closed.", err=True)
            sys.exit(1)
        if isinstance(sys.stdout, io.TextIOWrapper):
            # What the encoding of a terminal has no character for is shown by its number.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            try:
                return super().main(*arguments, **settings)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if not _of_a_stream(error):
                raise
            # What is left in the buffer would be tried again, and fail, when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if error.errno != errno.EPIPE:
                click.echo(f"standard output: cannot be written: {error.strerror}.", err=True)
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end with one line and no trace, whatever happens."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            # click ends these itself.
            raise
        except Exception as error:
            from lambda_bedrock_profile.cli.source import ReadError  # Help and version need nothing of it.

            if isinstance(error, ReadError):
                _show_unreadable(error)
                ctx.exit(2)
            if ctx.params["debug"] or _of_a_stream(error):
                raise
            if what := _missing_extra(error):
                click.echo(f"{ctx.invoked_subcommand}: {what}", err=True)
                ctx.exit(2)
            click.echo(f"lambda-bedrock-profile: unforeseen {type(error).__name__}. See it with --debug.", err=True)
            ctx.exit(FAULT)


def _missing_extra(error: Exception) -> str:
    """What to install, if ``error`` comes from a library that a plain installation leaves out; else an empty text."""
    module = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if module not in EXTRAS:
        return ""
    package, extra = EXTRAS[module]
    return f'needs {package}, which is not installed. Install it: pip install "lambda-bedrock-profile[{extra}]".'


def _show_unreadable(error: ReadError) -> None:
    """Say why an input cannot be used: on a terminal with the line of its text, if there is one."""
    from lambda_bedrock_profile.cli.write import on_terminal

    if error.text and on_terminal(sys.stderr):
        from lambda_bedrock_profile.cli.console import printed
        from lambda_bedrock_profile.cli.findings import unreadable

        click.echo(printed([unreadable(error)], {error.name: error.text}, sys.stderr), err=True, nl=False, color=True)
    else:
        click.echo(str(error), err=True)


def _of_a_stream(error: Exception) -> bool:
    """Whether ``error`` is of standard output: an error of any other file names it."""
    return isinstance(error, OSError) and error.filename is None


def _show_version(ctx: click.Context, _: click.Parameter, is_requested: bool) -> None:
    if is_requested:
        from lambda_bedrock_profile.bedrock import Catalog

        click.echo(f"lambda-bedrock-profile {__version__} (catalog of {Catalog.bundled().as_of})")
        ctx.exit()


_EPILOG: Final = """\b
Environment:
  AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE, AWS_CONFIG_FILE, AWS_ACCOUNT_ID
                 where Region and account come from that are not named
  NO_COLOR       plain text on a terminal, too

\b
The command has a short name, lbp. Its completion, for bash, zsh and fish:
  eval "$(_LBP_COMPLETE=bash_source lbp)"

\b
Exit codes:
  0 all well, 1 problems in the template, 2 an input or option that cannot be
  used, 70 a fault of this program; lint has those of cfn-lint"""


@click.group(
    cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@click.option("--debug", is_flag=True, help="Show the trace of a fault of this program.")
def main(debug: bool) -> None:
    """A Lambda function with its own Amazon Bedrock inference profile, seen before CloudFormation does.

    Works on templates with Custom::LambdaBedrockProfile, without an AWS account.
    """
