"""Which version of the macro, and of its catalog, an expansion is of: in the template's own section Metadata.

No resource has it, so a new version or catalog changes none. ``stacks`` reads it from deployed stacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.values import Json

KEY: Final = "LambdaBedrockProfile"


def with_version(template: Mapping[str, Json], catalog_date: str) -> Mapping[str, Json]:
    """``template`` with the version in its Metadata, beside what that holds already."""
    metadata = template.get("Metadata", {})
    if not isinstance(metadata, Mapping):
        return template  # CloudFormation refuses it.
    return {**template, "Metadata": {**metadata, KEY: {"Version": __version__, "Catalog": catalog_date}}}
