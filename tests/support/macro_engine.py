"""What CloudFormation does with a macro, on the embedded AWS, which knows none.

It reads the template, invokes the deployed function with the event of the macro contract, checks the answer against
the contract, and deploys the processed template through a change set. Its failures read as CloudFormation's do.

Source: AWS CloudFormation User Guide, "template-macros-author"; messages as recorded from AWS.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.support.embedded_aws import ACCOUNT, EmbeddedAws
from tests.support.template_text import read_template

CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
BODY_LIMIT = 51_200
"""Bytes of a template that travels in the request; a longer one goes through S3."""


class MacroError(Exception):
    """The macro refused the template or broke its contract; the status reason, as the user reads it."""


class StackError(Exception):
    """The stack operation failed; the reasons of the resources, as the user reads them."""


@dataclass(frozen=True)
class MacroEngine:
    """CloudFormation with one macro registered: ``macro``, served by the function ``function``."""

    aws: EmbeddedAws
    function: str
    macro: str = "LambdaBedrockProfile"

    @property
    def transform(self) -> str:
        """How CloudFormation names the macro to the function and to the user."""
        return f"{ACCOUNT}::{self.macro}"

    def expand(self, template_text: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The processed template, with AWS's own transforms still to be applied; raises ``MacroError``."""
        template = read_template(template_text)
        declared = template.pop("Transform", [])
        transforms = declared if isinstance(declared, list) else [declared]
        values = parameter_values(template, parameters or {})
        kept = []
        for entry in transforms:
            name, arguments = (entry["Name"], entry.get("Parameters", {})) if isinstance(entry, dict) else (entry, {})
            if name == self.macro:
                template = self._invoke(template, values, resolve(arguments, values))
            else:
                kept.append(entry)
        return {"Transform": kept, **template} if kept else template

    def deploy(self, stack: str, template_text: str, parameters: Mapping[str, str] | None = None) -> dict[str, str]:
        """Create or update ``stack``, and return its outputs; raises ``MacroError`` or ``StackError``."""
        given = parameters or {}
        body = json.dumps(self.expand(template_text, given))
        exists = status(self.aws, stack) not in {None, "REVIEW_IN_PROGRESS"}
        source = {"TemplateBody": body} if len(body.encode()) <= BODY_LIMIT else {"TemplateURL": self._upload(body)}
        before = self._events(stack) if exists else frozenset()
        change_set = self.aws.cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName=f"change-{uuid.uuid4().hex}",
            ChangeSetType="UPDATE" if exists else "CREATE",
            Capabilities=CAPABILITIES,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            **source,  # type: ignore[arg-type]
        )["Id"]
        made = wait(lambda: self.aws.cloudformation.describe_change_set(ChangeSetName=change_set))
        if made["Status"] == "FAILED":
            raise StackError(made.get("StatusReason", "the change set failed"))
        self.aws.cloudformation.execute_change_set(ChangeSetName=change_set)
        description = wait(lambda: self.aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0])
        if description["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise StackError(self._reasons(stack, before) or description["StackStatus"])
        return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}

    def delete(self, stack: str) -> None:
        """Delete ``stack``; raises ``StackError`` where something would not go."""
        before = self._events(stack)
        identifier = self.aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        self.aws.cloudformation.delete_stack(StackName=stack)
        description = wait(lambda: self.aws.cloudformation.describe_stacks(StackName=identifier)["Stacks"][0])
        if description["StackStatus"] != "DELETE_COMPLETE":
            raise StackError(self._reasons(stack, before) or description["StackStatus"])

    def _invoke(self, fragment: dict[str, Any], values: dict[str, Any], arguments: Any) -> dict[str, Any]:
        """Call the macro's function, and return the fragment of an answer that keeps the contract."""
        event = {
            "region": self.aws.region,
            "accountId": ACCOUNT,
            "fragment": fragment,
            "transformId": self.transform,
            "params": arguments,
            "requestId": str(uuid.uuid4()),
            "templateParameterValues": values,
        }
        answer = self.aws.functions.invoke(FunctionName=self.function, Payload=json.dumps(event))
        try:
            response = json.loads(answer["Payload"].read())
        except ValueError:
            response = None
        kept = isinstance(response, dict) and response.get("requestId") == event["requestId"] and "status" in response
        if answer.get("FunctionError") or not kept:
            raise MacroError(f"Received malformed response from transform {self.transform}. {ROLLBACK}")
        if response["status"] != "success":
            message = response.get("errorMessage")
            how = f"failed with: {message}" if message else "failed without an error message."
            raise MacroError(f"Transform {self.transform} {how}. {ROLLBACK}")
        if not isinstance(response.get("fragment"), dict):
            raise MacroError(f"Template format error: unsupported structure.. {ROLLBACK}")
        processed: dict[str, Any] = response["fragment"]
        return processed

    def _upload(self, body: str) -> str:
        """Put a long template into S3, and return its address."""
        storage = self.aws.client("s3")
        storage.create_bucket(Bucket="templates")
        storage.put_object(Bucket="templates", Key="template.json", Body=body.encode())
        return "https://templates.s3.amazonaws.com/template.json"

    def _events(self, stack: str) -> frozenset[str]:
        """The ids of what has happened to ``stack`` so far."""
        pages = self.aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        return frozenset(event["EventId"] for page in pages for event in page["StackEvents"])

    def _reasons(self, stack: str, before: frozenset[str]) -> str:
        """Why resources failed, the first failure first, leaving out the events ``before``."""
        pages = self.aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        events = [event for page in pages for event in page["StackEvents"] if event["EventId"] not in before]
        failures = [event for event in reversed(events) if event.get("ResourceStatus", "").endswith("_FAILED")]
        return "\n".join(f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failures)


ROLLBACK = "Rollback requested by user."


def parameter_values(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Every parameter's value as a macro receives it: defaults included, lists as lists, all else as strings."""
    values: dict[str, Any] = {}
    for name, parameter in template.get("Parameters", {}).items():
        value = given.get(name, parameter.get("Default"))
        if value is not None:
            is_list = parameter["Type"] == "CommaDelimitedList" or parameter["Type"].startswith("List<")
            values[name] = str(value).split(",") if is_list else str(value)
    return values


def resolve(arguments: Any, values: Mapping[str, Any]) -> Any:
    """A transform's parameters with each ``Ref`` to a template parameter resolved."""
    if isinstance(arguments, dict):
        if arguments.keys() == {"Ref"}:
            return values.get(arguments["Ref"], arguments)
        return {key: resolve(value, values) for key, value in arguments.items()}
    return [resolve(item, values) for item in arguments] if isinstance(arguments, list) else arguments


def status(aws: EmbeddedAws, stack: str) -> str | None:
    """The status of ``stack``, or None where there is none."""
    try:
        return aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError:
        return None


def wait(describe: Any, limit: float = 120) -> Any:
    """Ask until the status is a final one, at most ``limit`` seconds."""
    deadline = time.monotonic() + limit
    while True:
        description = describe()
        state = description.get("StackStatus") or description["Status"]
        if not state.endswith(("_IN_PROGRESS", "_PENDING")):
            return description
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {state} after {limit} s")
        time.sleep(0.1)
