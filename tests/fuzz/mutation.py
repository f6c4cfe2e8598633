"""Values and texts that nobody would write: what is right, changed at a few places by chance.

A seed decides everything, so the same seed finds the same again. What was found is put into ``cases/`` as
``TARGET-NAME.json``, and is tried in every run from then on.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

CASES: Final = Path(__file__).with_name("cases")
ROUNDS: Final = int(os.environ.get("FUZZ_ROUNDS", "150"))
"""Rounds of each target: few in CI, many by ``make fuzz``."""
SEED: Final = int(os.environ.get("FUZZ_SEED", "0"))

DEEP: Final[Any] = json.loads('[{"a":' * 85 + "0" + "}]" * 85)
ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "x" * 5000,
        "\u0000\u001b]52;c;eA==\u0007",
        "ünïcode",
        "\ud800",
        "a\udc00b",
        "${",
        "${X}",
    ),
    *([], {}, [[]], [None], DEEP, {"": ""}, {"Ref": "AWS::NoValue"}, {"Ref": "AWS::Region"}, {"Ref": ["X"]}),
    *(
        {"Ref": "Nobody"},
        {"Fn::If": ["C", 1]},
        {"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]},
        {"Fn::GetAtt": "A.B.C"},
    ),
    *({"Fn::GetAtt": ["Assistant", "Arn"]}, {"Fn::Sub": ["${A}${!B}", {"A": 1}]}, {"Fn::Sub": "${Assistant.Nothing}"}),
    *(
        {"Fn::Join": [",", ["a", {"Ref": "X"}]]},
        {"Fn::Select": [7, ["a"]]},
        {"Fn::Split": ["", "a"]},
        {"Fn::Base64": {}},
    ),
    *(
        {"Fn::FindInMap": ["M", "a", "b"]},
        {"Fn::Transform": {"Name": "Other"}},
        {"Fn::ForEach::L": ["I", ["a"], {"${I}": 1}]},
    ),
    *(
        {"Fn::ImportValue": "x"},
        {"Condition": "C"},
        "arn:aws:bedrock:us-east-1::foundation-model/x",
        "Custom::LambdaBedrockProfile",
    ),
)


def seeds() -> Iterator[Random]:
    """A source of chance for each round."""
    return (Random(f"{SEED}-{number}") for number in range(ROUNDS))


def mutated(value: Any, chance: Random) -> Any:
    """A copy of a JSON value, changed at one to four places."""
    root = [_copy(value)]
    for _ in range(chance.randint(1, 4)):
        places = list(_places(root))
        holder, key = chance.choice(places)
        chance.choice(CHANGES)(holder, key, places, chance)
    return root[0] if root else None


def _copy(value: Any) -> Any:
    # copy.deepcopy follows no more than some hundred levels.
    return json.loads(json.dumps(value))


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    """Each (map or list, key or index) below ``holder``."""
    for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


Change = Callable[[Any, Any, list[tuple[Any, Any]], Random], None]


def _replace(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: Random) -> None:
    holder[key] = _copy(chance.choice(ODD))


def _borrow(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: Random) -> None:
    other, name = chance.choice(places)
    holder[key] = _copy(other[name])


def _remove(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: Random) -> None:
    if isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = None


def _rename(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: Random) -> None:
    if isinstance(holder, dict):
        names = [name for _, name in places if isinstance(name, str)] or ["x"]
        holder[chance.choice([key[:-1], key + "s", key.lower(), chance.choice(names)])] = holder.pop(key)


def _wrap(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: Random) -> None:
    value = holder[key]
    forms: list[Any] = [
        *([value], {"Fn::If": ["C", value, {"Ref": "AWS::NoValue"}]}, {"Fn::Select": [0, [value]]}),
        *({"Fn::Sub": value}, {"Ref": value}, json.dumps(value)),
    ]
    holder[key] = chance.choice(forms)


CHANGES: Final[tuple[Change, ...]] = (_replace, _replace, _borrow, _remove, _rename, _wrap)


def mutated_text(text: str, chance: Random) -> str:
    """``text`` changed at one to six places: characters taken out, put in, doubled, or swapped with another part."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 1, 2, 8, 60]))
        piece = chance.choice(
            [
                *(
                    "",
                    text[start:end] * 2,
                    chance.choice("{}[]:,-'\"!&*#|>%@`\\\t\n\x00\x85\ufeff\u2028é"),
                    "<<: *x\n",
                    '"\\ud800"',
                    "[" * 170,
                    "&a [*a]",
                ),
                *("!Sub ", "!GetAtt a", "? ", "--- ", "1e999", "0o17", "2020-01-01", "\n" + " " * chance.randrange(9)),
                re.sub(r"\w", "9", text[start:end]),
            ]
        )
        text = text[:start] + piece + text[end:]
    return text


def cases(target: str) -> list[Any]:
    """What was found to go wrong in ``target`` once, and must never again."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob(f"{target}-*.json"))]
