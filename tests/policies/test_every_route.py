"""For every profile and source Region of the catalog: what has to work works, and nothing else does.

Each function is written in each way that there is: a new one, an existing one, and a serverless one through AWS's own
translator with either transform first. Its role's policies are judged alone, and together with those of its endpoints.
"""

from __future__ import annotations

import pytest

from tests.policies.routes import CATALOG, routes
from tests.policies.stacks import Deploy, after_sam, before_sam, existing_functions, functions, new_functions

WAYS: list[Deploy] = [new_functions, existing_functions, before_sam, after_sam]
PARTS = 2
"""Each way is two tests, so that two processors share the work."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("deploy", WAYS)
def test_a_function_may_use_its_route_and_nothing_else(deploy: Deploy, part: int) -> None:
    """The tagged profile works in every Region that it may route to, and no way round it does."""
    assert [wrong for function in functions(deploy, part, PARTS) for wrong in function.wrong()] == []


def test_every_route_is_asked_about() -> None:
    """The test above stands for the whole catalog: each profile in each source Region, and each model alone."""
    data = CATALOG.data
    pairs = {
        (f"{profile.geography}.{profile.model}", source)
        for profile in data.profiles.values()
        for source in profile.routes
    }
    assert {(f"{route.geography}.{route.model}", route.source) for route in routes() if route.geography} == pairs
    assert len(pairs) > 1400
    assert sum(len(model.on_demand) for model in data.models.values()) == len(routes()) - len(pairs)
    assert len(list(functions(new_functions))) == len(routes())
