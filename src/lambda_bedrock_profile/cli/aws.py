"""What AWS and its settings say: Region and account if no option names them, and the stacks that are deployed.

Region and account are found as the AWS command line and SDKs find them. Source: AWS SDKs and Tools Reference Guide,
"AWS Region", "Account-based endpoints" and "Shared config and credentials files". The file is read here, since boto3
takes half a second to import. Every call to AWS only reads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lambda_bedrock_profile.bedrock.identifiers import is_region
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.values import Json


def region() -> str | None:
    """The Region of the environment, else of the active profile in the configuration file, else None.

    Raises ReadError if what is there is not the name of a Region, by its shape.
    """
    name, value = next(_settings(("AWS_REGION", "AWS_DEFAULT_REGION"), ("region",)), ("", None))
    if value is not None and not is_region(value):
        raise ReadError(
            name, f"{value!r} is not the name of a Region", "Write one, such as us-east-1, or name --region"
        )
    return value


def account() -> str | None:
    """The id of the account, from the same places; None if nothing names it without a call to AWS.

    Raises ReadError if what is there is no account id.
    """
    name, value = next(_settings(("AWS_ACCOUNT_ID",), ("aws_account_id", "sso_account_id")), ("", None))
    if value is not None and not is_account_id(value):
        raise ReadError(name, f"{value!r} is not an account id, which has twelve digits", "Fix it, or name --account")
    return value


def is_account_id(text: str) -> bool:
    """Whether ``text`` is the id of an account by its shape."""
    return re.fullmatch("[0-9]{12}", text) is not None


def _settings(variables: tuple[str, ...], keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(where it is set, value) of each of the environment's ``variables`` and the profile's ``keys``, in this order."""
    for name in variables:
        if value := os.environ.get(name):
            yield name, value
    for key in keys:
        if value := _profile().get(key):
            yield f"{_config_file()}, {key}", value


def _config_file() -> Path:
    return Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()


def _profile() -> Mapping[str, str]:
    """The settings of the active profile; empty if there is no configuration file or no such profile."""
    path = _config_file()
    if not path.is_file():
        return {}
    import configparser

    # The values may hold a percent sign, and a file that botocore reads with repeated options is no reason to stop.
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        what = str(error).splitlines()[0].rstrip(".")
        raise ReadError(str(path), f"is no AWS configuration file: {what}", "Fix it, or name --region") from error
    name = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    section = next((title for title in (f"profile {name}", name) if parser.has_section(title)), None)
    return dict(parser.items(section)) if section else {}


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
