"""Values of a new function and its role that AWS refuses at deployment, although CloudFormation's schemas take them.

cdk-preflight 1.9.1 has reproduced the failures on AWS, by the rules that are named beside the checks. Those of KMS keys
and of the trust policy follow from the AWS Lambda Developer Guide ("Securing Lambda environment variables", "Defining
Lambda function permissions with an execution role"). A value is judged only if it is known, or refers to what the
template shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambda_bedrock_profile.diagnostics import Path, Report
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.template.intrinsics import first_unknown, text_of
from lambda_bedrock_profile.template.references import targets_of
from lambda_bedrock_profile.values import Expression, Json

_ARN: Final = r"arn:[^:]+:[a-z0-9-]+:([a-z0-9-]+):[^:]*:.+"
_IMAGE: Final = r"[0-9]{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[^/]+/.+"
_IN_REGION: Final[Mapping[Path, Mapping[str, str]]] = {
    (): {
        "Layers": _ARN,  # pf-lambda-layer-arn-region
        "CodeSigningConfigArn": _ARN,  # pf-lambda-code-signing-arn-region
        "KmsKeyArn": _ARN,
    },
    ("DeadLetterConfig",): {"TargetArn": _ARN},  # pf-lambda-dlq-region
    ("Code",): {"SourceKMSKeyArn": _ARN, "ImageUri": _IMAGE},  # pf-lambda-image-uri-region
}
"""Properties that name what has to be in the Region of the function → how the name says its Region.

They are grouped by the map that they stand in."""

_FIFO: Final = {"AWS::SQS::Queue": "FifoQueue", "AWS::SNS::Topic": "FifoTopic"}
_LEVELS: Final = ("ApplicationLogLevel", "SystemLogLevel")


def check_values(grants: Sequence[Grant], processed: Mapping[str, Json], region: str, report: Report) -> None:
    """Report what AWS refuses in ``region`` of the functions and roles that ``grants`` make.

    ``processed`` are the resources as CloudFormation will see them.
    """
    for grant in grants:
        if grant.makes_function:
            _check_function(grant, processed, region, report)
        if grant.makes_role and "RoleProps" in grant.declaration.properties:
            at = report.of(grant.logical_id, "Properties", "RoleProps")
            _check_role(grant.declaration.props("RoleProps").values, at)


def _check_function(grant: Grant, processed: Mapping[str, Json], region: str, report: Report) -> None:
    props = grant.function_props.values
    at = report.of(grant.logical_id, "Properties", "LambdaFunctionProps")
    for path, members in _IN_REGION.items():
        holder = _member(props, *path)
        if isinstance(holder, dict) and not members.keys().isdisjoint(holder):
            _check_regions(holder, members, region, at.at(*path))
    if "DeadLetterConfig" in props:
        _check_dead_letters(grant, processed, at)
    if "LoggingConfig" in props:
        _check_logging(props, at)
    if "VpcConfig" in props or "FileSystemConfigs" in props:
        _check_network(grant, props, processed, at)


def _check_regions(holder: Mapping[str, Json], members: Mapping[str, str], region: str, report: Report) -> None:
    """Report what ``members`` of ``holder`` name in another Region than ``region``; ``report`` is bound to it."""
    for name, form in members.items():
        for place, value in _texts(holder.get(name), (name,)):
            match = re.fullmatch(form, value)
            if match and match[1] != region:
                what = f"is in {match[1]}, and a function in {region} takes it from its own Region alone"
                report.at(*place).error("property", what, f"Name one in {region}")


def _texts(value: Expression, path: Path) -> Iterator[tuple[Path, str]]:
    """(place, text) of ``value``, which is at ``path``, if it is known; of a list each item."""
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(value) if isinstance(value, list) else ():
        if isinstance(item, str):
            yield (*path, index), item


def _member(value: Expression, *path: str | int) -> Expression:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _check_dead_letters(grant: Grant, processed: Mapping[str, Json], report: Report) -> None:
    """pf-lambda-dlq-no-fifo, of an ARN and of a queue or topic of the template."""
    props = grant.function_props
    expression, target = (_member(side, "DeadLetterConfig", "TargetArn") for side in (props.expressions, props.values))
    named = isinstance(target, str) and target.endswith(".fifo")
    referred = [processed.get(name) for name in targets_of(expression)] if isinstance(expression, dict) else []
    if named or any(_is_fifo(resource) for resource in referred):
        what = "is a FIFO queue or topic, and Lambda sends failed events to standard ones only"
        report.at("DeadLetterConfig", "TargetArn").error("property", what, "Name a queue or a topic that is not FIFO")


def _is_fifo(resource: Expression) -> bool:
    properties = resource.get("Properties") if isinstance(resource, dict) else None
    flag = _FIFO.get(str(resource.get("Type"))) if isinstance(resource, dict) else None
    value = properties.get(flag) if isinstance(properties, dict) and flag else None
    return isinstance(value, bool | str) and text_of(value) == "true"


def _check_logging(props: Mapping[str, Json], report: Report) -> None:
    """pf-lambda-loglevel-requires-json."""
    logging = props.get("LoggingConfig")
    if not isinstance(logging, dict) or "CapacityProviderConfig" in props:
        return
    if isinstance(logging.get("LogFormat", "Text"), str) and logging.get("LogFormat") != "JSON":
        for name in _LEVELS:
            if name in logging:
                what = "needs LogFormat: JSON, since Lambda filters no plain text"
                report.at("LoggingConfig", name).error("property", what, f"Add LogFormat: JSON, or remove {name}")


def _check_network(grant: Grant, props: Mapping[str, Json], processed: Mapping[str, Json], report: Report) -> None:
    """pf-lambda-vpc-non-empty, and pf-lambda-efs-requires-vpc."""
    config = props.get("VpcConfig")
    for name in ("SubnetIds", "SecurityGroupIds"):
        if isinstance(config, dict) and config.get(name) == []:
            fix = "Name subnets and security groups, or remove VpcConfig"
            report.at("VpcConfig", name).error("property", "is empty", fix)
    function = processed.get(grant.logical_id, {}).get("Properties", {})
    if isinstance(props.get("FileSystemConfigs"), list) and props["FileSystemConfigs"] and "VpcConfig" not in function:
        what = "needs a VPC, in which the file system has its mount targets"
        fix = "Add VpcConfig, or DeployVpc or ExistingVpc beside LambdaFunctionProps"
        report.at("FileSystemConfigs").error("property", what, fix)


def _check_role(props: Mapping[str, Json], report: Report) -> None:
    boundary = props.get("PermissionsBoundary")
    if isinstance(boundary, str) and ":policy/" not in boundary:  # pf-iam-permissions-boundary-policy-arn
        what = "is not the ARN of a managed policy, and nothing else can be a boundary"
        fix = "Write the ARN of a policy, such as !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundary"
        report.at("PermissionsBoundary").error("property", what, fix)
    trust = props.get("AssumeRolePolicyDocument")
    if isinstance(trust, dict) and first_unknown(trust) is None and not _trusts_lambda(trust):
        what = "does not let Lambda assume the role, so the function could not be made"
        fix = "Add a statement that allows sts:AssumeRole to the service lambda.amazonaws.com, or remove the document"
        report.at("AssumeRolePolicyDocument").error("property", what, fix)


def _trusts_lambda(document: Mapping[str, Json]) -> bool:
    return any(
        isinstance(statement, dict) and statement.get("Effect") == "Allow" and _names_lambda(statement.get("Principal"))
        for statement in _listed(document.get("Statement"))
    )


def _names_lambda(principal: Expression) -> bool:
    """Whether a principal is, or may be, the service of Lambda."""
    if not isinstance(principal, dict):
        return principal in ("*", None)
    if "*" in _listed(principal.get("AWS")):
        return True
    return any(str(each).startswith("lambda.") for each in _listed(principal.get("Service")))


def _listed(value: Expression) -> list[Json]:
    return value if isinstance(value, list) else [value]
