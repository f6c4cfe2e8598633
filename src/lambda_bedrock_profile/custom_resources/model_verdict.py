"""What Bedrock's answers about a model mean: a definite "no", or a doubt. It asks nothing itself.

What cannot be asked is no "no": a destination Region needs no opt-in (Amazon Bedrock User Guide, "Supported Regions and
models for inference profiles"), so the account may use it and yet get no answer from it. That becomes a warning. The
source Region is enabled, because the stack is there: if it gives no answer at all, nothing was checked, and that fails.

A profile that is there already, and that the template does not show, is asked what it was made from: the role has the
permissions of what the declaration says, so a difference fails, with both sides.

Source: Amazon Bedrock API Reference, "GetFoundationModelAvailability" and "GetInferenceProfile".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from lambda_bedrock_profile.custom_resources.clients import NOT_FOUND, CallError
from lambda_bedrock_profile.values import Json

MISSING: Final[Mapping[str, tuple[str, str]]] = {
    "agreement": (
        "no agreement for the model",
        "Open the model in the Bedrock console's model catalog, or call CreateFoundationModelAgreement, as a principal "
        "with aws-marketplace:Subscribe; Anthropic's models want the use case form first",
    ),
    "entitlement": (
        "the account is not entitled to the model",
        "Finish the AWS Marketplace subscription (up to 15 minutes after the agreement) and deploy again",
    ),
    "authorization": (
        "the account is not authorized for the model",
        "Look for an organization policy that denies Bedrock there, submit the provider's use case form, or ask AWS "
        "Support",
    ),
    "region": (
        "the model is not offered",
        "Deploy in a Region that offers the model, or choose another BedrockModelId or Geography",
    ),
}
"""What can be missing: the words for it, and the step that fixes it."""


class Question(NamedTuple):
    """The model, every Region the function's role is granted it in, and the profile it is routed by ("" for none).

    ``regionless`` says whether the role is also granted the model ARN without a Region, which global profiles need.
    ``existing`` is the ARN of the profile that the function calls, if the template does not show what it was made from.
    """

    model_id: str
    regions: tuple[str, ...]
    source: str
    profile_id: str
    regionless: bool
    existing: str = ""

    @property
    def granted(self) -> frozenset[str]:
        """The Regions that the role is granted the model in; "" is the model ARN without a Region."""
        return frozenset((*self.regions, *([""] if self.regionless else [])))

    @classmethod
    def of(cls, properties: Mapping[str, Json]) -> Question:
        """The question that valid ``properties`` ask."""
        source: str = properties["SourceRegion"]
        return cls(
            model_id=properties["ModelId"],
            regions=tuple(dict.fromkeys((source, *properties["Regions"]))),
            source=source,
            profile_id=properties.get("ProfileId", ""),
            regionless=properties.get("Regionless") == "true",
            existing=properties.get("InferenceProfileArn", ""),
        )


class Verdict(NamedTuple):
    """What is definitely wrong, and what could not be found out; each a sentence."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class RegionVerdict(NamedTuple):
    """One Region's answer: the keys of ``MISSING`` it denies, and what it left open."""

    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


Answer = Mapping[str, Json] | CallError


def judge(
    question: Question, route: Answer | None, answers: Mapping[str, Answer], existing: Answer | None = None
) -> Verdict:
    """What Bedrock's answers mean: its ``route`` (None if no profile is used), and one answer a Region.

    ``existing`` is the answer about a profile that is there already, None if there is no such question.
    """
    routed = None if route is None or isinstance(route, CallError) else _route_regions(route)
    regions = {region: judge_region(answer) for region, answer in answers.items()}
    problems = (
        *_silence_problems(question, route, answers),
        *_route_problems(question, route, routed),
        *_existing_problems(question, existing),
        *_region_problems(question, routed, regions),
    )
    return Verdict(problems, tuple(_warnings(question, route, routed, regions, existing)))


def judge_region(answer: Answer) -> RegionVerdict:
    """One answer to GetFoundationModelAvailability: a definite "no" to each part, or doubt if there is neither."""
    if isinstance(answer, CallError):
        if answer.code == NOT_FOUND:
            return RegionVerdict(missing=("region",))
        return RegionVerdict(doubts=(f"could not be asked ({answer.code})",))
    if answer["regionAvailability"] == "NOT_AVAILABLE":
        # The other parts are then about a model that is not there.
        return RegionVerdict(missing=("region",))
    agreement = answer["agreementAvailability"]["status"]
    missing = (
        ("agreement", agreement == "NOT_AVAILABLE"),
        ("entitlement", answer["entitlementAvailability"] == "NOT_AVAILABLE"),
        ("authorization", answer["authorizationStatus"] == "NOT_AUTHORIZED"),
    )
    # PENDING and ERROR say that Bedrock does not know yet, not that the model cannot be used.
    doubts = () if agreement in {"AVAILABLE", "NOT_AVAILABLE"} else (f"the state of the agreement is {agreement}",)
    return RegionVerdict(tuple(name for name, is_missing in missing if is_missing), doubts)


def _route_regions(profile: Mapping[str, Json]) -> frozenset[str]:
    """The Regions of a profile's models; "" is the model without a Region, which global profiles have."""
    arns = (model.get("modelArn", "").split(":") for model in profile["models"])
    return frozenset(parts[3] for parts in arns if len(parts) > 3)


def _silence_problems(question: Question, route: Answer | None, answers: Mapping[str, Answer]) -> Iterator[str]:
    """That the source Region answered no question, not even with a "no"."""
    of_source = [answer for answer in (answers[question.source], route) if answer is not None]
    silent = [answer for answer in of_source if isinstance(answer, CallError) and answer.code != NOT_FOUND]
    if len(silent) == len(of_source):
        yield f"{question.source}: Bedrock gave no answer, so nothing was checked. {silent[0]}"


def _route_problems(question: Question, route: Answer | None, routed: frozenset[str] | None) -> Iterator[str]:
    if isinstance(route, CallError) and route.code == NOT_FOUND:
        yield (
            f"Bedrock has no inference profile {question.profile_id} in {question.source}. "
            "Choose another Geography, or a model that is offered there."
        )
    if ungranted := sorted((routed or frozenset()) - question.granted):
        names = ", ".join(region or "the model ARN without a Region" for region in ungranted)
        yield (
            f"{question.profile_id} routes to more than the function's role is granted: {names}. "
            "Update the macro's catalog, or name every Region in DestinationRegions."
        )


def _existing_problems(question: Question, existing: Answer | None) -> Iterator[str]:
    """That a profile which is there already was made from something else than the declaration says.

    The source Region does not count: the role has the model there in any case, and a profile need not route to it.
    """
    if existing is None:
        return
    if isinstance(existing, CallError):
        if existing.code == NOT_FOUND:
            yield f"Bedrock has no profile with the ARN in ExistingInferenceProfile in {question.source}."
        return
    arns = (model.get("modelArn", "") for model in existing["models"])
    of_profile = {(arn.split(":")[3], arn.rpartition("/")[2]) for arn in arns if arn.count(":") > 4}
    declared = {(region, question.model_id) for region in question.granted}
    in_source = {(question.source, model) for _, model in of_profile | declared}
    if of_profile - in_source != declared - in_source or {model for _, model in of_profile} != {question.model_id}:
        yield (
            f"The profile in ExistingInferenceProfile was made from {_by_model(of_profile)}; BedrockModelId, Geography "
            f"and DeployCrossRegionProfile say {_by_model(declared)}. Let them say what the profile was made from."
        )


def _by_model(models: Iterable[tuple[str, str]]) -> str:
    """Models with the Regions that each is called in, from pairs of Region and model."""
    regions: dict[str, list[str]] = {}
    for region, model in sorted(models):
        regions.setdefault(model, []).append(region or "the model ARN without a Region")
    return " and ".join(f"{model} in {', '.join(names)}" for model, names in regions.items()) or "no model"


def _region_problems(
    question: Question, routed: frozenset[str] | None, regions: Mapping[str, RegionVerdict]
) -> Iterator[str]:
    for name, (what, fix) in MISSING.items():
        without = [
            region
            for region, answer in regions.items()
            if name in answer.missing and (name != "region" or _needs_region(question, routed, region))
        ]
        if without:
            yield f"{question.model_id}: {what} in {', '.join(without)}. {fix}."


def _warnings(
    question: Question,
    route: Answer | None,
    routed: frozenset[str] | None,
    regions: Mapping[str, RegionVerdict],
    existing: Answer | None,
) -> Iterator[str]:
    if isinstance(existing, CallError) and existing.code != NOT_FOUND:
        yield f"What the profile in ExistingInferenceProfile was made from could not be asked ({existing.code})."
    if isinstance(route, CallError) and route.code != NOT_FOUND:
        yield f"The route of {question.profile_id} could not be asked in {question.source} ({route.code})."
    for region, answer in regions.items():
        for doubt in answer.doubts:
            yield f"{region}: {doubt}."
        if "region" in answer.missing and not _needs_region(question, routed, region):
            yield f"{region}: Bedrock does not offer the model itself, only {question.profile_id}."


def _needs_region(question: Question, routed: frozenset[str] | None, region: str) -> bool:
    """Whether the function fails if ``region`` does not offer the model itself.

    Without a profile it does. With one, the source need not be a destination, and what Bedrock's own route says of a
    destination outranks this answer, which is about the model called without a profile.
    """
    if not question.profile_id:
        return True
    return region != question.source and routed is None
