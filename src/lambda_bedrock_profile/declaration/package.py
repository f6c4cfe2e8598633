"""The code of a function: a zip archive, which needs a runtime and a handler, or a container image.

Sources: CloudFormation Template Reference, AWS::Lambda::Function and its Code; Lambda API Reference, CreateFunction.
Whether runtime, layers and image settings suit the package is cfn-lint's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration.schema import SCHEMA, misspelt
from lambda_bedrock_profile.diagnostics import Report
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, function_of

_ARCHIVE_ONLY: Final = {"Runtime": "python3.13", "Handler": "index.handler"}
_SOURCES: Final = ("ZipFile", "S3Bucket", "S3Key", "ImageUri")
_ABOUT_A_SOURCE: Final = frozenset({"S3ObjectStorageMode", "S3ObjectVersion", "SourceKMSKeyArn"})


def is_image(props: Mapping[str, Any]) -> bool:
    """Whether the code of a function with these properties is a container image, in each branch of Fn::If."""
    return all(
        isinstance(code, dict) and "ImageUri" in code and None not in branches(code["ImageUri"])
        for code in branches(props.get("Code"))
    )


def check_package(props: Mapping[str, Any], known: Mapping[str, Any], report: Report) -> None:
    """Report a function with two sources of code or none, and an archive without runtime or handler.

    ``known`` are ``props`` as far as their values are known; ``report`` is bound to LambdaFunctionProps.
    """
    code = _code(props)
    if words := _wrong_source(code):
        report.at("Code").error("property", *words)
        return
    package = known.get("PackageType")
    archive = package == "Zip" or ("PackageType" not in props and not is_image(props))
    if not archive or "ImageUri" in code:
        return
    for name, example in _ARCHIVE_ONLY.items():
        if name not in props and not misspelt(name, props, SCHEMA["properties"]["LambdaFunctionProps"]):
            what = f"{name} is missing, and a function that is no container image needs it"
            report.error("property", what, f"Add {name}, such as {example}")


def _code(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of the function's Code, if it is a map and no condition leaves a member out."""
    code = props.get("Code")
    if not isinstance(code, dict) or function_of(code):
        return {}
    written = {name: value for name, value in code.items() if value != NO_VALUE}
    return {} if any(None in branches(value) for value in written.values()) else written


def _wrong_source(code: Mapping[str, Any]) -> tuple[str, str] | None:
    """(what, fix) if ``code`` is not one source; an empty one, and one that only AWS knows, are not judged here."""
    sources = [name for name in _SOURCES if name in code]
    if sources == ["S3Bucket", "S3Key"] or sources in (["ZipFile"], ["ImageUri"]):
        return None
    if sources in (["S3Bucket"], ["S3Key"]):
        missing = "S3Key" if sources == ["S3Bucket"] else "S3Bucket"
        return f"has {sources[0]} without {missing}", f"Add {missing}"
    if not sources and not (code and code.keys() <= _ABOUT_A_SOURCE):
        return None
    what = f"has {' and '.join(sources)}, and a function has one source of its code" if sources else "has no source"
    return what, "Write one of ZipFile, S3Bucket with S3Key, and ImageUri"
