"""Region and account where the command line does not name them: as the AWS command line and SDKs find them.

Source: AWS SDKs and Tools Reference Guide, "AWS Region", "Account-based endpoints" and "Shared config and credentials
files". The file is read here, since boto3 takes half a second to import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lambda_bedrock_profile.bedrock.names import is_region
from lambda_bedrock_profile.cli.source import ReadError


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
            yield f"{_path()}, {key}", value


def _path() -> Path:
    return Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()


def _profile() -> Mapping[str, str]:
    """The settings of the active profile; empty if there is no configuration file or no such profile."""
    path = _path()
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
