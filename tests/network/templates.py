"""Small templates with a network, and what they expand to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import Diagnostic, TemplateError
from lambda_bedrock_profile.expand import expand
from tests.support.templates import ACCOUNT, new, on, template


def declaration(**properties: Any) -> dict[str, Any]:
    """A declaration of a new function; with ExistingLambdaObj, of that one."""
    function = properties.pop("ExistingLambdaObj", None)
    return new(**properties) if function is None else on(function, **properties)


def expanded(
    resources: Mapping[str, Any], *, region: str = "us-east-1", provider_arn: str | None = None, **sections: Any
) -> dict[str, Any]:
    """The processed template of ``resources``; ``values`` among ``sections`` are the parameters' values."""
    values = sections.pop("values", {})
    environment = StackContext(region, ACCOUNT, values, provider_arn)
    return dict(expand(template(sections, **resources), environment, Catalog.bundled()).template)


def problems(resources: Mapping[str, Any], **options: Any) -> list[Diagnostic]:
    """The problems of a template that cannot be expanded."""
    with pytest.raises(TemplateError) as raised:
        expanded(resources, **options)
    return list(raised.value.problems)


def one_problem(resources: Mapping[str, Any], **options: Any) -> str:
    """The one problem of a template, as the user reads it."""
    (problem,) = problems(resources, **options)
    return str(problem)
