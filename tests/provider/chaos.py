"""An AWS that keeps what it is given, asks IAM about every call, and loses answers, throttles or fails as a test says.

Bedrock's profiles and CloudFormation's stacks, as far as the provider meets them. Every call is checked against the
real service model, and judged by the policy that template.yaml gives the provider's role, with the tags of the request
and of the profile. The clock moves only when somebody sleeps.

Sources: Amazon Bedrock API Reference; Service Authorization Reference, "Actions, resources, and condition keys for
Amazon Bedrock"; AWS CloudFormation API Reference, "DescribeStacks" and "DescribeStackResource".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import boto3
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.validate import ParamValidator

from tests.support.bedrock_authorization import request_tags, resource_tags
from tests.support.macro_template import deployed, granted
from tests.support.policy_evaluation import Context, Statement, allowed, statement_of

ACCOUNT = "123456789012"
REGION = "us-west-1"
OWNER = "lambda-bedrock-profile-owner"
STACK_TAG = "aws:cloudformation:stack-id"
DURATION = 0.2
"""Seconds that a call takes."""


@cache
def service_model(service: str) -> Any:
    """A boto3 client of ``service``, for what it knows of its operations."""
    settings: Any = {"region_name": REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, **settings)  # type: ignore[call-overload]


@cache
def provider_policy(without: str = "", **parameters: str) -> tuple[Statement, ...]:
    """The statements of the provider's role in template.yaml, deployed with ``parameters``.

    ``without`` is the Sid of one that somebody has taken away.
    """
    values = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(r"\$\{(AWS::\w+)\}", lambda match: values[match[1]], value)
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value

    statements = filled(granted(deployed(**parameters)["Resources"], "ProviderFunctionRole"))
    # The log group and the key are resources of the template, without a name before they are there.
    named = [each for each in statements if isinstance(each["Resource"], str | list)]
    assert not without or any(each.get("Sid") == without for each in named)
    return tuple(statement_of(each) for each in named if not without or each.get("Sid") != without)


class Killed(BaseException):
    """Lambda ends the process: nothing in it goes on."""


Chaos = Callable[[Callable[[], Any]], Any]
"""What becomes of one call: takes what does it, and gives or raises what the caller gets."""


def lost_in_error(operation: str) -> Chaos:
    """The call is done, and its answer is an error of the service."""

    def chaos(do: Callable[[], Any]) -> Any:
        do()
        raise refusal(operation, "InternalServerException", 500)

    return chaos


def lost_in_time(operation: str) -> Chaos:
    """The call is done, and its answer never comes."""

    def chaos(do: Callable[[], Any]) -> Any:
        do()
        raise ReadTimeoutError(endpoint_url="https://bedrock.us-west-1.amazonaws.com/inference-profiles")

    return chaos


def killed_after(operation: str) -> Chaos:
    """The call is done, and Lambda ends."""

    def chaos(do: Callable[[], Any]) -> Any:
        do()
        raise Killed

    return chaos


def failing(operation: str, code: str = "InternalServerException", message: str = "", status: int = 400) -> Chaos:
    """The call is refused."""

    def chaos(do: Callable[[], Any]) -> Any:
        raise refusal(operation, code, 500 if code.startswith("Internal") else status, message)

    return chaos


def refusal(operation: str, code: str, status: int = 400, message: str = "") -> ClientError:
    """An error as botocore raises it."""
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


@dataclass
class Aws:
    """One account and Region."""

    policy: tuple[Statement, ...] = field(default_factory=provider_policy)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Application profiles by ARN, as GetInferenceProfile answers, with ``tags`` and ``seen`` (when it shows)."""
    sources: dict[str, list[str]] = field(default_factory=dict)
    """What may be copied: the models by the source's ARN."""
    stacks: dict[str, str] = field(default_factory=dict)
    """The status of each stack by its id."""
    resources: dict[tuple[str, str], str] = field(default_factory=dict)
    """The physical id of each resource by its stack's id and its logical id."""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Operations and parameters, in order."""
    asked: list[tuple[str, str, Context]] = field(default_factory=list)
    """Everything that IAM was asked: action, resource, condition keys."""
    chaos: dict[str, list[Chaos | None]] = field(default_factory=dict)
    """What becomes of the next calls of an operation."""
    per_second: float = 0
    """Calls that are taken in a second; 0 is without end."""
    listing_delay: float = 0
    """Seconds until a new profile shows in a listing."""
    statuses: list[str] = field(default_factory=list)
    """What the next looks at new profiles say, before they are ACTIVE."""
    now: Callable[[], float] = lambda: 0.0
    _taken_at: float = -1e9
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def client(self, service: str, region: str, config: Any = None) -> Any:
        """Stands in for a boto3 client."""
        return Client(self, service, region)

    def next(self, operation: str, *chaos: Chaos | None) -> None:
        """Says what becomes of the next calls of ``operation``; None is the usual."""
        self.chaos.setdefault(operation, []).extend(chaos)

    def names(self) -> list[str]:
        """The names of the application profiles there are."""
        return sorted(profile["inferenceProfileName"] for profile in self.profiles.values())

    def plant(self, name: str, tags: Mapping[str, str], source: str = "", **changes: Any) -> str:
        """A profile that somebody else made, and not by the provider; its ARN."""
        return self._made({"inferenceProfileName": name, "modelSource": {"copyFrom": source}, **changes}, dict(tags))

    # ------------------------------------------------------------------------------------------------------ each call

    def answer(self, service: str, method: str, parameters: dict[str, Any]) -> Any:
        """What a call of ``method`` answers or raises."""
        client = service_model(service)
        operation = client.meta.method_to_api_mapping[method]
        shape = client.meta.service_model.operation_model(operation).input_shape
        report = ParamValidator().validate(parameters, shape)
        assert not report.has_errors(), report.generate_report()
        self.calls.append((operation, parameters))
        if self.per_second and self.now() < self._taken_at + 1 / self.per_second:
            raise refusal(operation, "ThrottlingException", 429, "Too many requests")
        self._taken_at = self.now()

        def do() -> Any:
            for resource, context in self._authorized_on(operation, parameters):
                action = f"{service}:{operation}"
                self.asked.append((action, resource, context))
                if not allowed(self.policy, action, resource, context):
                    raise refusal(operation, "AccessDeniedException", 403, f"not authorized to perform {action}")
            return getattr(self, f"_{method}")(**parameters)

        waiting = self.chaos.get(operation)
        chaos = waiting.pop(0) if waiting else None
        return chaos(do) if chaos else do()

    def _authorized_on(self, operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, Context]]:
        """Each resource that IAM is asked about, with the condition keys of the request."""
        base = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
        match operation:
            case "DescribeStacks" | "DescribeStackResource":
                yield parameters["StackName"], {}
            case "ListInferenceProfiles":
                yield "*", {}
            case "CreateInferenceProfile":
                # Three resources: the new profile with its tags, which TagResource is asked about, too, and the source.
                tags = {tag["key"]: tag["value"] for tag in parameters.get("tags", [])}
                new = f"{base}:application-inference-profile/new"
                yield new, {**request_tags(tags), **resource_tags(tags)}
                yield parameters["modelSource"]["copyFrom"], {}
            case "GetInferenceProfile" | "DeleteInferenceProfile":
                identifier = parameters["inferenceProfileIdentifier"]
                arn = f"{base}:application-inference-profile/{identifier}"
                if arn in self.profiles:
                    yield arn, resource_tags(self.profiles[arn]["tags"])
                elif operation == "GetInferenceProfile":
                    yield f"{base}:inference-profile/{identifier}", {}
            case "TagResource":
                tags = {tag["key"]: tag["value"] for tag in parameters["tags"]}
                yield parameters["resourceARN"], {**request_tags(tags), **self._tags_of(parameters["resourceARN"])}
            case "UntagResource":
                keys = {"aws:TagKeys": list(parameters["tagKeys"])}
                yield parameters["resourceARN"], {**keys, **self._tags_of(parameters["resourceARN"])}
            case "ListTagsForResource":
                yield parameters["resourceARN"], self._tags_of(parameters["resourceARN"])
            case _:
                raise AssertionError(f"nobody said how {operation} is authorized")

    def _tags_of(self, arn: str) -> dict[str, str]:
        return resource_tags(self.profiles[arn]["tags"]) if arn in self.profiles else {}

    # ------------------------------------------------------------------------------------------------- the operations

    def _create_inference_profile(self, **parameters: Any) -> dict[str, Any]:
        tags = {tag["key"]: tag["value"] for tag in parameters.get("tags", [])}
        if not allowed(
            self.policy,
            "bedrock:TagResource",
            f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/new",
            {**request_tags(tags), **resource_tags(tags)},
        ):
            raise refusal("CreateInferenceProfile", "AccessDeniedException", 403, "not authorized to tag")
        if parameters["modelSource"]["copyFrom"] not in self.sources:
            raise refusal("CreateInferenceProfile", "ResourceNotFoundException", 404, "no such source")
        if any(each["inferenceProfileName"] == parameters["inferenceProfileName"] for each in self.profiles.values()):
            words = f"Profile {parameters['inferenceProfileName']} exists."
            raise refusal("CreateInferenceProfile", "ConflictException", 409, words)
        if len(tags) > 200:
            raise refusal("CreateInferenceProfile", "TooManyTagsException", 400)
        return {"inferenceProfileArn": self._made(parameters, tags), "status": "ACTIVE"}

    def _made(self, parameters: Mapping[str, Any], tags: dict[str, str]) -> str:
        identifier = f"abcdef{next(self._numbers):06}"
        arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/{identifier}"
        moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
        source = parameters["modelSource"]["copyFrom"]
        profile = {
            "inferenceProfileName": parameters["inferenceProfileName"],
            "inferenceProfileArn": arn,
            "inferenceProfileId": identifier,
            "createdAt": moment,
            "updatedAt": moment,
            "status": "ACTIVE",
            "type": "APPLICATION",
            "models": [{"modelArn": model} for model in self.sources.get(source, [])],
            "tags": tags,
            "seen": self.now() + self.listing_delay,
        }
        if "description" in parameters:
            profile["description"] = parameters["description"]
        self.profiles[arn] = profile
        return arn

    def _get_inference_profile(self, **parameters: str) -> dict[str, Any]:
        identifier = parameters["inferenceProfileIdentifier"]
        arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/{identifier}"
        source = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{identifier}"
        if arn in self.profiles:
            status = self.statuses.pop(0) if self.statuses else "ACTIVE"
            return {**answered(self.profiles[arn]), "status": status}
        if source in self.sources:
            return {"models": [{"modelArn": model} for model in self.sources[source]]}
        raise refusal("GetInferenceProfile", "ResourceNotFoundException", 404)

    def _delete_inference_profile(self, **parameters: str) -> dict[str, Any]:
        identifier = parameters["inferenceProfileIdentifier"]
        arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/{identifier}"
        if self.profiles.pop(arn, None) is None:
            raise refusal("DeleteInferenceProfile", "ResourceNotFoundException", 404)
        return {}

    def _list_inference_profiles(self, **parameters: Any) -> dict[str, Any]:
        """Pages of two, whatever was asked for: nobody may rely on one page."""
        visible = [answered(each) for each in self.profiles.values() if each["seen"] <= self.now()]
        start = int(parameters.get("nextToken", 0))
        more = {"nextToken": str(start + 2)} if start + 2 < len(visible) else {}
        return {"inferenceProfileSummaries": visible[start : start + 2], **more}

    def _list_tags_for_resource(self, **parameters: str) -> dict[str, Any]:
        tags = self._known(parameters["resourceARN"], "ListTagsForResource")["tags"]
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tag_resource(self, **parameters: Any) -> dict[str, Any]:
        known = self._known(parameters["resourceARN"], "TagResource")["tags"]
        added = {tag["key"]: tag["value"] for tag in parameters["tags"]}
        if len({key for key in known | added if not key.startswith("aws:")}) > 200:
            raise refusal("TagResource", "TooManyTagsException", 400)
        known |= added
        return {}

    def _untag_resource(self, **parameters: Any) -> dict[str, Any]:
        known = self._known(parameters["resourceARN"], "UntagResource")["tags"]
        for key in parameters["tagKeys"]:
            known.pop(key, None)
        return {}

    def _known(self, arn: str, operation: str) -> dict[str, Any]:
        if arn not in self.profiles:
            raise refusal(operation, "ResourceNotFoundException", 404)
        return self.profiles[arn]

    def _describe_stacks(self, **parameters: str) -> dict[str, Any]:
        return {"Stacks": [{"StackName": "x", "StackStatus": self.stacks[parameters["StackName"]]}]}

    def _describe_stack_resource(self, **parameters: str) -> dict[str, Any]:
        physical_id = self.resources.get((parameters["StackName"], parameters["LogicalResourceId"]))
        if physical_id is None:
            raise refusal("DescribeStackResource", "ValidationError", 400, "Resource does not exist for stack")
        return {"StackResourceDetail": {"PhysicalResourceId": physical_id}}


@dataclass(frozen=True)
class Client:
    """A client of ``aws`` for one service; another Region has nothing and answers nobody."""

    aws: Aws
    service: str
    region: str

    def __getattr__(self, method: str) -> Any:
        assert self.region == REGION
        call = partial(self._call, method)
        call.__name__ = method  # type: ignore[attr-defined]
        return call

    def _call(self, method: str, **parameters: Any) -> Any:
        return self.aws.answer(self.service, method, parameters)


def answered(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A profile as Bedrock answers it: without its tags."""
    return {name: value for name, value in profile.items() if name not in ("tags", "seen")}
