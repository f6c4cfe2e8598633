"""A deployed stack: its processed template, and the parameter values it was deployed with."""

from __future__ import annotations

import json
from typing import Any, Final

from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.cli.source import ReadError

MASKED: Final = "****"
"""What CloudFormation shows for the value of a NoEcho parameter."""


def deployed(name: str, region: str) -> tuple[dict[str, Any], dict[str, str]]:
    """(processed template, parameter values) of the stack ``name``.

    Needs ``cloudformation:GetTemplate`` and ``cloudformation:DescribeStacks``. Raises ReadError where AWS does not
    answer, or has no such stack.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("cloudformation", region_name=region)
        # A template in JSON arrives as a map, one in YAML as text.
        body: Any = client.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        what = " ".join(str(error).split()).rstrip(".")
        raise ReadError(
            f"stack {name}", what, f"Name a stack in {region}, and have credentials that may read it"
        ) from error
    text = body if isinstance(body, str) else json.dumps(body)
    template = parse(text, f"stack {name}").template
    values = {
        parameter["ParameterKey"]: parameter.get("ResolvedValue", parameter.get("ParameterValue", MASKED))
        for parameter in stack.get("Parameters", ())
    }
    return template, {key: value for key, value in values.items() if value != MASKED}
