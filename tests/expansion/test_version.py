"""The version of the macro in the template's Metadata."""

from __future__ import annotations

from typing import Any

from lambda_bedrock_profile import __version__
from lambda_bedrock_profile.bedrock import Catalog
from tests.support.templates import expanded, new, template

VERSION = {"Version": __version__, "Catalog": Catalog.bundled().as_of}


def test_a_processed_template_names_version_and_catalog() -> None:
    """GetTemplateSummary tells which version made a stack, beside what its Metadata held already."""
    own: dict[str, Any] = {"AWS::CloudFormation::Interface": {"ParameterGroups": []}}
    assert expanded(template(X=new()))["Metadata"] == {"LambdaBedrockProfile": VERSION}
    assert expanded(template({"Metadata": own}, X=new()))["Metadata"] == {**own, "LambdaBedrockProfile": VERSION}


def test_a_template_without_declarations_stays_as_it_is() -> None:
    """The macro may be named by templates that have nothing for it."""
    source = template({"Metadata": {"A": 1}}, Topic={"Type": "AWS::SNS::Topic"})
    assert expanded(source) == source


def test_metadata_that_is_no_map_is_cloudformations_to_refuse() -> None:
    """The macro does not stumble over it."""
    assert expanded(template({"Metadata": "text"}, X=new()))["Metadata"] == "text"
