"""The catalog's data file: the one that comes with the program, or another of the same form."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import lambda_bedrock_profile.bedrock
from lambda_bedrock_profile.bedrock.data import CatalogData, parse
from lambda_bedrock_profile.cli.source import ReadError

BUNDLED: Final = Path(lambda_bedrock_profile.bedrock.__file__).with_name("profiles.json")


def load(path: Path) -> CatalogData:
    """The data in ``path``. Raises ReadError if it cannot be read, or is no catalog."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror}", "Name a catalog's data file") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "Name a file that catalog refresh wrote"
        raise ReadError(str(path), "is not the data of a catalog", fix) from error
