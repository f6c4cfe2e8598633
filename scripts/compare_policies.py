"""Put the same questions to the policies of other templates and to ours: ``python -m scripts.compare_policies FOLDER``.

``FOLDER`` has templates as ``*.template.json``, such as the CDK construct ``aws-lambda-bedrockinferenceprofile``
synthesizes. Each function in them that has an application inference profile is taken as deployed in every source Region
of the catalog, and beside it a function of ours with the same model and route, in a VPC or not, on a role with the same
managed policies. The questions are those of ``tests/policies``. The route decides which answers are right.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lambda_bedrock_profile.bedrock import partition
from lambda_bedrock_profile.diagnostics import TemplateError
from tests.policies.entitled import INVOKE, KEY, READ, Entitled, Question, context
from tests.policies.routes import CATALOG, Route, routes
from tests.support.deployed import Deployed, references
from tests.support.policy_evaluation import Statement, allowed, statement_of
from tests.support.templates import ACCOUNT, FUNCTION, expanded, new, role, template

PROFILES = {"AWS::Bedrock::ApplicationInferenceProfile", "Custom::BedrockInferenceProfile"}
SERVICES = ("bedrock-runtime", "bedrock")
ANYTHING = statement_of({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"})
"""The policy of an endpoint that has none (AWS PrivateLink Guide, "Control access to VPC endpoints")."""
BY_LAMBDA = {"aws:PrincipalAccount": ACCOUNT}
"""Lambda's own calls for network interfaces have no ``lambda:SourceFunctionArn``."""
INTERFACE_ACTIONS = tuple(
    f"ec2:{name}"
    for name in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "UnassignPrivateIpAddresses",
    )
)
COUNTED = ("allowed rightly", "denied wrongly", "allowed wrongly")
Answer = tuple[str, bool, bool]
"""What was asked about, whether it has to be allowed, and whether it is."""

Verdicts = Counter[tuple[str, str]]
"""How often an answer was such, by what was asked about."""


@dataclass(frozen=True)
class Subject(Entitled):
    """A function of a deployed stack and what it is entitled to; ``logical_id`` is that of its profile.

    ``managed``: whether its role has managed policies. What they open is the user's own choice.
    """

    function: str
    managed: bool

    @cached_property
    def own(self) -> str:
        """The ARN of its profile."""
        return str(self.stack.value({"Fn::GetAtt": [self.logical_id, "InferenceProfileArn"]}))

    def answers(self, *, endpoints: bool) -> Iterator[Answer]:
        """The answers of the policies of the role, and of the endpoints if they are asked as well."""
        policies = self.stack.identity(self.function)
        for question in self.questions:
            action, resource, key = question
            yield self._topic(question), self.may(*question), allowed(policies, action, resource, context(key))
        yield from self._answers_of_logs(policies)
        if "VpcConfig" in self.stack.properties(self.function):
            yield from self._answers_of_interfaces(policies)
        for service in SERVICES if endpoints else ():
            yield from self._answers_of_endpoint(endpoint(self.stack, service) or [], service)

    def _topic(self, question: Question) -> str:
        action, resource, key = question
        if action == READ:
            return "read a profile: its own, and any other"
        if action not in INVOKE:
            return "any other action of Bedrock"
        model = resource.partition("foundation-model/")[2]
        if model:
            if model != self.route.model:
                return "another model"
            if resource not in self.models:
                return "its model in a Region outside its route"
            if key is None:
                return "its model, past every profile"
            return f"its model, through {'its own profile' if key in self.keys else 'the profile of another'}"
        if ":inference-profile/" in resource:
            return "a system-defined profile"
        names = {self.own: "its own profile", self.project: "the default project"}
        return names.get(resource, "the profile or the project of another")

    def _answers_of_logs(self, policies: Sequence[Statement]) -> Iterator[Answer]:
        config = self.stack.properties(self.function).get("LoggingConfig", {})
        name = self.stack.value({"Ref": self.function})
        groups = {config.get("LogGroup", f"/aws/lambda/{name}"): True, "/aws/lambda/Stranger": False}
        for group, may in groups.items():
            arn = (
                f"arn:{partition(self.stack.region)}:logs:{self.stack.region}:{ACCOUNT}:log-group:{group}:log-stream:s"
            )
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                if may or not self.managed:
                    topic = "its own log group" if may else "the log group of another function"
                    yield topic, may, allowed(policies, action, arn, context(None))

    def _answers_of_interfaces(self, policies: Sequence[Statement]) -> Iterator[Answer]:
        arn = f"arn:{partition(self.stack.region)}:ec2:{self.stack.region}:{ACCOUNT}:network-interface/eni-1"
        for action in INTERFACE_ACTIONS:
            yield "network interfaces, by Lambda", True, allowed(policies, action, arn, BY_LAMBDA)
            if not self.managed:
                yield "network interfaces, by its code", False, allowed(policies, action, arn, context(None))

    def _answers_of_endpoint(self, policies: Sequence[Statement], service: str) -> Iterator[Answer]:
        for action, resource in {(action, resource): None for action, resource, _ in self.questions}:
            may = self.passes(service, action, resource)
            # The condition on the profile is tried on the role; an endpoint may have it, too.
            keys = {KEY: self.own} if "foundation-model/" in resource else {}
            goes = allowed(policies, action, resource, {**context(None), **keys})
            yield "endpoints: what it needs" if may else "endpoints: anything else", may, goes
        for resource in (self.own, *self.models):
            alien = context(None, "999999999999")
            for action in INVOKE:
                yield "endpoints: another account", False, allowed(policies, action, resource, alien)


def endpoint(stack: Deployed, service: str) -> list[Statement] | None:
    """What the policy of the stack's endpoint to ``service`` says; None if there is no such endpoint."""
    for logical_id, resource in stack.resources.items():
        if resource["Type"] == "AWS::EC2::VPCEndpoint":
            properties = stack.properties(logical_id)
            if str(properties["ServiceName"]).endswith(f".{service}"):
                document = properties.get("PolicyDocument")
                return [ANYTHING] if document is None else [statement_of(each) for each in document["Statement"]]
    return None


def has_endpoints(stack: Deployed, function: str) -> bool:
    """Whether the stack makes the endpoints to Bedrock, and the function is in a VPC."""
    return "VpcConfig" in stack.properties(function) and all(
        endpoint(stack, service) is not None for service in SERVICES
    )


def subjects(source: Mapping[str, Any], region: str) -> Iterator[Subject | str]:
    """The functions of a template deployed in ``region``, or why one cannot be asked about."""
    stack = Deployed(source, region)
    profiles = {name for name, resource in stack.resources.items() if resource["Type"] in PROFILES}
    for function, resource in stack.resources.items():
        named = set(references(resource.get("Properties", {}).get("Environment", {}))) & profiles
        if resource["Type"] != "AWS::Lambda::Function" or len(named) != 1:
            continue
        (profile,) = named
        try:
            route = route_of(str(stack.properties(profile)["ModelSource"]["CopyFrom"]), region)
        except KeyError:
            yield "the template has no value for the Region, so it cannot be deployed"
            continue
        if route is None:
            yield "Bedrock has no such profile or model in the Region"
            continue
        yield Subject(stack, route, profile, function, bool(managed_policies(stack, function)))


def route_of(source: str, region: str) -> Route | None:
    """The route of a profile that is copied from ``source``; None if the catalog has none."""
    kind, _, name = source.split(":", 5)[5].partition("/")
    if kind == "inference-profile":
        known = CATALOG.data.profiles.get(name)
        destinations = known.routes.get(region) if known else None
        return Route(known.model, region, tuple(destinations), known.geography) if known and destinations else None
    model = CATALOG.data.models.get(name)
    return Route(name, region, (region,)) if model and region in model.on_demand else None


def managed_policies(stack: Deployed, function: str) -> list[str]:
    """The managed policies on the role of a function."""
    name = str(stack.properties(function)["Role"]).rpartition("/")[2]
    for logical_id, resource in stack.resources.items():
        if resource["Type"] == "AWS::IAM::Role" and stack.value({"Ref": logical_id}) == name:
            return list(stack.properties(logical_id).get("ManagedPolicyArns", []))
    return []


def answers_of_ours(subject: Subject) -> tuple[Answer, ...] | None:
    """The answers of a function of ours like ``subject``; None if the macro refuses its model there."""
    stack, function = subject.stack, subject.function
    names = tuple(arn.rpartition("/")[2] for arn in managed_policies(stack, function))
    return _answers_of_ours(
        subject.route, "VpcConfig" in stack.properties(function), has_endpoints(stack, function), names
    )


@cache
def _answers_of_ours(
    route: Route, private: bool, endpoints: bool, managed: tuple[str, ...]
) -> tuple[Answer, ...] | None:
    arns = [f"arn:{partition(route.source)}:iam::aws:policy/service-role/{name}" for name in managed]
    roles = {"Role": role(ManagedPolicyArns=arns)} if managed else {}
    with_role = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}} if managed else {}
    network = {"DeployVpc": True, "InterfaceEndpoints": [*SERVICES]} if private else {}
    declaration = new(**route.choice, LambdaFunctionProps={**FUNCTION, **with_role}, **network)
    provider = not CATALOG.has_profile_type(route.source)
    try:
        processed = expanded(template(X=declaration, **roles), route.source, provider=provider)
    except TemplateError:
        return None
    same = Subject(Deployed(processed, route.source), route, "XInferenceProfile", "X", bool(managed))
    return tuple(same.answers(endpoints=endpoints))


def compare(templates: Sequence[Mapping[str, Any]]) -> tuple[Verdicts, Verdicts, Counter[str]]:
    """The verdicts on ours and on the others', and how many functions were not asked about, by reason.

    The number that was asked about has the empty reason.
    """
    ours, others, reasons = Verdicts(), Verdicts(), Counter[str]()
    everywhere = sorted({route.source for route in routes()})
    for subject in (subject for source in templates for region in everywhere for subject in subjects(source, region)):
        same = None if isinstance(subject, str) else answers_of_ours(subject)
        if isinstance(subject, str) or same is None:
            reasons[subject if isinstance(subject, str) else "the macro refuses the model in the Region"] += 1
            continue
        reasons[""] += 1
        other = tuple(subject.answers(endpoints=has_endpoints(subject.stack, subject.function)))
        if Counter(topic for topic, *_ in same) != Counter(topic for topic, *_ in other):
            raise AssertionError(f"other questions for {subject.function} in {subject.stack.region}")
        ours.update(map(verdict, same))
        others.update(map(verdict, other))
    return ours, others, reasons


def verdict(answer: Answer) -> tuple[str, str]:
    """What was asked about, and how the answer is."""
    topic, may, goes = answer
    return topic, f"{'allowed' if goes else 'denied'} {'rightly' if goes == may else 'wrongly'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder with *.template.json")
    paths = sorted(parser.parse_args(arguments).folder.glob("*.template.json"))
    *sides, reasons = compare([json.loads(path.read_text(encoding="utf-8")) for path in paths])
    print(f"{len(paths)} templates; {reasons.pop('', 0):,} functions, each in one Region, were asked about.")
    for reason, number in sorted(reasons.items()):
        print(f"{number:,} were not: {reason}.")
    print(
        "\n| asked about | questions |",
        " | ".join(f"{who}: {how}" for who in ("ours", "theirs") for how in COUNTED),
        "|",
    )
    print(f"|---{'|---:' * 7}|")
    topics = sorted({topic for topic, _ in sides[0]})
    for topic in topics:
        print(row(topic, [topic], sides))
    print(row("**all of the roles**", [each for each in topics if not each.startswith("endpoints")], sides))
    print(row("**all of the endpoints**", [each for each in topics if each.startswith("endpoints")], sides))
    return 0


def row(name: str, topics: Collection[str], sides: Sequence[Verdicts]) -> str:
    """A line of the table, of one topic or of several."""
    asked = sum(number for (topic, _), number in sides[0].items() if topic in topics)
    figures = [sum(side[topic, how] for topic in topics) for side in sides for how in COUNTED]
    return " | ".join([f"| {name}", *(f"{figure:,}" for figure in (asked, *figures))]) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
