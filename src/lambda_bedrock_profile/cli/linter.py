"""cfn-lint, embedded: what it says about a template, and its settings, which hold for our own findings too.

``Match.path`` and the attributes of ``ConfigMixIn`` are no documented names of cfn-lint: tests cover them, and the
version is pinned.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lambda_bedrock_profile.checking.places import existing
from lambda_bedrock_profile.cli.finding import Rule
from lambda_bedrock_profile.cli.source import ReadError
from lambda_bedrock_profile.diagnostics import Path

FAILED: Final = Rule("E0002", "A template that cfn-lint can check", "error")
"""Under the id that cfn-lint has for a failure of its own."""


class Remark(NamedTuple):
    """What is said about the value at ``path`` of a template, by which rule."""

    path: Path
    rule: Rule
    message: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``.cfnlintrc`` and a template's ``Metadata`` set: beginnings of the ids of rules, and Regions."""

    ignored: tuple[str, ...]
    mandatory: tuple[str, ...]
    regions: tuple[str, ...]

    def want(self, rule: Rule, ignored_here: Collection[str] = ()) -> bool:
        """Whether findings of ``rule`` are shown, at a place where ``ignored_here`` are ignored."""
        if rule.id.startswith(self.mandatory):
            return True
        return not rule.id.startswith(self.ignored) and rule.id not in ignored_here


def settings_of(template: Mapping[str, Any]) -> Settings:
    """The settings that hold for ``template``. Raises ReadError where cfn-lint cannot use its configuration file."""
    with _its_configuration():
        config = _config()
    # Metadata can be anything, and where it is no map it sets nothing.
    with suppress(AttributeError):
        config.set_template_args(template)
    # Its property of that name falls back to the environment.
    regions = _texts(config.template_args.get("regions") or config.file_args.get("regions"))
    # All Regions are no place where a stack goes.
    return Settings(
        _texts(config.ignore_checks), _texts(config.mandatory_checks), () if "ALL_REGIONS" in regions else regions
    )


def ignored_at(template: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The rules that the ``Metadata`` of the resource around ``path`` ignores: by their whole ids, as in cfn-lint."""
    at: Any = template
    for step in existing(template, path):
        at = at[step]
        if isinstance(at, Mapping) and isinstance(at.get("Type"), str):
            break
    for key in ("Metadata", "cfn-lint", "config", "ignore_checks"):
        at = at.get(key) if isinstance(at, Mapping) else None
    return _texts(at)


def remarks(template: Mapping[str, Any], region: str) -> Iterator[Remark]:
    """What cfn-lint says about ``template`` in ``region``, with the settings that it finds itself.

    Raises ReadError where it cannot use its configuration file, or does not know the Region.
    """
    # These names exist for embedding cfn-lint: its API documentation, "Using cfn-lint as a library".
    from cfnlint.exceptions import InvalidRegionException
    from cfnlint.runner import Runner

    with _its_configuration():
        runner = Runner(_config(regions=[region]))
    # It changes what it is given, and the expansion shares parts of itself.
    copy = json.loads(json.dumps(template))
    try:
        for match in runner.validate_template(copy):
            rule = Rule(match.rule.id, match.rule.shortdesc, match.rule.severity)
            yield Remark(tuple(getattr(match, "path", ())), rule, match.message)
    except InvalidRegionException as error:
        fix = "Name one that it knows, or install a newer cfn-lint"
        raise ReadError("cfn-lint", f"does not know the Region {region}", fix) from error
    except Exception as error:
        # Some shapes, such as Metadata that is a list, are more than it expects.
        yield Remark((), FAILED, f"cfn-lint cannot check the template ({type(error).__name__}: {error})")


def _config(**settings: Any) -> Any:
    from cfnlint.config import ConfigMixIn

    # What templates there are is known here, whatever the configuration file names.
    return ConfigMixIn([], templates=[], **settings)


@contextmanager
def _its_configuration() -> Iterator[None]:
    """Raise ReadError for whatever cfn-lint raises of its configuration file."""
    try:
        yield
    except Exception as error:
        # Of a faulty file cfn-lint and its YAML reader raise many kinds.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ReadError(".cfnlintrc", f"cfn-lint cannot use it ({reason})", "Mend it") from error


def _texts(value: Any) -> tuple[str, ...]:
    """The texts in ``value`` that are not empty, which may have been written as anything."""
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()
