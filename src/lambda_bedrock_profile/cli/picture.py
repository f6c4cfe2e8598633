"""A stack as a graph, in two views: what depends on what, and who calls whom at run time.

The first has all resources, grouped by the declaration that they come from, and the references between them. The second
is event → function → (endpoint) → inference profile → Regions. Its events are what the template shows: resources that
invoke the function, or an alias or a version of it, and the Events of AWS SAM. What is wired up elsewhere cannot be
seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lambda_bedrock_profile import custom_types, names
from lambda_bedrock_profile.expand import Expansion
from lambda_bedrock_profile.stack.endpoint_services import RUNTIME
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.references import depends_on, targets_of
from lambda_bedrock_profile.values import Json

Kind = Literal["function", "profile", "identity", "network", "logs", "alarms", "event", "region", "other"]

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("AWS::Lambda::Function", "function"),
    ("AWS::Serverless::Function", "function"),
    ("AWS::Bedrock::Guardrail", "other"),
    ("AWS::Bedrock::", "profile"),
    (custom_types.INFERENCE_PROFILE, "profile"),
    ("AWS::IAM::", "identity"),
    ("AWS::EC2::", "network"),
    ("AWS::Logs::", "logs"),
    ("AWS::CloudWatch::", "alarms"),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A resource: ``title`` is its type in short, ``group`` the declaration it comes from, empty for the user's own."""

    name: str
    title: str
    kind: Kind
    group: str


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` refers to ``target``, or only names it in its DependsOn."""

    source: str
    target: str
    depends_on: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes and edges in the order of the template."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The declarations."""
        return tuple(dict.fromkeys(node.group for node in self.nodes if node.group))

    def members(self, group: str) -> tuple[Node, ...]:
        """The resources of one declaration; with an empty name, those of none."""
        return tuple(node for node in self.nodes if node.group == group)


def resource_picture(expansion: Expansion) -> Picture:
    """What depends on what in a processed template."""
    resources = {
        name: resource for name, resource in expansion.template["Resources"].items() if isinstance(resource, Mapping)
    }
    owners = {item: declaration for declaration, items in expansion.generated.items() for item in items}
    nodes = tuple(node_of(name, resource, owners.get(name, "")) for name, resource in resources.items())
    edges = (edge for name, resource in resources.items() for edge in _edges(name, resource, resources))
    return Picture(nodes, tuple(dict.fromkeys(edges)))


def node_of(name: str, resource: Mapping[str, Json], group: str = "") -> Node:
    """The node of a resource; ``group`` is the declaration that it comes from."""
    kind = str(resource.get("Type", ""))
    short = kind.replace("AWS::", "", 1).replace("::", " ")
    return Node(name, short, next((each for start, each in _KINDS if kind.startswith(start)), "other"), group)


def _edges(name: str, resource: Mapping[str, Json], resources: Mapping[str, Json]) -> Iterator[Edge]:
    targets = [target for target in targets_of(resource) if target in resources and target != name]
    for target in targets:
        yield Edge(name, target, depends_on=False)
    for target in depends_on(resource):
        if isinstance(target, str) and target in resources and target not in targets:
            yield Edge(name, target, depends_on=True)


# ---------------------------------------------------------------------------------------------------------------- calls

_INVOKES: Final = {
    "AWS::ApiGateway::Method": ("Integration",),
    "AWS::ApiGatewayV2::Integration": ("IntegrationUri",),
    "AWS::Bedrock::Agent": ("ActionGroups",),
    "AWS::Cognito::UserPool": ("LambdaConfig",),
    "AWS::Events::Rule": ("Targets",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::S3::Bucket": ("NotificationConfiguration",),
    "AWS::Scheduler::Schedule": ("Target",),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::StepFunctions::StateMachine": ("Definition", "DefinitionString", "DefinitionSubstitutions"),
}
"""Type of a resource that invokes a function → the properties that name it."""
_FROM: Final = {"AWS::Lambda::EventSourceMapping": "EventSourceArn", "AWS::Lambda::Permission": "SourceArn"}
"""Type of a resource that lets another one invoke ``FunctionName`` → the property that names that one."""
_STANDS_FOR: Final = ("AWS::Lambda::Alias", "AWS::Lambda::Version")
_ANYWHERE: Final = "any commercial Region"


def call_picture(expansion: Expansion) -> Picture:
    """The picture of the calls that the functions of the declarations take and make."""
    resources = {
        name: resource for name, resource in expansion.template["Resources"].items() if isinstance(resource, Mapping)
    }
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []

    def arrow(source: Node, target: Node) -> None:
        """Draw an arrow, and what is at its ends if it is not there yet."""
        nodes.setdefault(source.name, source)
        nodes.setdefault(target.name, target)
        edges.append(Edge(source.name, target.name, depends_on=False))

    for grant in expansion.grants:
        profile = _profile(grant)
        if grant.function is None:
            named = grant.role.key if grant.role.key.isalnum() else f"{grant.logical_id}.ExistingRole"
            arrow(Node(named, "IAM Role", "identity", ""), profile)
        else:
            function = node_of(grant.function.id, resources[grant.function.id])
            for event in _events(grant.function.id, resources):
                arrow(event, function)
            if endpoint := _endpoint(grant.function.id, expansion, resources):
                arrow(function, endpoint)
            arrow(endpoint or function, profile)
        for region in _regions(grant):
            arrow(profile, region)
    return Picture(tuple(nodes.values()), tuple(dict.fromkeys(edges)))


def _profile(grant: Grant) -> Node:
    """The application inference profile, which may be that of another declaration, or none of the template."""
    route = grant.route
    name = grant.profile.id or f"{grant.profile.owner}.ExistingInferenceProfile"
    return Node(name, route.profile_id or f"{route.model} on demand", "profile", "")


def _regions(grant: Grant) -> Iterator[Node]:
    """The Regions that a call may be served in."""
    route = grant.route
    if route.regionless:
        yield Node(_ANYWHERE, "Amazon Bedrock", "region", "")
        return
    for region in route.destinations or (route.source,):
        yield Node(region, "Amazon Bedrock", "region", "")


def _endpoint(function_id: str, expansion: Expansion, resources: Mapping[str, Json]) -> Node | None:
    """The endpoint that the calls of the function go through, if the expansion makes it."""
    for other in expansion.grants:
        if other.function is None or other.function.id != function_id or other.network is None:
            continue
        for service in sorted(RUNTIME):
            name = names.endpoint_id(other.network.key, service)
            if name in resources:
                return Node(name, f"endpoint to {service}", "network", "")
    return None


def _events(function_id: str, resources: Mapping[str, Json]) -> Iterator[Node]:
    """What invokes the function, or an alias or a version of it."""
    aliases = {
        name
        for name, resource in resources.items()
        if resource.get("Type") in _STANDS_FOR and function_id in targets_of(_property(resource, "FunctionName"))
    }
    invoked = {function_id, *aliases}
    events = resources[function_id].get("Properties", {}).get("Events")
    for name, event in events.items() if isinstance(events, Mapping) else ():
        kind = event.get("Type") if isinstance(event, Mapping) else None
        yield Node(f"{function_id}.{name}", f"{kind or 'event'} of AWS SAM", "event", "")
    for name, resource in resources.items():
        kind = str(resource.get("Type"))
        if any(not invoked.isdisjoint(targets_of(_property(resource, each))) for each in _INVOKES.get(kind, ())):
            yield _event(name, resource)
        elif kind in _FROM and not invoked.isdisjoint(targets_of(_property(resource, "FunctionName"))):
            yield from _senders(name, resource, _FROM[kind], resources)


def _senders(name: str, resource: Mapping[str, Json], source: str, resources: Mapping[str, Json]) -> Iterator[Node]:
    """The resources that ``resource`` lets invoke the function; the service, or itself, if it names none."""
    senders = [other for other in targets_of(_property(resource, source)) if other in resources]
    for other in senders:
        yield _event(other, resources[other])
    principal = _property(resource, "Principal")
    if not senders and source == "EventSourceArn":
        yield _event(name, resource)
    elif not senders and isinstance(principal, str) and _property(resource, "FunctionUrlAuthType") is None:
        yield Node(principal, "may invoke it", "event", "")


def _event(name: str, resource: Mapping[str, Json]) -> Node:
    return Node(name, node_of(name, resource).title, "event", "")


def _property(resource: Mapping[str, Json], name: str) -> Any:
    properties = resource.get("Properties")
    return properties.get(name) if isinstance(properties, Mapping) else None
