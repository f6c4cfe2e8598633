"""``make demo``: deploy the macro and an example to an AWS on this machine, and ask the example a question.

Then the same function is told to call anything else, and is denied.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from tests.support.embedded_aws import ROOT, EmbeddedAws, embedded_aws
from tests.support.macro_engine import MacroError, StackError
from tests.support.macro_stack import deploy_macro
from tests.support.sam_cli import SamError, sam_build

EXAMPLE = ROOT / "examples" / "assistant.yaml"
STACK = "assistant"
MODEL = "amazon.nova-lite-v1:0"
"""The one of the example."""
QUESTION = {"question": "What is an inference profile?"}
COMMAND = "PYTHONPATH=src .venv/dev/bin/python -m lambda_bedrock_profile.cli"
NEXT = {
    "explain examples/assistant.yaml --region us-east-1": "what the declaration comes to, and why",
    "graph examples/private-sam.yaml --view calls --region us-east-1": "from the function to the Regions, as Mermaid",
    "routes amazon.nova-lite-v1:0 --region eu-central-1": "how the model is reached from another Region",
}
"""Commands to try → what they show."""


class Steps:
    """Shows the step that runs, with a spinner on a terminal, and then how long it took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show ``title`` while the block runs."""
        started = time.monotonic()
        with self._console.status(title):
            yield
        self._show(title, time.monotonic() - started)

    def total(self) -> None:
        """Show how long all of it took."""
        self._show("in all", time.monotonic() - self._started)

    def _show(self, title: str, seconds: float) -> None:
        self._console.print(f"[green]✓[/] {title:<58} [dim]{seconds:5.1f} s[/]", highlight=False)


def main() -> int:
    """Run the demo; 0 if the example answered."""
    console = Console()
    steps = Steps(console)
    try:
        run(console, steps)
    except (MacroError, StackError, SamError) as failure:
        console.print(f"[red]✗[/] {failure}", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(console: Console, steps: Steps) -> None:
    """Every step of the demo, and what came out."""
    with ExitStack() as stack:
        with steps.step("start an AWS on this machine"):
            aws = stack.enter_context(embedded_aws(enforce_iam=True))
        with steps.step("sam build"):
            built = sam_build(aws.folder)
        with steps.step("sam deploy the macro"):
            engine = deploy_macro(aws, built)
        with steps.step(f"deploy {EXAMPLE.relative_to(ROOT)} through the macro"):
            engine.deploy(STACK, EXAMPLE.read_text())
        function = resource(aws, "AWS::Lambda::Function")
        with steps.step("invoke the function, which asks the model"):
            answer = ask(aws, function)
        if isinstance(answer, Denied):
            raise StackError(f"the function was denied its own profile: {answer.code}")
        with steps.step("tell the function to call something else"):
            others = {name: ask_as(aws, function, target) for name, target in other_targets(aws).items()}
        steps.total()
        show(console, aws, function, answer)
        for name, result in others.items():
            console.print(Text(f"{'denied' if isinstance(result, Denied) else 'ALLOWED':<9} {name}"), soft_wrap=True)
        if not all(isinstance(result, Denied) for result in others.values()):
            raise StackError("the function reached something else than its own profile")
        console.print("\n[bold]Try next[/]")
        for command, shows in NEXT.items():
            console.print(Text(f"  {shows}:\n    {COMMAND} {command}"), soft_wrap=True)


@dataclass(frozen=True)
class Denied:
    """In the place of an answer: IAM did not let the function make its call."""

    code: str


def ask(aws: EmbeddedAws, function: str) -> str | Denied:
    """What the function answers."""
    result = aws.functions.invoke(FunctionName=function, Payload=json.dumps(QUESTION))
    answer = json.loads(result["Payload"].read())
    if not result.get("FunctionError"):
        return str(answer)
    if "AccessDenied" in answer["errorMessage"]:
        return Denied(answer["errorMessage"])
    raise StackError(f"the function failed: {answer['errorMessage']}")


def ask_as(aws: EmbeddedAws, function: str, model: str) -> str | Denied:
    """What the function answers if its variable names ``model`` in the place of its own profile."""
    before = aws.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    aws.functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**before, "BEDROCK_PROFILE": model}}
    )
    return ask(aws, function)


def other_targets(aws: EmbeddedAws) -> dict[str, str]:
    """What the function might name instead, by what it is."""
    source = f"arn:aws:bedrock:{aws.region}::foundation-model/{MODEL}"
    other = aws.client("bedrock").create_inference_profile(
        inferenceProfileName="somebody-else", modelSource={"copyFrom": source}
    )
    return {
        f"the bare model, {MODEL}": MODEL,
        "another application inference profile": other["inferenceProfileArn"],
        f"the system-defined profile, us.{MODEL}": f"us.{MODEL}",
    }


def resource(aws: EmbeddedAws, kind: str) -> str:
    """The physical id of the example's one resource of type ``kind``."""
    resources = aws.cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return next(each["PhysicalResourceId"] for each in resources if each["ResourceType"] == kind)


def show(console: Console, aws: EmbeddedAws, function: str, answer: Any) -> None:
    """Print what was deployed and what it said."""
    role = resource(aws, "AWS::IAM::Role")
    iam = aws.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    profile = resource(aws, "Custom::BedrockInferenceProfile")
    console.print()
    lines = {"function": function, "profile": profile, "asked": QUESTION["question"], "answer": answer}
    for name, value in lines.items():
        console.print(Text(f"{name:<9} {value}"), soft_wrap=True)
    for statement in statements:
        console.print(Text(f"may       {statement_text(statement)}"), soft_wrap=True)
    console.print(Text("The answer is canned: there is no model on this machine.", "dim"))


def statement_text(statement: Mapping[str, Any]) -> str:
    """An IAM statement on a few lines: actions, resources, and the condition if there is one."""
    lines = [", ".join(as_list(statement["Action"])), *(f"on {arn}" for arn in as_list(statement["Resource"]))]
    for keys in statement.get("Condition", {}).values():
        lines += [f"if {key} is {' or '.join(as_list(values))}" for key, values in keys.items()]
    return "\n          ".join(lines)


def as_list(value: str | list[str]) -> list[str]:
    """The values of an element of a policy, which may be one or a list."""
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    sys.exit(main())
