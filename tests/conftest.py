"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def settings_of_this_test() -> Iterator[None]:
    """The macro reads its environment variables one time; each test has its own."""
    yield
    if macro := sys.modules.get("lambda_bedrock_profile.macro"):
        macro.settings.cache_clear()
