"""The rules as values: what a parameter of the macro's stack, or a settings file, may say."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bedrock_profile.organisation import NO_RULES, VARIABLES, Organisation, RuleError


def test_a_text_means_what_a_list_means() -> None:
    """Parameters of a stack are texts, and the settings file may use TOML's own types."""
    texts = {
        "MinimumLogRetentionInDays": "365",
        "RequiredTagKeys": "team, cost centre",
        "AllowedGeographies": "eu,us",
        "AllowedModels": "amazon.*",
        "AllowNewVpc": "false",
    }
    values = {
        "MinimumLogRetentionInDays": 365,
        "RequiredTagKeys": ["team", "cost centre"],
        "AllowedGeographies": ["eu", "us"],
        "AllowedModels": ["amazon.*"],
        "AllowNewVpc": False,
    }
    environment = {VARIABLES[name]: value for name, value in texts.items()}
    assert Organisation.of(texts) == Organisation.of(values) == Organisation.of_environment(environment)


def test_nothing_is_no_rule() -> None:
    """An empty value, and a missing one, is no rule at all."""
    assert Organisation.of({}) == Organisation.of_environment({}) == NO_RULES


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"AlowedModels": "x"}, "AlowedModels is no rule. Did you mean AllowedModels?"),
        ({"PermissionsBoundaryForRoles": "boundary"}, "PermissionsBoundaryForRoles is not the ARN of an IAM policy."),
        ({"LogKmsKeyArn": "alias/logs"}, "LogKmsKeyArn is not the ARN of a KMS key."),
        ({"LogKmsKeyArn": 7}, "LogKmsKeyArn is not the ARN of a KMS key."),
        ({"MinimumLogRetentionInDays": 100}, "MinimumLogRetentionInDays is no number of days"),
        ({"MinimumLogRetentionInDays": True}, "MinimumLogRetentionInDays is no number of days"),
        ({"RequiredTagKeys": 7}, "RequiredTagKeys does not hold keys of tags."),
        ({"RequiredTagKeys": ["a" * 129]}, "RequiredTagKeys does not hold keys of tags."),
        ({"AllowedGeographies": ["eur"]}, "AllowedGeographies holds eur, which is no geography."),
        ({"AllowedGeographies": "not-global,eu"}, "AllowedGeographies has others beside not-global."),
        ({"AllowedModels": "Claude"}, "AllowedModels does not hold model ids"),
        ({"AllowNewVpc": "no"}, "AllowNewVpc is neither true nor false."),
    ],
)
def test_what_cannot_be_a_rule_is_refused(values: dict[str, Any], message: str) -> None:
    """The message names the rule and says what to write: a rule that is not understood would protect nobody."""
    with pytest.raises(RuleError) as error:
        Organisation.of(values)
    assert str(error.value).startswith(message)
