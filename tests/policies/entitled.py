"""What a function with a profile may do, stated from the route alone, and the questions that put its policies to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from lambda_bedrock_profile.bedrock import partition
from tests.policies.routes import CATALOG, Route, regions
from tests.support.bedrock_authorization import Call, checks
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import Statement, allowed
from tests.support.templates import ACCOUNT

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
READ = "bedrock:GetInferenceProfile"
KEY = "bedrock:InferenceProfileArn"
OTHER_ACTIONS = (
    "bedrock:ApplyGuardrail",
    "bedrock:CallWithBearerToken",
    "bedrock:CountTokens",
    "bedrock:CreateInferenceProfile",
    "bedrock:CreateModelInvocationJob",
    "bedrock:DeleteInferenceProfile",
    "bedrock:GetAsyncInvoke",
    "bedrock:GetFoundationModel",
    "bedrock:InvokeAgent",
    "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles",
    "bedrock:Retrieve",
    "bedrock:TagResource",
    "bedrock:UntagResource",
    "bedrock-mantle:CreateInference",
    "iam:PassRole",
)
Question = tuple[str, str, str | None]
"""An action, the ARN it is asked on, and the profile's ARN in the context, if there is one."""


STRANGER = "Stranger"
"""A declaration of another stack."""


@dataclass(frozen=True)
class Entitled:
    """The declaration ``logical_id`` of a deployed stack, and the answer to every question about its function."""

    stack: Deployed
    route: Route
    logical_id: str

    @cached_property
    def own(self) -> str:
        """The ARN of its profile."""
        return self.stack.profile_arn(self.logical_id)

    @cached_property
    def system(self) -> str:
        """The ARN of the system-defined profile of its route; of any, if it has none."""
        return self.stack.arn(f"inference-profile/{self.route.geography or 'us'}.{self.route.model}")

    @cached_property
    def project(self) -> str:
        """The account's default project in this Region."""
        return self.stack.arn("project/default")

    @cached_property
    def models(self) -> frozenset[str]:
        """The ARNs of its model in the Regions of its route."""
        return frozenset(self.stack.model_arn(region, self.route.model) for region in self.route.regions)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What the context may name for a call through its profile; AWS does not document which of the two."""
        return (self.own, self.system) if self.route.geography else (self.own,)

    @cached_property
    def strangers(self) -> tuple[str, ...]:
        """Profiles that are not its own: of another stack, of another account, and another system-defined one."""
        other = self.stack.profile_arn(STRANGER)
        system = next(name for name in CATALOG.data.profiles if not name.endswith(f".{self.route.model}"))
        return other, self.own.replace(ACCOUNT, "999999999999"), self.stack.arn(f"inference-profile/{system}")

    @cached_property
    def everywhere(self) -> tuple[str, ...]:
        """The ARNs of its model in every Region, and without one."""
        here = regions(partition(self.stack.region))
        return tuple(self.stack.model_arn(region, self.route.model) for region in (*here, ""))

    @cached_property
    def other_models(self) -> tuple[str, ...]:
        """The ARNs of every other model in its Region."""
        models = CATALOG.data.models.keys() - {self.route.model}
        return tuple(self.stack.model_arn(self.stack.region, model) for model in sorted(models))

    def may(self, action: str, resource: str, key: str | None) -> bool:
        """Whether the role has to allow this; everything else has to be denied."""
        if action in INVOKE:
            through = key in self.keys and resource in self.models
            return through or (key is None and resource in (self.own, self.project))
        return action == READ and resource == self.own

    def passes(self, service: str, action: str, resource: str) -> bool:
        """Whether the endpoint to ``service`` has to let this through; through which profile is the role's matter."""
        if service == "bedrock-runtime":
            return action in INVOKE and resource in {self.own, self.project, *self.models}
        return action == READ and resource == self.own

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Everything that might go round the profile, and the few things that have to work."""
        return tuple(self._questions())

    def _questions(self) -> Iterator[Question]:
        system = [self.stack.arn(f"inference-profile/{name}") for name in CATALOG.data.profiles]
        profiles = (self.own, *self.strangers, self.project, self.stack.arn("project/other"), *system)
        for action in INVOKE:
            yield from ((action, target, None) for target in (*profiles, *self.everywhere, *self.other_models))
            yield from ((action, model, key) for model in self.everywhere for key in (self.own, self.system))
            yield from ((action, model, key) for model in self.models for key in self.strangers)
            yield from ((action, model, self.own) for model in self.other_models)
        yield from ((READ, target, None) for target in (self.own, *self.strangers, *self.models))
        for action in OTHER_ACTIONS:
            yield from ((action, target, None) for target in (self.own, self.system, self.project, "*"))
            yield from ((action, model, self.own) for model in self.models)

    def wrong(self, role: Sequence[Statement]) -> Iterator[str]:
        """The questions to which the policies of the role give another answer."""
        contexts = {key: context(key) for key in (None, self.own, self.system, *self.strangers)}
        for action, resource, key in self.questions:
            if allowed(role, action, resource, contexts[key]) != self.may(action, resource, key):
                yield f"{self.logical_id} in {self.stack.region}: {action} on {resource} through {key}"

    def wrong_at(self, service: str, endpoint: Sequence[Statement]) -> Iterator[str]:
        """The questions to which the policy of the endpoint to ``service`` gives another answer."""
        own, alien = context(None), context(None, "999999999999")
        asked = {(action, resource): None for action, resource, _ in self.questions}
        for action, resource in asked:
            if allowed(endpoint, action, resource, own) != self.passes(service, action, resource):
                yield f"{self.logical_id} in {self.stack.region}: {action} on {resource} at {service}"
        for resource in (self.own, self.project, *self.models):
            if any(allowed(endpoint, action, resource, alien) for action in (*INVOKE, READ)):
                yield f"{self.logical_id} in {self.stack.region}: {resource} for another account at {service}"

    def wrong_calls(self, *policies: Sequence[Statement], project: bool) -> Iterator[str]:
        """The calls that go wrong where each of ``policies``, of a role and of an endpoint, has a say."""

        def goes(named: str, operation: str, key: str) -> bool:
            call = Call("bedrock-runtime", "POST", f"/model/{quote(named, safe='')}/{operation}", b"", *here)
            action = INVOKE[operation.endswith("stream")]
            return all(
                allowed(policy, action, check.arn, context(key if check.context else None))
                for check in checks(call, lambda arn: sorted(self.models), project=project)
                for policy in policies
            )

        here = self.stack.region, ACCOUNT
        for operation in ("converse", "converse-stream"):
            for key in self.keys:
                if not goes(self.own, operation, key):
                    yield f"{self.logical_id} in {self.stack.region}: no {operation}, with {key} in the context"
            for target in (self.system, *self.strangers, *self.models, *self.other_models[:5]):
                if goes(target, operation, target):
                    yield f"{self.logical_id} in {self.stack.region}: {operation} of {target}"

    def wrong_around(self, role: Sequence[Statement]) -> Iterator[str]:
        """What goes wrong with the logs and the network interfaces of a new function."""
        here = f"arn:{partition(self.stack.region)}:{{}}:{self.stack.region}:{ACCOUNT}:{{}}".format
        own, other = (here("logs", f"log-group:{name}LogGroup:log-stream:s") for name in (self.logical_id, STRANGER))
        interface, subnet = here("ec2", "network-interface/eni-1"), here("ec2", "subnet/subnet-1")
        lambdas_own = {"aws:PrincipalAccount": ACCOUNT}
        asked = [
            *((f"logs:{action}", own, context(None), True) for action in ("CreateLogStream", "PutLogEvents")),
            *((f"logs:{action}", other, context(None), False) for action in ("CreateLogStream", "PutLogEvents")),
            *((f"logs:{action}", own, context(None), False) for action in ("CreateLogGroup", "GetLogEvents")),
            *((f"ec2:{action}NetworkInterface", interface, lambdas_own, True) for action in ("Create", "Delete")),
            ("ec2:CreateNetworkInterface", subnet, lambdas_own, True),
            *((f"ec2:{action}NetworkInterface", interface, context(None), False) for action in ("Create", "Delete")),
            ("ec2:DescribeNetworkInterfaces", "*", lambdas_own, True),
            ("ec2:ModifyNetworkInterfaceAttribute", interface, lambdas_own, False),
            ("ec2:TerminateInstances", here("ec2", "instance/i-1"), context(None), False),
            ("sqs:SendMessage", here("sqs", "queue"), context(None), False),
            ("secretsmanager:GetSecretValue", here("secretsmanager", "secret:s"), context(None), False),
        ]
        for action, resource, keys, may in asked:
            if allowed(role, action, resource, keys) != may:
                yield f"{self.logical_id} in {self.stack.region}: {action} on {resource}"


def context(key: str | None, account: str = ACCOUNT) -> Mapping[str, str]:
    """The condition keys of a request of the function's code; ``key`` is the profile that it goes through."""
    always = {"aws:PrincipalAccount": account, "lambda:SourceFunctionArn": "arn:aws:lambda:::function:f"}
    return always if key is None else {**always, KEY: key}
