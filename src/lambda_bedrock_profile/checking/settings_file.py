"""The settings of the macro's stack in a file, so that a check without AWS equals the deployed macro.

The file lies beside the templates, or in a folder above them up to the root of the repository. Its keys are the names
of the stack's parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, cast, get_args

from lambda_bedrock_profile.context import ProfileMode
from lambda_bedrock_profile.diagnostics import nearest, sentences
from lambda_bedrock_profile.organisation import NO_RULES, VARIABLES, Organisation, RuleError
from lambda_bedrock_profile.values import Json

NAME: Final = ".lambda-bedrock-profile.toml"

KEYS: Final = ("MacroName", "ProfileMode", *VARIABLES)
"""What the file may hold, all of it optional."""

MACRO_NAME: Final = "[A-Za-z][A-Za-z0-9]{0,63}"
"""What template.yaml takes as MacroName, a regular expression."""


class SettingsError(Exception):
    """Why a settings file cannot be used: its ``path``, what is wrong and what to do."""

    def __init__(self, path: Path, what: str, fix: str) -> None:
        self.path, self.what, self.fix = path, what, fix
        super().__init__(f"{path}: {sentences(what, fix)}")


class StackSettings(NamedTuple):
    """What the macro's stack was deployed with; None for what the file leaves open."""

    macro_name: str | None = None
    profile_mode: ProfileMode | None = None
    organisation: Organisation = NO_RULES


NO_SETTINGS: Final = StackSettings()


def nearest_file(start: Path) -> Path | None:
    """The settings file for what lies in the folder ``start``: there or above it, not above the repository."""
    for folder in (start, *start.parents):
        if (path := folder / NAME).is_file():
            return path
        if (folder / ".git").exists():
            return None
    return None


def read_settings(path: Path) -> StackSettings:
    """The settings in the file ``path``. Raises SettingsError."""
    import tomllib  # 3 ms, and few projects have the file

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(path, f"cannot be read: {error.strerror}", "Name a file that is there") from error
    except UnicodeDecodeError as error:
        raise SettingsError(path, "is not text in UTF-8", "Save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, f"is not TOML: {str(error).rstrip('.')}", "Fix it there") from error
    return settings_of_values(values, path)


def settings_of_values(values: Mapping[str, Json], path: Path) -> StackSettings:
    """The settings in ``values``, by the names of parameters; ``path`` stands for them in SettingsError."""
    for name in values:
        if name not in KEYS:
            near = nearest(name, KEYS)
            fix = f"Did you mean {near}?" if near else f"There are {', '.join(KEYS)}"
            raise SettingsError(path, f"{name} is no setting", fix)
    macro, mode = values.get("MacroName"), values.get("ProfileMode")
    if macro is not None and not (isinstance(macro, str) and re.fullmatch(MACRO_NAME, macro)):
        raise SettingsError(path, "MacroName is not the name of a macro", "Write letters and digits, a letter first")
    if mode is not None and mode not in get_args(ProfileMode):
        raise SettingsError(path, "ProfileMode is no mode", f"Write one of {', '.join(get_args(ProfileMode))}")
    try:
        rules = Organisation.of({name: value for name, value in values.items() if name in VARIABLES})
    except RuleError as error:
        raise SettingsError(path, f"{error.name} {error.what}", error.fix) from error
    return StackSettings(macro, cast("ProfileMode | None", mode), rules)
