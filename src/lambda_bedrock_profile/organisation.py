"""The rules that an organisation sets one time, for every declaration: as parameters of the macro's stack.

They reach the macro as environment variables, and the command line as a file (``checking/settings_file.py``). Each has
one name, that of the parameter, in the file, in messages and in the pages. ``stack/organisation.py`` applies them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lambda_bedrock_profile.bedrock.identifiers import GEOGRAPHIES, GLOBAL
from lambda_bedrock_profile.diagnostics import nearest, sentences
from lambda_bedrock_profile.values import Json
from lambda_bedrock_profile.wildcards import matches

BOUNDARY: Final = "PermissionsBoundaryForRoles"
LOG_KEY: Final = "LogKmsKeyArn"
RETENTION: Final = "MinimumLogRetentionInDays"
TAG_KEYS: Final = "RequiredTagKeys"
GEOGRAPHIES_ALLOWED: Final = "AllowedGeographies"
MODELS: Final = "AllowedModels"
NEW_VPC: Final = "AllowNewVpc"

VARIABLES: Final[Mapping[str, str]] = {
    BOUNDARY: "PERMISSIONS_BOUNDARY_FOR_ROLES",
    LOG_KEY: "LOG_KMS_KEY_ARN",
    RETENTION: "MINIMUM_LOG_RETENTION_IN_DAYS",
    TAG_KEYS: "REQUIRED_TAG_KEYS",
    GEOGRAPHIES_ALLOWED: "ALLOWED_GEOGRAPHIES",
    MODELS: "ALLOWED_MODELS",
    NEW_VPC: "ALLOW_NEW_VPC",
}
"""The environment variable of the macro's function for each rule, by the parameter of the macro's stack."""

NOT_GLOBAL: Final = "not-global"
"""The one word for every geography with a border."""

RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs takes: AWS CloudFormation Template Reference, AWS::Logs::LogGroup, RetentionInDays."""

_BOUNDARY: Final = r"arn:\S+:iam::\S+:policy/\S+"
_KEY: Final = r"arn:\S+:kms:\S+:\S+:key/\S+"
_PATTERN: Final = r"[a-z0-9.:*?-]+"
_TAG_KEY: Final = r"[\w .:/=+@-]{1,128}"


class RuleError(ValueError):
    """Why a value cannot be a rule: the rule's ``name``, what is wrong and what to do."""

    def __init__(self, name: str, what: str, fix: str) -> None:
        self.name, self.what, self.fix = name, what, fix
        super().__init__(f"{name} {sentences(what, fix)}")


class Organisation(NamedTuple):
    """The rules; by default there is none.

    ``boundary`` and ``log_key`` are ARNs, in which ``${AWS::Partition}``, ``${AWS::Region}`` and ``${AWS::AccountId}``
    stand for those of the stack, so that one value serves every account. ``least_retention`` is in days, 0 for no rule.
    ``geographies`` are names, or ``not-global`` alone; ``models`` are patterns with ``*`` and ``?``. Empty ones allow
    everything.
    """

    boundary: str = ""
    log_key: str = ""
    least_retention: int = 0
    tag_keys: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    new_vpc: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Json]) -> Organisation:
        """The rules in ``values``, by the names of parameters; what is missing or empty is no rule.

        A list may be one text with commas between its items, and a number or a boolean a text. Raises RuleError.
        """
        for name in values:
            if name not in VARIABLES:
                near = nearest(name, VARIABLES)
                fix = f"Did you mean {near}?" if near else f"There are {', '.join(VARIABLES)}"
                raise RuleError(name, "is no rule", fix)
        return cls(
            boundary=_text(BOUNDARY, values.get(BOUNDARY, ""), _BOUNDARY, "the ARN of an IAM policy"),
            log_key=_text(LOG_KEY, values.get(LOG_KEY, ""), _KEY, "the ARN of a KMS key"),
            least_retention=_days(values.get(RETENTION, 0)),
            tag_keys=_items(TAG_KEYS, values.get(TAG_KEYS, ()), _TAG_KEY, "keys of tags"),
            geographies=_geographies(values.get(GEOGRAPHIES_ALLOWED, ())),
            models=_items(MODELS, values.get(MODELS, ()), _PATTERN, "model ids, in which * and ? are wildcards"),
            new_vpc=_truth(values.get(NEW_VPC, True)),
        )

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Organisation:
        """The rules in the environment of the macro's function. Raises RuleError."""
        values = {name: value for name, variable in VARIABLES.items() if (value := environment.get(variable))}
        return cls.of(values) if values else NO_RULES

    def allows_geography(self, geography: str | None) -> bool:
        """Whether data may go through the profiles of ``geography``; None is the stack's own Region alone."""
        if geography is None or not self.geographies:
            return True
        return geography != GLOBAL if self.geographies == (NOT_GLOBAL,) else geography in self.geographies

    def allows_model(self, model: str) -> bool:
        """Whether functions may use ``model``, the id of a foundation model."""
        return not self.models or any(matches(pattern, model) for pattern in self.models)


NO_RULES: Final = Organisation()


def _text(name: str, value: Json, shape: str, expected: str) -> str:
    if not isinstance(value, str) or (value and not re.fullmatch(shape, value)):
        raise RuleError(name, f"is not {expected}", f"Write {expected}, or leave it empty")
    return value


def _items(name: str, value: Json, shape: str, expected: str) -> tuple[str, ...]:
    items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not all(
        isinstance(item, str) and re.fullmatch(shape, item) for item in items
    ):
        raise RuleError(name, f"does not hold {expected}", f"Write {expected}, with commas between them")
    return tuple(dict.fromkeys(items))


def _geographies(value: Json) -> tuple[str, ...]:
    offered = (*GEOGRAPHIES, NOT_GLOBAL)
    items = _items(GEOGRAPHIES_ALLOWED, value, "[a-z-]+", f"geographies, which are {', '.join(offered)}")
    for item in items:
        if item not in offered:
            near = nearest(item, offered)
            fix = f"Did you mean {near}?" if near else f"There are {', '.join(offered)}"
            raise RuleError(GEOGRAPHIES_ALLOWED, f"holds {item}, which is no geography", fix)
    if NOT_GLOBAL in items and len(items) > 1:
        raise RuleError(GEOGRAPHIES_ALLOWED, f"has others beside {NOT_GLOBAL}", f"Write {NOT_GLOBAL} alone, or a list")
    return items


def _days(value: Json) -> int:
    number = int(value or 0) if isinstance(value, str) and (value.isdigit() or not value) else value
    if isinstance(number, bool) or number not in (0, *RETENTION_DAYS):
        days = ", ".join(map(str, RETENTION_DAYS))
        raise RuleError(RETENTION, "is no number of days that CloudWatch Logs takes", f"Write one of {days}, or 0")
    return int(number)


def _truth(value: Json) -> bool:
    texts = {"true": True, "false": False, "": True}
    if not isinstance(value, bool) and value not in texts:
        raise RuleError(NEW_VPC, "is neither true nor false", "Write true or false")
    return value if isinstance(value, bool) else texts[value]
