"""Every template of ``examples/``, deployed on the embedded AWS as a reader would deploy it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.account import EXAMPLE, Account, removable
from tests.support.sam_cli import sam_package

EXAMPLES = sorted(EXAMPLE.parent.glob("*.yaml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_an_example_deploys_and_goes(account: Account, example: Path) -> None:
    """The example deploys, local code being uploaded by the SAM CLI first, makes a profile, and leaves nothing."""
    text = example.read_text(encoding="utf-8")
    template = sam_package(account.aws, example) if "CodeUri" in text else text
    before = account.holdings()
    account.deploy(removable(template))
    assert account.profiles()
    account.delete()
    assert account.holdings() == before
