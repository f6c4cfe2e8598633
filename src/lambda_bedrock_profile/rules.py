"""The rules of a template with declarations: one table for the macro's metrics, the linter's formats and the pages.

A new rule is a row here. Its check stands beside the facts: in ``declaration/rules.py`` if the declaration alone
shows them, beside the builder if they are about one thing (``stack/alarms.py``, ``stack/endpoints.py`` and others),
and in ``stack/remarks.py`` if it takes the linked stack. What depends on the day is in ``cli/check.py``.

A diagnostic names its rule by ``Rule.name``. ``tests/test_rules.py`` runs both examples of every rule.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Level = Literal["error", "warning", "information"]
"""The macro refuses a template with an error. It expands one with warnings and information, which are reported by
``lint``, ``explain``, ``diff`` and the rules for cfn-lint. A day decides on ``ended`` and ``ending``: the macro has no
clock, and reports neither."""

ErrorRule = Literal["property", "route", "reference", "collision", "limit", "template", "organisation", "ended"]
WarningRule = Literal[
    "uncalled", "ignored", "unused", "moot", "versions", "replacement", "quota", "silent", "guardrail", "ending"
]
InformationRule = Literal["path", "interfaces", "unchecked", "closed", "vetoed", "any-account", "nearly", "stated"]
RuleName = ErrorRule | WarningRule | InformationRule

_LETTERS: Final[Mapping[str, Level]] = {"E": "error", "W": "warning", "I": "information"}


class Rule(NamedTuple):
    """One rule.

    ``id`` is what users write in ``ignore_checks``; E9, W9 and I9 are the ranges that cfn-lint leaves to others.
    ``title`` is a noun phrase, ``description`` one line that says more, ``source`` the page of AWS with the facts.
    ``broken`` and ``clean`` are templates (YAML): the first breaks this rule and no other, the second none. With
    ``earlier`` it is a rule of ``diff``, which compares with that template. ``settings`` is the settings file (TOML)
    that lies beside both.
    """

    name: RuleName
    id: str
    title: str
    description: str
    source: str
    broken: str
    clean: str
    earlier: str = ""
    settings: str = ""

    @property
    def level(self) -> Level:
        """What its breach means, by the letter of the id."""
        return _LETTERS[self.id[0]]


_GUIDE: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
_REFERENCE: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"

_CLEAN: Final = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""
_LOOP: Final = """\
Transform: [LambdaBedrockProfile, AWS::LanguageExtensions]
Parameters:
  Names: {Type: CommaDelimitedList, Default: "Alpha,Beta"}
Resources:
  Fn::ForEach::Chats:
    - Name
    - !Ref Names
    - Chat${Name}:
        Type: Custom::LambdaBedrockProfile
        Properties:
          BedrockModelId: amazon.nova-lite-v1:0
          LambdaFunctionProps: {Runtime: python3.13, Handler: index.handler, Code: {ZipFile: "pass"}}
"""
_SERVERLESS: Final = """\
Transform: [LambdaBedrockProfile, AWS::Serverless-2016-10-31]
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: chat/, Handler: app.handler, Runtime: python3.13}
  ChatModel:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      ExistingLambdaObj: !Ref Chat
"""
_LOGS: Final = "  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}\n"
_USERS_POLICY: Final = (
    "{PolicyName: Own, PolicyDocument: {Version: '2012-10-17', "
    "Statement: [{Effect: Allow, Action: 'ACTION', Resource: '*'}]}}"
)
_ALIAS: Final = _SERVERLESS.replace("python3.13}", "python3.13, AutoPublishAlias: live}")
_MODEL: Final = "amazon.nova-lite-v1:0"
_PARAMETER: Final = _CLEAN.replace("Resources:", "Parameters:\n  Model: {Type: String}\nResources:")
_NETWORK: Final = f"{_CLEAN}      DeployVpc: true\n"
_GUARDED: Final = f"{_CLEAN}      Guardrail: {{Identifier: abcdef123456, Version: 1, Enforce: true}}\n"
_ALARMED: Final = f"{_CLEAN}      Monitoring: {{AlarmTopicArn: !Ref Topic}}\n"
_POLICY: Final = """\
      RoleProps:
        Policies:
          - PolicyName: Extra
            PolicyDocument:
              Version: "2012-10-17"
              Statement: {{Effect: Allow, Action: {}, Resource: "*"}}
"""


def _attached(number: int) -> str:
    """The property that gives the role of ``_CLEAN`` that many managed policies."""
    arns = "".join(f"\n          - arn:aws:iam::111122223333:policy/Team{each}" for each in range(1, number + 1))
    return f"      RoleProps:\n        ManagedPolicyArns:{arns}\n"


_TABLE: Final = (
    Rule(
        "property",
        "E9001",
        "Properties of a declaration",
        "Names, types and combinations of the properties of Custom::LambdaBedrockProfile",
        f"{_REFERENCE}aws-resource-lambda-function.html",
        broken=f"{_CLEAN}      Geografy: us\n",
        clean=f"{_CLEAN}      Geography: us\n",
    ),
    Rule(
        "route",
        "E9002",
        "A route to the model",
        "The foundation model and its geography are offered in the Region of the stack",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html",
        broken=_CLEAN.replace(_MODEL, "acme.none-v1:0"),
        clean=_CLEAN,
    ),
    Rule(
        "reference",
        "E9003",
        "Attributes of a declaration",
        "Fn::GetAtt and Fn::Sub name attributes that a declaration has",
        f"{_REFERENCE}intrinsic-function-reference-getatt.html",
        broken=f"{_CLEAN}Outputs:\n  Profile: {{Value: !GetAtt Chat.ProfileArn}}\n",
        clean=f"{_CLEAN}Outputs:\n  Profile: {{Value: !GetAtt Chat.InferenceProfileArn}}\n",
    ),
    Rule(
        "collision",
        "E9004",
        "Names that a declaration uses",
        "The generated logical ids, names and environment variables are free",
        f"{_GUIDE}resources-section-structure.html",
        broken=f"{_CLEAN}  ChatRole: {{Type: AWS::SNS::Topic}}\n",
        clean=f"{_CLEAN}  ChatTopic: {{Type: AWS::SNS::Topic}}\n",
    ),
    Rule(
        "limit",
        "E9005",
        "Limits of AWS",
        "The processed template and what it makes are within the limits of CloudFormation, Lambda and IAM",
        f"{_GUIDE}cloudformation-limits.html",
        broken=_CLEAN.replace("Chat:", f"{'Chat' * 60}:"),
        clean=_CLEAN.replace("Chat:", f"{'Chat' * 50}:"),
    ),
    Rule(
        "template",
        "E9006",
        "A template that can be expanded",
        "The template has the shape that the macro needs, and the collections of its Fn::ForEach are known",
        f"{_REFERENCE}intrinsic-function-reference-foreach.html",
        broken=_LOOP.replace("!Ref Names", "!Split [',', !ImportValue names]"),
        clean=_LOOP,
    ),
    Rule(
        "unchecked",
        "I9007",
        "Parameters that have a value",
        "What depends on a parameter without a value is not checked",
        f"{_GUIDE}parameters-section-structure.html",
        broken=_PARAMETER.replace(_MODEL, "!Ref Model"),
        clean=_PARAMETER.replace("String}", f'String, Default: "{_MODEL}"}}').replace(
            f"Id: {_MODEL}", "Id: !Ref Model"
        ),
    ),
    Rule(
        "uncalled",
        "W9008",
        "A template that calls the macro",
        "A template with declarations names the macro in its Transform section",
        f"{_GUIDE}transform-section-structure.html",
        broken=_CLEAN.replace("Transform: LambdaBedrockProfile\n", ""),
        clean=_CLEAN,
    ),
    Rule(
        "closed",
        "I9009",
        "Ways out of a VPC",
        "A function that is moved into a VPC reaches the endpoints there and nothing else",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html",
        broken=f"{_SERVERLESS}      DeployVpc: true\n",
        clean=f"{_SERVERLESS}      DeployVpc: true\n"
        "    Metadata: {cfn-lint: {config: {ignore_checks: [I9009]}}}\n",
    ),
    Rule(
        "organisation",
        "E9010",
        "Rules of the organisation",
        "The declaration obeys the rules that are parameters of the macro's stack",
        "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
        broken=_CLEAN,
        clean=f"{_CLEAN}      InferenceProfileProps: {{Tags: [{{Key: team, Value: search}}]}}\n",
        settings='RequiredTagKeys = ["team"]\n',
    ),
    Rule(
        "nearly",
        "I9011",
        "Room below the limits of AWS",
        "A function has room for more variables in Lambda's 4 KB, and its role for more managed policies",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        broken=_CLEAN + _attached(11),
        clean=_CLEAN + _attached(10),
    ),
    Rule(
        "versions",
        "W9012",
        "Versions that follow the profile",
        "A function that publishes versions publishes one whenever its profile is replaced",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
        "sam-resource-function.html#sam-function-autopublishalias",
        broken=_ALIAS.replace("live", "live, AutoPublishCodeSha256: 0123abcd"),
        clean=_ALIAS,
    ),
    Rule(
        "quota",
        "W9013",
        "Quotas of an account",
        "What the template makes is within the quotas that an account has if it asks for no more",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        broken=_CLEAN + _attached(21),
        clean=_CLEAN + _attached(10),
    ),
    Rule(
        "ignored",
        "W9020",
        "Properties that have an effect",
        "Nothing that a template says of the VPC or the alarms of a declaration is ignored or overridden",
        f"{_REFERENCE}aws-resource-ec2-vpc.html",
        broken=f"{_CLEAN}      VpcProps: {{MaxAzs: 2}}\n",
        clean=f"{_CLEAN}      DeployVpc: true\n      VpcProps: {{MaxAzs: 2}}\n",
    ),
    Rule(
        "vetoed",
        "I9021",
        "Bedrock actions that pass the endpoints",
        "The endpoints of the VPC let through the Bedrock actions that the role of the function allows",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html",
        broken=_NETWORK + _POLICY.format("bedrock:Rerank"),
        clean=_NETWORK + _POLICY.format("bedrock:CountTokens"),
    ),
    Rule(
        "any-account",
        "I9022",
        "Accounts behind an endpoint",
        "An endpoint to another service than Bedrock says whose resources may be reached through it",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        broken=f"{_NETWORK}      InterfaceEndpoints: [bedrock-runtime, sqs]\n",
        clean=f"{_NETWORK}      InterfaceEndpoints: [bedrock-runtime, {{Service: sqs, ResourceAccount: own}}]\n",
    ),
    Rule(
        "interfaces",
        "I9023",
        "Network interfaces of a function in a VPC",
        "The code of a function in a VPC cannot do with network interfaces what Lambda does with its role",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        broken=_NETWORK + "      RoleProps: {ManagedPolicyArns: ['arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess']}\n",
        clean=_NETWORK,
    ),
    Rule(
        "path",
        "I9024",
        "Roles of another stack",
        "The name of a role that another stack gives can be derived from its ARN",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
        broken=_CLEAN.replace("{Runtime", "{Role: !ImportValue shared-role, Runtime"),
        clean=_CLEAN.replace("{Runtime", "{Role: !Sub 'arn:aws:iam::${AWS::AccountId}:role/Shared', Runtime"),
    ),
    Rule(
        "stated",
        "I9025",
        "Profiles that the template does not show",
        "What a declaration says of a profile that is not in the template is compared with it at deployment",
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html",
        broken=f"{_CLEAN}      ExistingInferenceProfile: !ImportValue chat-profile\n",
        clean=f"{_CLEAN}      ExistingInferenceProfile: !ImportValue chat-profile\n      VerifyModelAccess: true\n",
    ),
    Rule(
        "unused",
        "W9031",
        "Log groups that are written to",
        "A log group of the template for a function is the one that the function writes to",
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
        broken=_CLEAN + _LOGS.replace("{Ret", '{LogGroupName: !Sub "/aws/lambda/${Chat}", Ret'),
        clean=_CLEAN.replace('"pass"}', '"pass"}, LoggingConfig: {LogGroup: !Ref Logs}') + _LOGS,
    ),
    Rule(
        "moot",
        "W9032",
        "Calls through the profile only",
        "Nothing lets the function call its model past its inference profile and the tags of that",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html",
        broken=f"{_CLEAN}      RoleProps: {{Policies: [{_USERS_POLICY.replace('ACTION', 'bedrock:*')}]}}\n",
        clean=f"{_CLEAN}      RoleProps: {{Policies: [{_USERS_POLICY.replace('ACTION', 'bedrock:ApplyGuardrail')}]}}\n",
    ),
    Rule(
        "replacement",
        "W9033",
        "Replacements that their originals leave room for",
        "A replaced profile has another name than the one that is deployed; diff compares with the earlier template",
        f"{_GUIDE}using-cfn-updating-stacks-update-behaviors.html",
        broken=f"{_CLEAN}      InferenceProfileProps: {{InferenceProfileName: chat}}\n",
        clean=_CLEAN,
        earlier=_CLEAN.replace("nova-lite", "nova-micro")
        + "      InferenceProfileProps: {InferenceProfileName: chat}\n",
    ),
    Rule(
        "ended",
        "E9034",
        "Models that have not ended",
        "The model can still be used in the Region of the stack; the macro expands the template whatever the day is",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
        broken=_CLEAN.replace(_MODEL, "anthropic.claude-sonnet-4-20250514-v1:0"),
        clean=_CLEAN,
    ),
    Rule(
        "ending",
        "W9035",
        "Models that do not end soon",
        "The model is not LEGACY and does not end within 90 days",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
        broken=_CLEAN.replace(_MODEL, "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        clean=_CLEAN,
    ),
    Rule(
        "silent",
        "W9036",
        "Alarms that somebody hears of",
        "The topic that the alarms of a declaration notify lets CloudWatch publish, and so does its key",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
        broken=_ALARMED + "  Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/aws/sns}}\n",
        clean=_ALARMED + "  Topic: {Type: AWS::SNS::Topic}\n",
    ),
    Rule(
        "guardrail",
        "W9037",
        "Guardrails that calls can pass",
        "The guardrail is one of the stack's account, and a role that enforces it makes no calls that cannot have it",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
        broken=_GUARDED + _POLICY.format("bedrock:InvokeAgent"),
        clean=_GUARDED + _POLICY.format("bedrock:CountTokens"),
    ),
)

RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _TABLE}
"""Every rule by its name, in the order of the ids."""

COMMAND_LINE: Final = frozenset({"unchecked", "replacement", "ended", "ending"})
"""The rules that cfn-lint does not have: an editor gives no values, no earlier template and no day."""
