"""Region and account where the command line does not name them: as the AWS command line and SDKs find them.

Source: AWS SDKs and Tools Reference Guide, "AWS Region", "Account-based endpoints" and "Shared config and credentials
files". The file is read here, since boto3 takes half a second to import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lambda_bedrock_profile.cli.source import ReadError


def region() -> str | None:
    """The Region of the environment, else of the active profile in the configuration file, else None."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _profile().get("region") or None


def account() -> str | None:
    """The id of the account, from the same places; None where nothing names it without a call to AWS."""
    if found := os.environ.get("AWS_ACCOUNT_ID"):
        return found
    profile = _profile()
    return profile.get("aws_account_id") or profile.get("sso_account_id") or None


def _profile() -> Mapping[str, str]:
    """The settings of the active profile; empty where there is no configuration file or no such profile."""
    path = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    if not path.is_file():
        return {}
    import configparser

    # The values may hold a percent sign, and a file that botocore reads with repeated options is no reason to stop.
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        what = str(error).splitlines()[0]
        raise ReadError(str(path), f"is no AWS configuration file: {what}", "Mend it, or name --region") from error
    name = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    section = next((title for title in (f"profile {name}", name) if parser.has_section(title)), None)
    return dict(parser.items(section)) if section else {}
