"""Any template is adopted or refused: reading policies and variables by hand ends in no other way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lambda_bedrock_profile.bedrock import Catalog
from lambda_bedrock_profile.checking.adoption import adopt
from lambda_bedrock_profile.checking.takeover import Wishes
from lambda_bedrock_profile.context import StackContext
from lambda_bedrock_profile.diagnostics import TemplateError
from lambda_bedrock_profile.expand import expand
from tests.fuzz.mutation import mutated, seeds
from tests.support.template_text import read_template

PATH = Path(__file__).parents[1] / "cli" / "templates" / "by_hand.yaml"
TEMPLATE = read_template(PATH.read_text(encoding="utf-8"))
CONTEXT = StackContext("us-east-1", "111122223333")
WISHES = Wishes({}, "us.amazon.nova-lite-v1:0", "2026-11-26")


def check(template: Any) -> None:
    """What takes over in ``template`` expands, and the template stays as it is; or its errors are reported."""
    before = json.dumps(template)
    try:
        _, result = adopt(template, CONTEXT, Catalog.bundled(), WISHES)
    except TemplateError:
        pass  # Its errors are those of the template itself: none of a declaration that was added is among them.
    else:
        expand(result, CONTEXT, Catalog.bundled())
    assert json.dumps(template) == before


def test_any_template_is_adopted_or_refused() -> None:
    """No template ends the command with a trace, and none is changed."""
    for chance in seeds():
        template = {name: value for name, value in TEMPLATE.items() if name != "Transform"}
        changed = mutated(template, chance)
        if isinstance(changed, dict) and isinstance(changed.get("Resources"), dict):
            check(changed)
