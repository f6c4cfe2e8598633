"""Calls to AWS that only read, for the commands that look at what is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.values import Json


def cloudformation(region: str) -> Any:
    """CloudFormation's client in ``region``, with the credentials of the AWS settings."""
    import boto3  # half a second, and a library that a plain installation leaves out

    return boto3.client("cloudformation", region_name=region)


@contextmanager
def reading(name: str, fix: str) -> Iterator[None]:
    """Make an error of AWS, or of the way to it, one line about ``name``. Raises ReadError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ReadError(name, " ".join(str(error).split()).rstrip("."), fix) from error


def described_stack(name: str, region: str) -> dict[str, Json]:
    """What DescribeStacks says of the stack ``name``. Raises ReadError if AWS does not answer, or has no such stack."""
    with reading(f"stack {name}", f"Name a stack in {region}, and have credentials that may read it"):
        (stack,) = cloudformation(region).describe_stacks(StackName=name)["Stacks"]
    result: dict[str, Json] = stack
    return result
