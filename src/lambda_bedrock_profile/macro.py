"""The macro's Lambda function: CloudFormation's event in, the processed fragment or the problems out.

Contract: AWS CloudFormation User Guide, "Create a CloudFormation macro definition". The handler never raises, since all
that a user would see of an exception is "Received malformed response from transform".

The function's environment variables: ``PROVIDER_ARN``, ``PROFILE_MODE``, ``CATALOG_MODE`` (``bundled``: Bedrock is
never asked; ``auto``: when the bundled catalog has no route; ``live``: always), and the organisation's rules
(``organisation.py``).
"""

from __future__ import annotations

import gc
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

# Nothing that is imported becomes garbage. Looking for some in between takes 5 ms of a cold start.
# ruff: noqa: E402
gc.disable()

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import ProfileMode, StackContext
from lambda_bedrock_profile.diagnostics import MOST_PROBLEMS, Report, TemplateError, printable
from lambda_bedrock_profile.expand import Expansion, expand
from lambda_bedrock_profile.organisation import Organisation, RuleError
from lambda_bedrock_profile.values import Json

gc.freeze()
gc.enable()

logger = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "macro"))
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "LambdaBedrockProfile"), service="macro")


def handler(event: Any, context: Any) -> dict[str, Json]:
    """Answer one macro event.

    Takes the event of the contract; gives ``requestId``, ``status`` (``success`` or ``failure``), ``fragment`` (the
    input's own on failure) and on failure ``errorMessage``, with a line for each problem, some kilobytes at most. Logs
    names and counts, never the value of a parameter.
    """
    request_id = printable(str(event.get("requestId", ""))) if isinstance(event, dict) else ""
    fragment = event.get("fragment", {}) if isinstance(event, dict) else {}
    try:
        expansion = _expand(fragment, _stack_context(event), settings().catalog_mode)
    except TemplateError as error:
        # CloudFormation ends the sentence itself, also behind a question.
        message = str(error).removesuffix(".")
        if message.endswith("?"):
            message += f" ({len(error.problems)} {'error' if len(error.problems) == 1 else 'errors'})"
        rules = Counter(problem.rule for problem in error.problems)
        locations = [problem.where for problem in error.problems[:MOST_PROBLEMS]]
        _log(logger.warning, "refused", request_id, count=len(error.problems), problems=locations)
        _count({f"Problems.{rule}": number for rule, number in rules.items()})
    except Exception as error:
        message = f"This is a fault of the macro, not of the template: its log has more under {request_id}."
        _log(logger.error, "unforeseen", request_id, error=type(error).__name__, trace=_trace(error))
        _count({"Faults": 1})
    else:
        names = [grant.declaration.logical_id for grant in expansion.grants]
        _log(logger.info, "expanded", request_id, declarations=names)
        _count({"Expansions": 1, "Declarations": len(names)})
        return {"requestId": request_id, "status": "success", "fragment": expansion.template}
    answer = {"requestId": request_id, "status": "failure", "fragment": fragment, "errorMessage": message}
    return answer if _can_be_sent(fragment) else {**answer, "fragment": {}}


def _log(write: Callable[..., None], message: str, request_id: str, **details: Any) -> None:
    """A line of the log, with the version of the macro and the date of the catalog that came with it."""
    write(message, request_id=request_id, version=__version__, catalog=Catalog.bundled().as_of, **details)


def _can_be_sent(fragment: Any) -> bool:
    """Whether Lambda can send ``fragment``: as JSON in UTF-8, which has no lone half of a surrogate pair."""
    try:
        json.dumps(fragment, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


class Settings(NamedTuple):
    """What the macro's stack was deployed with."""

    provider_arn: str | None
    profile_mode: ProfileMode
    catalog_mode: str
    organisation: Organisation


@cache
def settings() -> Settings:
    """The settings, read one time: the environment variables of a Lambda function do not change while it runs.

    Raises TemplateError for an organisation's rule that the stack's parameters let through, with each template anew.
    """
    try:
        organisation = Organisation.of_environment(os.environ)
    except RuleError as error:
        report = Report("MacroStack", (error.name,))
        report.error("organisation", error.what, f"{error.fix}, as that parameter of the macro's stack")
        raise TemplateError(report.errors) from error
    return Settings(
        os.environ.get("PROVIDER_ARN") or None,
        cast(ProfileMode, os.environ.get("PROFILE_MODE", "auto")),
        os.environ.get("CATALOG_MODE", "bundled"),
        organisation,
    )


def _stack_context(event: Any) -> StackContext:
    """Where the event's stack is expanded for. Raises TemplateError for an event that is not of the contract."""
    names = ("region", "accountId", "requestId")
    missing = [name for name in names if not (isinstance(event, dict) and isinstance(event.get(name), str))]
    if not missing and not isinstance(event.get("fragment"), dict):
        missing = ["fragment"]
    if missing:
        report = Report("Event")
        for name in missing:
            report.at(name).error("template", "is missing or has the wrong type", "Let CloudFormation call the macro")
        raise TemplateError(report.errors)
    parameters, deployed = event.get("templateParameterValues"), settings()
    return StackContext(
        region=event["region"],
        account_id=event["accountId"],
        parameters=parameters if isinstance(parameters, dict) else {},
        provider_arn=deployed.provider_arn,
        profile_mode=deployed.profile_mode,
        organisation=deployed.organisation,
    )


def _expand(fragment: Mapping[str, Json], environment: StackContext, mode: str) -> Expansion:
    """Expand with the bundled catalog, or with what Bedrock itself lists as ``mode`` says.

    In ``auto`` Bedrock is asked if a newer listing may fix an error of the template, and only then.
    """
    if mode == "live":
        return _expand_live(fragment, environment)
    try:
        return expand(fragment, environment, Catalog.bundled())
    except TemplateError as error:
        if mode != "auto" or not any(problem.listing_may_fix for problem in error.problems):
            raise
        _count({"CatalogMisses": 1})
        return _expand_live(fragment, environment)


def _expand_live(fragment: Mapping[str, Json], environment: StackContext) -> Expansion:
    """Expand with what Bedrock lists. If it gave no answer, each error that a listing may fix says so."""
    # Imported only here: boto3 costs more than the rest of a cold start.
    from lambda_bedrock_profile.live_routes import live_routes

    routes = live_routes(environment.region, logger)
    try:
        return expand(fragment, environment, routes.catalog)
    except TemplateError as error:
        if not routes.failure:
            raise
        listing_failure = f". Bedrock was asked for what it offers now, and gave no answer ({routes.failure})"
        problems = error.problems
    raise TemplateError(
        each._replace(what=each.what + listing_failure) if each.listing_may_fix else each for each in problems
    )


def _trace(error: BaseException) -> list[str]:
    """The trace of ``error`` as file and line, innermost last: its message could hold the value of a parameter."""
    lines, traceback = [], error.__traceback__
    while traceback is not None:
        lines.append(f"{os.path.basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}")  # noqa: PTH119
        traceback = traceback.tb_next
    return lines


def _count(numbers: Mapping[str, int]) -> None:
    for name, number in numbers.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
