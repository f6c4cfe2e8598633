"""Declarations with one value each that CloudFormation's schemas take and AWS refuses at deployment."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps:
        Runtime: python3.13
        Handler: index.handler
        Code: {ZipFile: "def handler(event, context): return 1"}
"""
_ELSEWHERE: Final = "arn:aws:{}:eu-west-1:111122223333:{}"
_BOUNDARY: Final = "arn:aws:iam::111122223333:role/boundary"
_STATEMENT: Final = "{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}"
_TRUST: Final = f"{{Version: '2012-10-17', Statement: [{_STATEMENT}]}}"
_POLICIES: Final = ", ".join(f"'arn:aws:iam::111122223333:policy/p{number}'" for number in range(30))
_FUNCTION: Final = {
    "layer-of-another-region": f"Layers: ['{_ELSEWHERE.format('lambda', 'layer:a:1')}']",
    "code-signing-of-another-region": (
        f"CodeSigningConfigArn: '{_ELSEWHERE.format('lambda', 'code-signing-config:csc-0123456789abcdef0')}'"
    ),
    "dead-letters-to-another-region": f"DeadLetterConfig: {{TargetArn: '{_ELSEWHERE.format('sqs', 'failed')}'}}",
    "key-of-another-region": f"KmsKeyArn: '{_ELSEWHERE.format('kms', 'key/00000000-0000-0000-0000-000000000000')}'",
    "fifo-dead-letters": "DeadLetterConfig: {TargetArn: 'arn:aws:sqs:us-east-1:111122223333:failed.fifo'}",
    "file-system-without-vpc": (
        "FileSystemConfigs: [{LocalMountPath: /mnt/a, "
        "Arn: 'arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0123456789abcdef0'}]"
    ),
    "log-level-of-plain-text": "LoggingConfig: {ApplicationLogLevel: DEBUG}",
    "empty-vpc-config": "VpcConfig: {SubnetIds: [], SecurityGroupIds: []}",
}
_ROLE: Final = {
    "thirty-policies": f"ManagedPolicyArns: [{_POLICIES}]",
    "role-as-boundary": f"PermissionsBoundary: '{_BOUNDARY}'",
    "trust-without-lambda": f"AssumeRolePolicyDocument: {_TRUST}",
}
_IMAGE: Final = TEMPLATE[: TEMPLATE.index("        Runtime")] + (
    "        PackageType: Image\n        Code: {ImageUri: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/chat:1'}\n"
)

SLIPS: Final = {
    **{name: f"{TEMPLATE}        {text}\n" for name, text in _FUNCTION.items()},
    **{name: f"{TEMPLATE}      RoleProps: {{{text}}}\n" for name, text in _ROLE.items()},
    "image-of-another-region": _IMAGE,
}
"""Name of the slip → a template with it, which AWS refuses in us-east-1."""
