"""The statements of the how-to pages: every action exists, and the endpoints let through what a role is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from lambda_bedrock_profile.cli.read import parse
from lambda_bedrock_profile.stack.endpoint_services import service_of_action
from scripts.page_code import blocks
from tests.support.deployed import Deployed
from tests.support.policy_evaluation import allowed, listed
from tests.support.templates import ACCOUNT, expanded, new, template

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs/how-to" / name for name in ("more-permissions.md", "guard-calls.md")]
DATA = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
"""cfn-lint's copy of the Service Authorization Reference: service → its actions, in small letters."""
CONTEXT = {"aws:PrincipalAccount": ACCOUNT}


def statements() -> Iterator[Any]:
    """Each statement that a page gives, in the long form."""
    for page in PAGES:
        for block in blocks(page):
            if block.language != "yaml":
                continue
            if block.is_template:
                declared = parse(block.text, page.name).template["Resources"]["Assistant"]["Properties"]
                for policy in declared.get("RoleProps", {}).get("Policies", []):
                    for number, item in enumerate(policy["PolicyDocument"]["Statement"]):
                        yield pytest.param(item, id=f"{page.stem}-{policy['PolicyName']}-{number}")
            elif block.text.lstrip().startswith("- Effect"):
                written = "".join(f"  {line}\n" for line in block.text.splitlines())
                for item in parse(f"Resources:\n{written}", page.name).template["Resources"]:
                    yield pytest.param(item, id=f"{page.stem}-{listed(item['Action'])[0]}")


@pytest.mark.parametrize("statement", list(statements()))
def test_a_statement_of_a_page_works_as_it_stands(statement: dict[str, Any]) -> None:
    """Its actions exist, they take the resources that it names, and the endpoint of their API lets them through."""
    reference = json.loads(DATA.read_text(encoding="utf-8"))
    policies = [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]
    services = ["bedrock-runtime", "bedrock", "bedrock-agent-runtime", "bedrock-mantle"]
    source = template(X=new(RoleProps={"Policies": policies}, InterfaceEndpoints=services, **PRIVATE))
    stack = Deployed(expanded(source), "us-east-1")
    resources = listed(stack.value(statement["Resource"]))
    for action in listed(statement["Action"]):
        service, _, name = action.partition(":")
        known = reference[service]["Actions"]
        assert name.lower() in known
        if kinds := known[name.lower()].get("Resources"):
            shapes = [shape for kind in kinds for shape in reference[service]["Resources"][kind]["ARNFormats"]]
            assert all(fits(arn, shapes) for arn in resources)
        else:
            assert resources == ["*"]
        asked = [arn.replace("*", "x") for arn in resources]
        assert all(allowed(stack.identity("X"), action, arn, CONTEXT) for arn in asked if "Condition" not in statement)
        endpoint = service if service == "bedrock-mantle" else service_of_action(action)
        if endpoint is not None:
            assert all(allowed(stack.endpoint(endpoint, "vpc-1"), action, arn, CONTEXT) for arn in asked)


def fits(arn: str, shapes: list[str]) -> bool:
    """Whether an ARN has one of the forms of the reference, in which a star of regular expressions ends the name."""
    patterns = (re.sub(r"\$\{[A-Za-z]+\}", "[^:]*", shape) for shape in shapes)
    return any(re.fullmatch(pattern, arn) for pattern in patterns)


PRIVATE = {"ExistingVpc": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "CidrBlock": "10.0.0.0/16"}}
