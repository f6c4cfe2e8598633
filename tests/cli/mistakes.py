"""Templates with one mistake each: the right text, a part of it and what stands there instead, and what is reported.

Each was written before the messages were looked at.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MODEL: Final = "amazon.nova-lite-v1:0"
GOOD: Final = """\
Transform: LambdaBedrockProfile
Resources:
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      LambdaFunctionProps:
        Runtime: python3.13
        Handler: index.handler
        Code: {ZipFile: "pass"}
"""
OUTPUT: Final = GOOD + "Outputs:\n  Profile:\n    Value: !Ref Chat\n"
VARIABLE: Final = GOOD + "        Environment: {Variables: {STAGE: prod}}\n"
SIZE: Final = "MemorySize: 256"
MEMORY: Final = GOOD + "        MemorySize: 256\n"
FUNCTION_TAGS: Final = GOOD + "        Tags: [{Key: app, Value: chat}]\n"
TAGS: Final = GOOD + "      InferenceProfileProps:\n        Tags: [{Key: app, Value: chat}]\n"
ROLE_TAGS: Final = TAGS.replace("InferenceProfileProps", "RoleProps")
LOG_TAGS: Final = TAGS.replace("InferenceProfileProps", "LogGroupProps")
GEOGRAPHY: Final = GOOD + "      Geography: us\n"
ENDPOINTS: Final = GOOD + "      DeployVpc: true\n      InterfaceEndpoints: [bedrock-runtime, bedrock]\n"
DEPENDS: Final = GOOD.replace("    Properties:", "    DependsOn: Topic\n    Properties:", 1) + (
    '  Topic: {Type: "AWS::SNS::Topic"}\n'
)
GIVEN_VPC: Final = GOOD + (
    "      ExistingVpc:\n"
    "        VpcId: vpc-11112222\n"
    "        SubnetIds: [subnet-11112222]\n"
    "        SecurityGroupIds: [sg-11112222]\n"
    "        CidrBlock: 10.0.0.0/16\n"
)
ARN_OF: Final = "!GetAtt Chat.InferenceProfileArn"
ATTRIBUTE: Final = OUTPUT.replace("!Ref Chat", ARN_OF)
PRIVATE: Final = GOOD + "      DeployVpc: true\nOutputs:\n  Id:\n    Value: !GetAtt Chat.VpcId\n"
PRIVATE_GROUP: Final = PRIVATE.replace("VpcId", "SecurityGroupId")
PRIVATE_SUB: Final = PRIVATE.replace("!GetAtt Chat.VpcId", '!Sub "${Chat.VpcId}"')
ROLE_PATH: Final = "      RoleProps: {Path: /a/}\n"
WITH_ROLE: Final = GOOD + ROLE_PATH
RETENTION: Final = "      LogGroupProps: {RetentionInDays: 7}\n"
WITH_LOGS: Final = GOOD + RETENTION
BESIDE: Final = """\
Transform: LambdaBedrockProfile
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Code: {ZipFile: "pass"}
      Role: !GetAtt Own.Arn
      Environment: {Variables: {STAGE: prod}}
  Own:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  Chat:
    Type: Custom::LambdaBedrockProfile
    Properties:
      BedrockModelId: amazon.nova-lite-v1:0
      ExistingLambdaObj: !Ref Worker
"""

GUARDED: Final = GOOD + "      Guardrail: {Identifier: abcdef123456, Version: 1, Enforce: true}\n"
WATCHED: Final = GOOD + "      Monitoring: {Throttles: 5, TokensPerHour: 1000}\n"

TAB: Final = "a tab stands here, which YAML does not take. Indent with spaces."
QUOTE: Final = "a quote is opened here and never closed. Close it."
RAIN: Final = "It is a tag of rain, which replaces it: run rain pkg first."
TYPE: Final = "is no type that the macro expands. Did you mean Custom::LambdaBedrockProfile?"
ALONE: Final = "Fn::GetAtt names Chat and none of its attributes. Write Chat with a dot and one of: Arn, FunctionArn,"
OUTSIDE: Final = "since its function is in no VPC. Add DeployVpc: true or ExistingVpc to the declaration"
LIST: Final = "is not a list. Write a list of Key and Value, such as [{Key: app, Value: chat}]."
OF_LAMBDA: Final = "is a variable that Lambda sets itself. Remove it, or choose another name"
NOTHING: Final = "is neither a resource nor a parameter of the template. Add"
NO_MODEL: Final = (
    "of a foundation model. Write a foundation-model id, for example BedrockModelId: amazon.nova-lite-v1:0"
)
ARN: Final = "arn:aws:bedrock:us-east-1:111122223333:"


class Mistake(NamedTuple):
    """``part`` of ``right`` is written ``wrong``; lint says ``advice`` at ``place``, unless it is empty."""

    name: str
    right: str
    part: str
    wrong: str
    place: str
    advice: str


MISTAKES: Final = [
    Mistake("tab", GOOD, "      BedrockModelId", "\tBedrockModelId", "6:1", TAB),
    Mistake("tab-deeper", GOOD, "        Runtime", "\t\tRuntime", "8:1", TAB),
    Mistake("tab-list", GOOD, "  Chat:", "\tChat:", "3:1", TAB),
    Mistake("quote", GOOD, "index.handler", '"index.handler', "9:18", ""),
    Mistake("quote-last", OUTPUT, "!Ref Chat", '"chat', "13:12", QUOTE),
    Mistake("quote-single", OUTPUT, "!Ref Chat", "'it''s", "13:12", QUOTE),
    Mistake("quote-key", OUTPUT, "Profile:\n", '"Profile:\n', "12:3", QUOTE),
    Mistake("rain-embed", GOOD, '"pass"', "!Rain::Embed handler.py", "10:25", RAIN),
    Mistake("rain-include", GOOD, '{ZipFile: "pass"}', "!Rain::S3 {Path: src}", "10:15", RAIN),
    Mistake("rain-env", OUTPUT, "!Ref Chat", "!Rain::Env USER", "13:12", RAIN),
    Mistake("type-plural", GOOD, "::LambdaBedrockProfile\n", "::LambdaBedrockProfiles\n", "4:5", TYPE),
    Mistake("type-case", GOOD, "::LambdaBedrockProfile\n", "::lambdaBedrockProfile\n", "4:5", TYPE),
    Mistake("type-swapped", GOOD, "::LambdaBedrockProfile\n", "::LambdaBedrcokProfile\n", "4:5", TYPE),
    Mistake("ref", OUTPUT, "!Ref Chat", "!Ref Chatt", "13:12", "Did you mean Chat?"),
    Mistake("ref-case", OUTPUT, "!Ref Chat", "!Ref chat", "13:12", "Did you mean Chat?"),
    Mistake("ref-short", OUTPUT, "!Ref Chat", "!Ref Cha", "13:12", "Did you mean Chat?"),
    Mistake("get-att-alone", ATTRIBUTE, ARN_OF, "!GetAtt Chat", "13:5", ALONE),
    Mistake("get-att-list", ATTRIBUTE, ARN_OF, "!GetAtt [Chat]", "13:5", ALONE),
    Mistake("get-att-long", ATTRIBUTE, ARN_OF, "{Fn::GetAtt: Chat}", "13:5", ALONE),
    Mistake("get-att-dot", ATTRIBUTE, ARN_OF, "!GetAtt Chat.", "13:5", ALONE),
    Mistake("sub-output", OUTPUT, "!Ref Chat", '!Sub "${Vendor}-x"', "13:12", f"Vendor {NOTHING} Vendor to the"),
    Mistake("sub-variable", VARIABLE, "prod", '!Sub "${Stage}-x"', "11:42", f"Stage {NOTHING} Stage to the"),
    Mistake("sub-tag", TAGS, "Value: chat", 'Value: !Sub "${Vendor}"', "12:34", f"Vendor {NOTHING} Vendor to the"),
    Mistake("ref-variable", VARIABLE, "prod", "!Ref Stage", "11:42", f"Stage {NOTHING} Stage to the"),
    Mistake("sub-model", GOOD, "amazon.", "!Sub ${Vendor}.", "6:7", "a reference to Vendor, which is no parameter"),
    Mistake("lambda-region", VARIABLE, "STAGE", "AWS_REGION", "11:35", OF_LAMBDA),
    Mistake("lambda-default-region", VARIABLE, "STAGE", "AWS_DEFAULT_REGION", "11:35", OF_LAMBDA),
    Mistake("lambda-name", VARIABLE, "STAGE", "AWS_LAMBDA_FUNCTION_NAME", "11:35", OF_LAMBDA),
    Mistake("taken", VARIABLE, "STAGE", "BEDROCK_MODEL", "11:35", "Chat sets to the id of its model"),
    Mistake("taken-profile", VARIABLE, "STAGE", "BEDROCK_PROFILE", "11:35", "or remove the variable"),
    Mistake("taken-beside", BESIDE, "STAGE", "BEDROCK_PROFILE", "10:33", "Chat sets to the ARN of its profile"),
    Mistake("tags-map", TAGS, "[{Key: app, Value: chat}]", "{app: chat}", "12:9", LIST),
    Mistake("tags-of-role", ROLE_TAGS, "[{Key: app, Value: chat}]", "{app: chat}", "12:9", LIST),
    Mistake("tags-of-function", FUNCTION_TAGS, "[{Key: app, Value: chat}]", "{app: chat}", "11:9", LIST),
    Mistake("tags-of-log-group", LOG_TAGS, "[{Key: app, Value: chat}]", "{app: chat}", "12:9", LIST),
    Mistake("geography-case", GEOGRAPHY, "Geography: us", "Geography: US", "11:7", "Did you mean us?"),
    Mistake("geography-eu", GEOGRAPHY, "Geography: us", "Geography: EU", "11:7", "Did you mean eu?"),
    Mistake("geography-global", GEOGRAPHY, "Geography: us", "Geography: Golbal", "11:7", "Did you mean global?"),
    Mistake("endpoint-underscore", ENDPOINTS, "bedrock-r", "bedrock_r", "12:28", "Did you mean bedrock-runtime?"),
    Mistake("endpoint-words", ENDPOINTS, "bedrock-r", "BedrockR", "12:28", "Did you mean bedrock-runtime?"),
    Mistake("endpoint-plural", ENDPOINTS, "-runtime", "-runtimes", "12:28", "Did you mean bedrock-runtime?"),
    Mistake("propertis", GOOD, "    Properties:", "    Propertis:", "5:5", "Did you mean Properties?"),
    Mistake("property", GOOD, "    Properties:", "    Property:", "5:5", "Did you mean Properties?"),
    Mistake("properties-case", GOOD, "    Properties:", "    properties:", "5:5", "Did you mean Properties?"),
    Mistake("outside-vpc", PRIVATE, "      DeployVpc: true\n", "", "13:5", OUTSIDE),
    Mistake("outside-group", PRIVATE_GROUP, "      DeployVpc: true\n", "", "13:5", OUTSIDE),
    Mistake("outside-sub", PRIVATE_SUB, "      DeployVpc: true\n", "", "13:5", OUTSIDE),
    Mistake(
        "profile-arn",
        ATTRIBUTE,
        ARN_OF,
        "!GetAtt Chat.ProfileArn",
        "13:5",
        "Did you mean InferenceProfileArn?",
    ),
    Mistake("profile-id", OUTPUT, "!Ref Chat", "!GetAtt Chat.ProfileId", "13:5", "Did you mean InferenceProfileId?"),
    Mistake("model-arn", OUTPUT, "!Ref Chat", "!GetAtt Chat.ModelArn", "13:5", "Did you mean ModelId?"),
    Mistake("vpc-camel", GIVEN_VPC, "VpcId:", "vpcId:", "12:9", "Did you mean VpcId?"),
    Mistake("subnets-camel", GIVEN_VPC, "SubnetIds:", "subnetIds:", "13:9", "Did you mean SubnetIds?"),
    Mistake("groups-camel", GIVEN_VPC, "SecurityG", "securityG", "14:9", "Did you mean SecurityGroupIds?"),
    Mistake("model-camel", GOOD, "BedrockModelId:", "bedrockModelId:", "6:7", "Did you mean BedrockModelId?"),
    Mistake("props-camel", GOOD, "LambdaF", "lambdaF", "7:7", "Did you mean LambdaFunctionProps?"),
    Mistake("existing-near", BESIDE, "!Ref Worker", "!Ref Workr", "21:7", "Did you mean Worker?"),
    Mistake("existing-camel", BESIDE, "ExistingL", "existingL", "21:7", "Did you mean ExistingLambdaObj?"),
    Mistake("runtime-camel", GOOD, "Runtime:", "runtime:", "8:9", "Did you mean Runtime?"),
    Mistake("boundary", MEMORY, SIZE, f"PermissionsBoundary: {ARN}a", "11:9", "RoleProps.PermissionsBoundary"),
    Mistake(
        "role-path",
        WITH_ROLE,
        "      RoleProps: {Path: /a/}\n",
        "        RolePath: /a/\n",
        "11:9",
        "Write RoleProps.Path.",
    ),
    Mistake("url", MEMORY, SIZE, "FunctionUrlConfig: {AuthType: NONE}", "11:9", "Add an AWS::Lambda::Url"),
    Mistake("image", MEMORY, SIZE, "ImageUri: a/b:1", "11:9", "Write Code: {ImageUri: ...}."),
    Mistake("kms", MEMORY, SIZE, "SourceKmsKeyArn: a", "11:9", "Write Code: {SourceKMSKeyArn: ...}"),
    Mistake("invoke", MEMORY, SIZE, "EventInvokeConfig: {}", "11:9", "an AWS::Lambda::EventInvokeConfig"),
    Mistake(
        "retention",
        WITH_LOGS,
        "      LogGroupProps: {RetentionInDays: 7}\n",
        "        LogRetention: 7\n",
        "11:9",
        "LogGroupProps: {RetentionInDays: ...}.",
    ),
    Mistake("trust", MEMORY, SIZE, "AssumeRolePolicyDocument: {}", "11:9", "RoleProps.AssumeRolePol"),
    Mistake("dead-letters", MEMORY, SIZE, "DeadLetterQueue: {}", "11:9", "Write DeadLetterC"),
    Mistake("waits-for-role", DEPENDS, "DependsOn: Topic", "DependsOn: ChatRole", "5:5", "Remove ChatRole"),
    Mistake("waits-for-logs", DEPENDS, "DependsOn: Topic", "DependsOn: [ChatLogGroup]", "5:5", "Remove ChatLogGroup"),
    Mistake("waits-for-itself", DEPENDS, "DependsOn: Topic", "DependsOn: Chat", "5:5", "Remove Chat from DependsOn"),
    Mistake("waits-for-nothing", DEPENDS, "DependsOn: Topic", "DependsOn: Topik", "5:5", "Did you mean Topic?"),
    Mistake("guardrail", GOOD, MODEL, "us.guardrail.v1:0", "6:7", f"a guardrail profile, not {NO_MODEL}"),
    Mistake(
        "guardrail-eu",
        GOOD,
        "amazon.nova-lite-v1:0",
        "eu.guardrail.v1:0",
        "6:7",
        f"a guardrail profile, not {NO_MODEL}",
    ),
    Mistake(
        "guardrail-arn",
        GOOD,
        "amazon.nova-lite-v1:0",
        f"{ARN}guardrail-profile/us.guardrail.v1:0",
        "6:7",
        "a guardrail profile",
    ),
    Mistake("router", GOOD, MODEL, "anthropic.claude:1", "6:7", f"a prompt router, not {NO_MODEL}"),
    Mistake(
        "router-arn",
        GOOD,
        "amazon.nova-lite-v1:0",
        f"{ARN}default-prompt-router/meta.llama:1",
        "6:7",
        "a prompt router",
    ),
    Mistake("own-router", GOOD, MODEL, f"{ARN}prompt-router/abc123", "6:7", "a prompt router"),
    Mistake(
        "no-version", GUARDED, ", Version: 1", "", "11:7", "Version is missing. Add Version: the number of a version"
    ),
    Mistake(
        "draft", GUARDED, "Version: 1", "Version: draft", "11:45", "Write the number of a version of the guardrail, or"
    ),
    Mistake(
        "versioned", GUARDED, "abcdef123456", '"abcdef123456:1"', "11:19", "Write the id or the ARN of a guardrail"
    ),
    Mistake("enforced", GUARDED, "Enforce", "Enforced", "11:57", "Did you mean Enforce?"),
    Mistake("guardrail-name", GUARDED, "Identifier", "GuardrailIdentifier", "11:19", "Did you mean Identifier?"),
    Mistake("throttle", WATCHED, "Throttles", "Throttle", "11:20", "Did you mean Throttles?"),
    Mistake("negative", WATCHED, "Throttles: 5", "Throttles: -1", "11:20", "in five minutes; 0 for no alarm"),
    Mistake("topic-name", WATCHED, "Throttles: 5", "AlarmTopicArn: alarms", "11:20", "Write the ARN of the SNS topic"),
]
