"""What a function's code and its other properties say of each other: a zip archive or a container image.

Lambda refuses what does not fit only when the function is made. Sources: CloudFormation Template Reference,
AWS::Lambda::Function and its Code; AWS Lambda API Reference, CreateFunction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lambda_bedrock_profile.declaration.schema import SCHEMA, misspelt
from lambda_bedrock_profile.diagnostics import Problem
from lambda_bedrock_profile.template.branches import branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE, function_of

_AT: Final = ("Properties", "LambdaFunctionProps")
_ARCHIVE_ONLY: Final = {"Runtime": "python3.13", "Handler": "index.handler"}
_ABOUT_A_SOURCE: Final = frozenset({"S3ObjectStorageMode", "S3ObjectVersion", "SourceKMSKeyArn"})
_NOT_IN_A_TEMPLATE: Final = ("dotnet", "go", "java", "provided", "ruby")
"""The runtimes whose code cannot stand in a template, as ZipFile can for Node.js and Python."""


def is_image(props: Mapping[str, Any]) -> bool:
    """Whether the code of a function with these properties is a container image, in each branch of Fn::If."""
    return all(
        isinstance(code, dict) and "ImageUri" in code and None not in branches(code["ImageUri"])
        for code in branches(props.get("Code"))
    )


def package_problems(logical_id: str, props: Mapping[str, Any], known: Mapping[str, Any]) -> Iterable[Problem]:
    """What cannot be meant together; ``known`` are ``props`` as far as their values are known."""
    code = _code(props)
    package = known.get("PackageType")
    if problem := _code_problem(logical_id, code):
        return [problem]
    if package == "Image" or (package is None and is_image(props)):
        return _image_problems(logical_id, code, known)
    if package == "Zip" or "PackageType" not in props:
        return _archive_problems(logical_id, code, props, known)
    return ()


def _code(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of the function's Code, where it is a map and no condition leaves a member out."""
    code = props.get("Code")
    if not isinstance(code, dict) or function_of(code):
        return {}
    written = {name: value for name, value in code.items() if value != NO_VALUE}
    return {} if any(None in branches(value) for value in written.values()) else written


def _code_problem(logical_id: str, code: Mapping[str, Any]) -> Problem | None:
    at = (*_AT, "Code")
    sources = [name for name in ("ZipFile", "S3Bucket", "S3Key", "ImageUri") if name in code]
    if sources == ["S3Bucket", "S3Key"] or sources in (["ZipFile"], ["ImageUri"]):
        return None
    if sources in (["S3Bucket"], ["S3Key"]):
        missing = "S3Key" if sources == ["S3Bucket"] else "S3Bucket"
        return Problem(logical_id, at, f"has {sources[0]} without {missing}", f"Add {missing}")
    if not sources and not (code and code.keys() <= _ABOUT_A_SOURCE):
        return None  # The schema tells of what it does not know.
    what = f"has {' and '.join(sources)}, and a function has one source of its code" if sources else "has no source"
    return Problem(logical_id, at, what, "Write one of ZipFile, S3Bucket with S3Key, and ImageUri")


def _image_problems(logical_id: str, code: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Problem]:
    if code and "ImageUri" not in code:
        what = "is Image, and the code is none"
        yield Problem(logical_id, (*_AT, "PackageType"), what, "Write ImageUri in Code, or remove PackageType")
        return
    for name in (*_ARCHIVE_ONLY, "Layers"):
        if name in known:
            fix = f"Remove {name}" + ("; ImageConfig has Command and EntryPoint" if name == "Handler" else "")
            yield Problem(logical_id, (*_AT, name), "is refused beside a container image", fix)


def _archive_problems(
    logical_id: str, code: Mapping[str, Any], props: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[Problem]:
    if "ImageUri" in code:
        what = "is Zip, and the code is a container image"
        yield Problem(logical_id, (*_AT, "PackageType"), what, "Write PackageType: Image, or leave it out")
        return
    for name, example in _ARCHIVE_ONLY.items():
        if name not in props and not misspelt(name, props, SCHEMA["properties"]["LambdaFunctionProps"]):
            what = f"{name} is missing, and a function that is no container image needs it"
            yield Problem(logical_id, _AT, what, f"Add {name}, such as {example}")
    if isinstance(known.get("ImageConfig"), dict):
        what = "has no effect, since the code is no container image"
        yield Problem(logical_id, (*_AT, "ImageConfig"), what, "Remove ImageConfig")
    if "ZipFile" in code and str(known.get("Runtime")).startswith(_NOT_IN_A_TEMPLATE):
        what = "is source code in the template, which Lambda takes for Node.js and Python only"
        yield Problem(logical_id, (*_AT, "Code", "ZipFile"), what, "Write S3Bucket and S3Key, or ImageUri")
