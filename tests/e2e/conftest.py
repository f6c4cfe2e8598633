"""Fixtures of the end-to-end tests: one embedded AWS with the macro in it for each process that runs tests.

Every test finds the account as the one before left it, which is as it was: what a test deploys is deleted at its end,
and whatever then is there that was not there before fails it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.account import Account
from tests.support.embedded_aws import embedded_aws
from tests.support.macro_engine import MacroEngine
from tests.support.macro_stack import deploy_macro
from tests.support.sam_cli import sam_build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The macro's template as ``sam build`` leaves it; built once, also for several processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if hasattr(request.config, "workerinput") else own) / "sam-build"
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not done.exists():
            done.write_text(str(sam_build(folder)))
    return Path(done.read_text())


@pytest.fixture(scope="session")
def engine(built: Path) -> Iterator[MacroEngine]:
    """An embedded AWS that enforces IAM, with the macro deployed."""
    with embedded_aws(enforce_iam=True) as aws:
        yield deploy_macro(aws, built)


@pytest.fixture
def account(engine: MacroEngine) -> Iterator[Account]:
    """The account for one test, which leaves nothing behind."""
    account = Account(engine)
    before = account.holdings()
    yield account
    account.delete_stacks()
    assert account.holdings() == before
