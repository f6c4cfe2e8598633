"""What a processed template permits: its statements with every expression filled in, and AWS's way to judge by them.

Written apart from the code that makes the statements. Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM
JSON policy elements"; the order of Bedrock's own evaluations is that of ``tests.support.bedrock_authorization``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lambda_bedrock_profile.bedrock import partition
from tests.support.bedrock_authorization import Call, checks
from tests.support.templates import ACCOUNT

PROFILE = "application-inference-profile/abcdefghijkl"


@dataclass(frozen=True)
class Deployed:
    """A processed template as deployed in ``region``: pseudo parameters, parameters and generated ARNs have values."""

    template: Mapping[str, Any]
    region: str
    parameters: Mapping[str, str]

    def arn(self, rest: str) -> str:
        """An ARN of Bedrock in this account and Region."""
        return f"arn:{partition(self.region)}:bedrock:{self.region}:{ACCOUNT}:{rest}"

    def model_arn(self, region: str, model: str) -> str:
        """The ARN of a foundation model, which has no account."""
        return f"arn:{partition(self.region)}:bedrock:{region}::foundation-model/{model}"

    def value(self, expression: Any) -> Any:
        """What ``expression`` comes to once it is deployed."""
        if isinstance(expression, list):
            return [self.value(item) for item in expression]
        if not isinstance(expression, dict) or len(expression) != 1:
            return expression
        ((function, argument),) = expression.items()
        if function == "Ref":
            return self._named(argument)
        if function == "Fn::GetAtt":
            return self._named(".".join(argument))
        assert function == "Fn::Sub", expression
        text, local = argument if isinstance(argument, list) else (argument, {})
        known = {name: self.value(item) for name, item in local.items()}
        return re.sub(r"\$\{([^!}]+)\}", lambda match: known.get(match[1]) or self._named(match[1]), text)

    def _named(self, name: str) -> str:
        pseudo = {
            "AWS::Region": self.region,
            "AWS::Partition": partition(self.region),
            "AWS::AccountId": ACCOUNT,
            **self.parameters,
        }
        logical_id, _, attribute = name.partition(".")
        if attribute == "InferenceProfileArn":
            return self.arn(f"{PROFILE}-{logical_id}")
        return pseudo.get(name, f"<{name}>")

    def statements(self) -> Iterator[dict[str, Any]]:
        """Every statement of every role and policy of the template, filled in, with lists where there may be one."""
        for resource in self.template["Resources"].values():
            properties = resource.get("Properties", {})
            policies = properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []
            policies = [properties] if resource["Type"] == "AWS::IAM::Policy" else policies
            for policy in policies:
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield {
                        **statement,
                        "Action": listed(statement["Action"]),
                        "Resource": [self.value(item) for item in listed(statement["Resource"])],
                        "Condition": {
                            operator: {key: self.value(listed(wanted)) for key, wanted in keys.items()}
                            for operator, keys in statement.get("Condition", {}).items()
                        },
                    }

    def allows(self, action: str, arn: str, context: Mapping[str, str] | None = None) -> bool:
        """Whether one request is allowed: some statement allows it, and none denies it."""
        effects = {
            statement["Effect"]
            for statement in self.statements()
            if any(matches(pattern, action) for pattern in statement["Action"])
            and any(matches(pattern, arn) for pattern in statement["Resource"])
            and _holds(statement["Condition"], context or {})
        }
        return effects == {"Allow"}

    def may_invoke(self, named: str, models: list[str], operation: str = "converse", *, project: bool = True) -> bool:
        """Whether the function may call the model or profile ``named``, which leads to ``models``."""
        call = Call("bedrock-runtime", "POST", f"/model/{quote(named, safe='')}/{operation}", b"", self.region, ACCOUNT)
        action = "InvokeModelWithResponseStream" if operation.endswith("stream") else "InvokeModel"
        return all(
            self.allows(f"bedrock:{action}", check.arn, check.context)
            for check in checks(call, lambda arn: models, project=project)
        )


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: ``*`` for any text, ``?`` for one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def listed(value: Any) -> list[Any]:
    """One, or a list, as a list."""
    return value if isinstance(value, list) else [value]


def _holds(condition: Mapping[str, Mapping[str, list[str]]], context: Mapping[str, str]) -> bool:
    """Whether every key is in ``context`` with one of the wanted values; a key that is absent equals nothing."""
    assert condition.keys() <= {"StringEquals"}, condition
    return all(context.get(key) in wanted for keys in condition.values() for key, wanted in keys.items())
