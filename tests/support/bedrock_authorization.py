"""How AWS authorizes calls to Bedrock, for the embedded AWS, whose own engine asks for another action and resource.

The engine evaluates the policies; this module says on what. Converse is authorized as InvokeModel. A call through an
inference profile is authorized on the profile, and then, with ``bedrock:InferenceProfileArn`` in the context, on each
model the profile leads to. The engine knows the model in the source Region only; AWS goes on with every destination.
Every call is also authorized on the project, as a strict account does it: botocore 1.44.8 says so of InvokeModel and
Converse. Whether AWS asks today is not known, so ``project=False`` leaves that question out.

Source: Amazon Bedrock User Guide, "inference-prereq" and "geographic-cross-region-inference". Which ARN the key holds
for an application profile is documented nowhere; here it is that profile's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

ACTIONS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
}
SYSTEM_PROFILE = re.compile(r"(us|eu|apac|au|jp|in|ca|us-gov|global)\.")
TAGGING = {"/listTagsForResource", "/tagResource", "/untagResource"}

Models = Callable[[str], list[str]]
"""The models that the profile with this ARN leads to."""

Tags = Callable[[str], Mapping[str, str]]
"""The tags of the profile with this ARN."""


class Check(NamedTuple):
    """One evaluation: the ARN, the condition keys in its context, and the action if it is another than the call's."""

    arn: str
    context: dict[str, Any]
    action: str = ""


def itself(arn: str) -> str:
    """The key carries the ARN of the profile that is called."""
    return arn


class Rules(NamedTuple):
    """How AWS decides where no documentation says it.

    ``key``: the profile that is called → what ``bedrock:InferenceProfileArn`` carries. ``project``: whether the default
    project is asked for, too. ``guardrail``: whether a call with a guardrail is asked for ApplyGuardrail, too.
    """

    key: Callable[[str], str] = itself
    project: bool = True
    guardrail: bool = True


class Call(NamedTuple):
    """What a request to Bedrock says, and where it was sent."""

    service: str
    method: str
    path: str
    body: bytes
    region: str
    account: str


def no_tags(arn: str) -> Mapping[str, str]:
    """The tags of a profile that has none."""
    return {}


def checks(
    call: Call, models: Models, tags: Tags = no_tags, *, project: bool = True, rules: Rules | None = None
) -> list[Check]:
    """The evaluations of a call, in AWS's order; on any resource where its operation takes none."""
    rules = rules or Rules(project=project)
    path = unquote(call.path)
    if call.service == "bedrock-runtime":
        arn = named(path.removeprefix("/model/").rpartition("/")[0], call)
        led_to = models(arn) if "inference-profile/" in arn else []
        projects = [Check(default_project(call), {})] if rules.project else []
        keys = {"bedrock:InferenceProfileArn": rules.key(arn)}
        guarded = []
        if guardrail := _guardrail(call):
            arn_of_guardrail, keys["bedrock:GuardrailIdentifier"] = guardrail
            guarded = [Check(arn_of_guardrail, {}, "bedrock:ApplyGuardrail")] if rules.guardrail else []
        return [Check(arn, {}), *projects, *(Check(model, keys) for model in led_to), *guarded]
    if path == "/inference-profiles" and call.method == "POST":
        made = f"arn:aws:bedrock:{call.region}:{call.account}:application-inference-profile/new"
        body = json.loads(call.body)
        given = {tag["key"]: tag["value"] for tag in body.get("tags", [])}
        return [Check(made, request_tags(given) | resource_tags(given)), Check(body["modelSource"]["copyFrom"], {})]
    if path.startswith("/inference-profiles/"):
        arn = named(path.removeprefix("/inference-profiles/"), call)
        return [Check(arn, resource_tags(tags(arn)))]
    if path.startswith("/foundation-models/"):
        return [Check(named(path.removeprefix("/foundation-models/"), call), {})]
    if path in TAGGING:
        body = json.loads(call.body)
        given = {tag["key"]: tag["value"] for tag in body.get("tags", [])}
        keys = {"aws:TagKeys": body["tagKeys"]} if "tagKeys" in body else request_tags(given)
        return [Check(body["resourceARN"], keys | resource_tags(tags(body["resourceARN"])))]
    return [Check("*", {})]


def _guardrail(call: Call) -> tuple[str, str] | None:
    """The ARN of the guardrail that a Converse call names, and what the condition key holds; None if it names none.

    The key has the version behind the ARN; for DRAFT it is the ARN alone (Amazon Bedrock User Guide,
    "guardrails-permissions-id").
    """
    body = json.loads(call.body) if call.path.endswith(("/converse", "/converse-stream")) and call.body else {}
    config = body.get("guardrailConfig", {})
    identifier, version = (str(config.get(f"guardrail{part}", "")) for part in ("Identifier", "Version"))
    if not identifier:
        return None
    whole = f"arn:{_partition(call.region)}:bedrock:{call.region}:{call.account}:guardrail/{identifier}"
    arn = identifier if identifier.startswith("arn:") else whole
    return arn, arn if version in ("", "DRAFT") else f"{arn}:{version}"


def request_tags(tags: Mapping[str, str]) -> dict[str, Any]:
    """The condition keys of a request that sets ``tags``."""
    keys: dict[str, Any] = {"aws:TagKeys": list(tags)} if tags else {}
    return keys | {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def resource_tags(tags: Mapping[str, str]) -> dict[str, Any]:
    """The condition keys of a resource that has ``tags``."""
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def named(identifier: str, call: Call) -> str:
    """The ARN of the model or profile that a call names by ARN or by id."""
    if identifier.startswith("arn:"):
        return identifier
    if SYSTEM_PROFILE.match(identifier):
        return f"arn:aws:bedrock:{call.region}:{call.account}:inference-profile/{identifier}"
    if identifier.startswith("ip-"):
        return f"arn:aws:bedrock:{call.region}:{call.account}:application-inference-profile/{identifier}"
    return f"arn:aws:bedrock:{call.region}::foundation-model/{identifier}"


def default_project(call: Call) -> str:
    """The ARN of the project of a call that names none."""
    return f"arn:{_partition(call.region)}:bedrock:{call.region}:{call.account}:project/default"


def _partition(region: str) -> str:
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


class Resource(str):
    """A resource as the engine carries it, an ARN, with all the evaluations of its call."""

    __slots__ = ("checks",)
    checks: list[Check]

    def __new__(cls, evaluations: list[Check]) -> Resource:
        """Read as the first ARN."""
        made = super().__new__(cls, evaluations[0].arn)
        made.checks = evaluations
        return made


def install(actions: Any, evaluator: Any, models: Models, tags: Tags, rules: Rules | None = None) -> None:
    """Put this in the place of what the engine's modules ``actions`` and ``evaluator`` ask for Bedrock."""
    engines_action, engines_resource = actions.extract_iam_action, actions.extract_resource_arn
    enforce = evaluator.enforce

    def extract_iam_action(*request: Any) -> str | None:
        action: str | None = engines_action(*request)
        return ACTIONS.get(action, action) if action else None

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        if service in {"bedrock", "bedrock-runtime"}:
            return Resource(checks(Call(service, method, path, body, region, account), models, tags, rules=rules))
        return engines_resource(service, method, path, headers, body, query, region, account)

    def enforce_each(
        key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        evaluations = resource_arn.checks if isinstance(resource_arn, Resource) else [Check(resource_arn, {})]
        for arn, context, other in evaluations:
            if denied := enforce(key, other or action, service, region, arn, {**(service_context or {}), **context}):
                return denied
        return None

    actions.extract_iam_action = extract_iam_action
    actions.extract_resource_arn = extract_resource_arn
    evaluator.enforce = enforce_each
