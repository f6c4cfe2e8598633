"""The function's permissions: its own profile, the model behind it only through that profile, and its own logs.

Two statements are about Bedrock: one about the profile and the project, one about the model in each Region of the route
(``bedrock/catalog.py`` says which). A guardrail adds its own. The actions on network interfaces are here, too, with the
Deny of them; ``denials.py`` says who gets that. Further permissions of a declaration, such as those of
another AWS resource that it names, are further statements of ``bedrock_statements`` or ``function_statements``.

The shape of the Bedrock statements follows the Amazon Bedrock User Guide, "Geographic cross-Region inference" and
"Global cross-Region inference", sections on IAM policies:

* Bedrock authorizes the profile and the account's default project, then the foundation model in the source Region and
  in each destination Region a request may be served in. ``bedrock:InferenceProfileArn`` is absent when the profile
  itself is authorized, so the first statement carries no condition. The project opens nothing: a call needs its target
  *and* the project (botocore 1.44.8, InvokeModel and Converse, ``projectIdentifier``).
* The second statement grants the models only under that key. Which ARN the key holds for an application profile that
  was copied from a system-defined one is documented nowhere, so both are listed. It stays tight: no statement lets the
  role invoke the system-defined profile itself, so the tagged profile cannot be gone around.
* SDKs that resolve the model behind the opaque profile ARN call GetInferenceProfile. It stands in the first statement,
  so that no policy is longer than it was without the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lambda_bedrock_profile import names
from lambda_bedrock_profile.names import unique_name
from lambda_bedrock_profile.stack.guardrails import Guardrail
from lambda_bedrock_profile.stack.plan import Grant
from lambda_bedrock_profile.stack.profile import source_arn
from lambda_bedrock_profile.template.branches import branches, map_branches
from lambda_bedrock_profile.template.intrinsics import NO_VALUE
from lambda_bedrock_profile.template.references import embedded, get_att, sub
from lambda_bedrock_profile.values import Expression, Json

INVOKE: Final = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]

DEFAULT_PROJECT: Final = sub("arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:project/default")
"""The project of a call that names none; application profiles support no other (botocore 1.44.8)."""


def document(statements: list[dict[str, Json]]) -> dict[str, Json]:
    """A policy document of ``statements``."""
    return {"Version": "2012-10-17", "Statement": statements}


def bedrock_statements(grant: Grant) -> list[dict[str, Json]]:
    """What calling the model through the profile takes, and nothing else."""
    arn = grant.profile_arn
    profiles = [arn]
    if grant.route.profile_id is not None:
        profiles.append(source_arn(grant))
    keys: dict[str, Json] = {"bedrock:InferenceProfileArn": profiles}
    if grant.guardrail is not None and grant.guardrail.enforced:
        keys[GUARDRAIL_KEY] = grant.guardrail.key_value
    return [
        _allow("InvokeInferenceProfile", [*INVOKE, "bedrock:GetInferenceProfile"], [arn, dict(DEFAULT_PROJECT)]),
        {
            **_allow("InvokeModelThroughInferenceProfile", INVOKE, model_arns(grant)),
            "Condition": {"StringEquals": keys},
        },
        *(guardrail_statements(grant, grant.guardrail) if grant.guardrail is not None else ()),
    ]


GUARDRAIL_KEY: Final = "bedrock:GuardrailIdentifier"


def guardrail_statements(grant: Grant, guardrail: Guardrail) -> list[dict[str, Json]]:
    """What a call with the guardrail takes besides, and the Deny of every other call if the guardrail is enforced.

    The Deny stands on the models and on nothing else. AWS documents the key for foundation models alone; whether it is
    there when the profile or the project is authorized is documented nowhere, and without it the Deny would stop
    guarded calls, too. Each call is authorized on a model. StringNotEquals is also true of an absent key and of an
    empty identifier, which the ARN operators let pass.
    """
    statements = [apply_guardrail(guardrail)]
    if any(branch is not None for branch in branches(guardrail.key_arn)):

        def decrypt(key: Expression) -> Expression:
            return dict(NO_VALUE) if key is None else _allow("DecryptGuardrail", "kms:Decrypt", key)

        statements.append(map_branches(guardrail.key_arn, decrypt))
    if guardrail.enforced:
        deny = {**_allow("DenyCallsWithoutGuardrail", list(INVOKE), model_arns(grant)), "Effect": "Deny"}
        statements.append({**deny, "Condition": {"StringNotEquals": {GUARDRAIL_KEY: guardrail.key_value}}})
    return statements


def apply_guardrail(guardrail: Guardrail) -> dict[str, Json]:
    """Leave to have the guardrail applied to a call."""
    resources = [guardrail.arn, *guardrail.profiles]
    return _allow("ApplyGuardrail", "bedrock:ApplyGuardrail", _one_or_all(resources))


def model_arns(grant: Grant) -> list[dict[str, Json]]:
    """The foundation model in the source Region and in each destination Region; for ``global`` the Region-less ARN too.

    A foundation model's ARN has no account.
    """
    model, variables = embedded(grant.declaration.model, "ModelId")
    regions = [*grant.route.regions, ""] if grant.route.regionless else grant.route.regions
    texts = [f"arn:${{AWS::Partition}}:bedrock:{region}::foundation-model/{model}" for region in regions]
    return [sub(text, variables) for text in texts] if variables else [{"Fn::Sub": text} for text in texts]


def function_statements(grant: Grant) -> list[dict[str, Json]]:
    """What a new function takes besides Bedrock: log group, traces, dead-letter target, network and file systems."""
    expressions = grant.function_props.expressions
    statements = [_logs(grant, expressions)]
    tracing = grant.function_props.value("TracingConfig")
    if not isinstance(tracing, dict) or tracing.get("Mode") != "PassThrough":
        statements.append(SEND_TRACES)
    if "DeadLetterConfig" in expressions:
        sending = _dead_letters(expressions["DeadLetterConfig"])
        statements += [sending] if sending != NO_VALUE else []
    if grant.network is not None or "VpcConfig" in expressions:
        statements += [FIND_NETWORK_INTERFACES, _manage_network_interfaces(grant)]
    return [*statements, *(grant.file_systems or ())]


def granted_statements(grant: Grant) -> list[dict[str, Json]]:
    """All that the declaration adds to the role of its function."""
    statements = bedrock_statements(grant)
    if grant.makes_function:
        statements += function_statements(grant)
    return [*statements, KEEP_NETWORK_INTERFACES_FROM_CODE] if grant.keeps_interfaces else statements


def _logs(grant: Grant, expressions: Mapping[str, Json]) -> dict[str, Json]:
    """Leave to write to the function's log group: its own, or the generated one, branch by branch."""
    actions, generated = ["logs:CreateLogStream", "logs:PutLogEvents"], get_att(grant.id(names.LOG_GROUP), "Arn")
    if "LoggingConfig" not in expressions:
        return _allow("WriteLogs", actions, generated)

    def group_arn(name: Expression) -> Expression:
        if name is None:
            return generated
        text, variables = embedded(name, "LogGroup")
        return sub(_LOG_GROUP_ARN + text + ":*", variables)

    def log_group_of(config: Expression) -> Expression:
        return map_branches((config or {}).get("LogGroup"), group_arn)

    group = map_branches(expressions["LoggingConfig"], log_group_of)
    first, *others = branches(group)
    return _allow("WriteLogs", actions, group if any(other != first for other in others) else first)


_LOG_GROUP_ARN: Final = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def attached_policy(grant: Grant) -> dict[str, Json]:
    """The policy on a role that the expansion does not make: an existing function's, or the user's own."""
    return _attached(grant, names.POLICY, granted_statements(grant))


def durable_policy(grant: Grant) -> dict[str, Json]:
    """The policy that lets a durable function keep its checkpoints, in every version of it.

    It names the function, which therefore cannot wait for it: a first durable step may be denied in the seconds between
    the two. AWS's own policy needs no name, and opens all log groups of the account (AWS Managed Policy Reference,
    AWSLambdaBasicDurableExecutionRolePolicy).
    """
    function = grant.logical_id
    actions = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
    versions = [get_att(function, "Arn"), sub(f"${{{function}.Arn}}:*")]
    return _attached(grant, names.DURABLE_POLICY, [_allow("KeepDurableExecutions", actions, versions)])


def _attached(grant: Grant, part: str, statements: list[dict[str, Json]]) -> dict[str, Json]:
    """An inline policy on the role of the grant's function, as a resource of its own."""
    name = grant.role.name
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            # Two stacks may attach to one role, in two Regions even, and a role's inline policies share their names.
            "PolicyName": unique_name(grant.id(part), []),
            "PolicyDocument": document(statements),
            "Roles": name if isinstance(name, list) else [name],
        },
    }


def network_policy(grant: Grant) -> dict[str, Json]:
    """The policy that a function of the template needs once it is moved into a VPC, and there it can have file systems.

    It is a resource of its own. AWS SAM attaches a policy of AWS's only if it makes the role, and runs second. The
    policy has to outlast the function's stay in the VPC, because Lambda deletes the interfaces with the role.
    """
    name = grant.role.name
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": unique_name(grant.id(names.NETWORK_POLICY), []),
            "PolicyDocument": document(
                [FIND_NETWORK_INTERFACES, _manage_network_interfaces(grant), *(grant.file_systems or ())]
            ),
            "Roles": name if isinstance(name, list) else [name],
        },
    }


def _manage_network_interfaces(grant: Grant) -> dict[str, Json]:
    """Interfaces of this account, and a subnet of any account if the template does not show whose the VPC is.

    Of the four actions CreateNetworkInterface alone takes a subnet (Service Authorization Reference, "Actions,
    resources, and condition keys for Amazon EC2"), and the ARN of a shared one has the account of its owner: AWS's own
    policy for interfaces that Lambda makes, AWSLambdaNetworkConnectorOperatorPolicy, leaves that account open, too. The
    interfaces are this account's in a shared subnet as well, and so are the security groups: Lambda is not among the
    services that take a shared group (Amazon VPC User Guide, "Share your VPC subnets with other accounts", "Share
    security groups with AWS Organizations").
    """
    actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
    ]
    resources = [sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*")]
    if grant.network is None or grant.network.vpc.elsewhere:
        resources.append(sub("arn:${AWS::Partition}:ec2:${AWS::Region}:*:subnet/*"))
    return _allow("ManageNetworkInterfaces", actions, _one_or_all(resources))


def _dead_letters(config: Expression) -> Expression:
    """Leave to send to the function's dead-letter target; ``AWS::NoValue`` in a branch that has none."""

    def to_target(target: Expression) -> Expression:
        # A target's ARN says which of the two it is, and lets no other through.
        actions = ["sns:Publish", "sqs:SendMessage"]
        return dict(NO_VALUE) if target is None else _allow("SendDeadLetters", actions, target)

    def in_config(branch: Expression) -> Expression:
        return map_branches(branch.get("TargetArn") if isinstance(branch, dict) else None, to_target)

    return map_branches(config, in_config)


def _one_or_all(items: list[Json]) -> Expression:
    return items[0] if len(items) == 1 else items


def _allow(sid: str, action: Expression, resource: Expression) -> dict[str, Json]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


# X-Ray has no resource to name: Service Authorization Reference, "Actions, resources, and condition keys for AWS
# X-Ray".
SEND_TRACES: Final = _allow("SendTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")

# AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC", required IAM permissions:
# the Describe actions work on all resources only, the others on all interfaces of the account.
FIND_NETWORK_INTERFACES: Final = _allow(
    "FindNetworkInterfaces", ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], "*"
)

INTERFACE_ACTIONS: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DetachNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""What AWS lists in a policy that keeps a function's code from network interfaces."""

# AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC", security best practices.
# The page compares lambda:SourceFunctionArn with the function's ARN. The role would then refer to the function, which
# refers to the role; that the key is there says the same of every function with this role.
KEEP_NETWORK_INTERFACES_FROM_CODE: Final[dict[str, Json]] = {
    **_allow("KeepNetworkInterfacesFromCode", list(INTERFACE_ACTIONS), "*"),
    "Effect": "Deny",
    "Condition": {"Null": {"lambda:SourceFunctionArn": "false"}},
}
