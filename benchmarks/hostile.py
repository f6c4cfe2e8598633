"""Small templates that ask for much work: seven that kept an earlier version busy until Lambda ended it.

Each is answered within a second, with an expansion or with the reason why not. ``tests/test_bounded_work.py`` bounds
the steps of the work; the rows here have the seconds and the memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks import templates
from benchmarks.rows import Note, Row

SECONDS: Final = 5.0
MEGABYTES: Final = 256.0

Json = dict[str, Any]

_FUNCTION: Final[Json] = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": "pass"}}


def declaration(**properties: Any) -> Json:
    """A declaration as small as it can be, and ``properties``."""
    return {
        "Type": "Custom::LambdaBedrockProfile",
        "Properties": {"BedrockModelId": templates.MODEL, "LambdaFunctionProps": _FUNCTION, **properties},
    }


def _nested(depth: int, width: int, name: str, item: Json) -> Json:
    """``item`` in ``depth`` calls of Fn::ForEach over ``width`` values each."""
    identifiers = [f"L{number}" for number in range(depth)]
    body: Json = {name + "".join(f"${{{identifier}}}" for identifier in identifiers): item}
    for identifier in identifiers:
        body = {f"Fn::ForEach::{identifier}": [identifier, [str(number) for number in range(width)], body]}
    return body


def loops_around_a_declaration() -> Json:
    """Three nested loops of 40 values: 64,000 declarations."""
    return {"Resources": _nested(3, 40, "Chat", declaration())}


def loops_beside_a_declaration() -> Json:
    """Four nested loops of 60 values, 12,960,000 topics, beside a declaration."""
    return {"Resources": {"Chat": declaration(), **_nested(4, 60, "Topic", {"Type": "AWS::SNS::Topic"})}}


def doubling_mapping() -> Json:
    """A mapping of 30 lists, each the one before two times."""
    lists: Json = {"L0": ["a", "a"]}
    for number in range(1, 30):
        lists[f"L{number}"] = [{"Fn::FindInMap": ["M", "K", f"L{number - 1}"]}] * 2
    geography = {"Fn::FindInMap": ["M", "K", "L29"]}
    return {"Mappings": {"M": {"K": lists}}, "Resources": {"Chat": declaration(Geography=geography)}}


def doubling_parameters() -> Json:
    """The same with the defaults of parameters."""
    parameters: Json = {"P0": {"Type": "String", "Default": ["a", "a"]}}
    for number in range(1, 30):
        parameters[f"P{number}"] = {"Type": "String", "Default": [{"Ref": f"P{number - 1}"}] * 2}
    return {"Parameters": parameters, "Resources": {"Chat": declaration(Geography={"Ref": "P29"})}}


def empty_tags() -> Json:
    """2,000 tags without key and value."""
    return {"Resources": {"Chat": declaration(InferenceProfileProps={"Tags": [{}] * 2_000})}}


def one_large_substitution() -> Json:
    """One Fn::Sub with 250,000 variables, each a text of 4,096 characters."""
    parameters = {"A": {"Type": "String", "Default": "x" * 4_096}}
    return {"Parameters": parameters, "Resources": {"Chat": declaration(Geography={"Fn::Sub": "${A}" * 250_000})}}


def many_security_groups() -> Json:
    """120 declarations in one VPC, each with 60 security groups of its own."""
    resources = {}
    for number in range(120):
        groups = [f"sg-{number:08x}{group:09x}" for group in range(60)]
        vpc = {"VpcId": {"Ref": "Vpc"}, "SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": groups}
        resources[f"Chat{number}"] = declaration(ExistingVpc=vpc)
    parameters = {"Vpc": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-0123456789abcdef0"}}
    return {"Parameters": parameters, "Resources": resources}


INPUTS: Final[dict[str, Callable[[], Json]]] = {
    "3 nested loops of 40 around a declaration": loops_around_a_declaration,
    "4 nested loops of 60 beside a declaration": loops_beside_a_declaration,
    "a mapping of lists that double": doubling_mapping,
    "parameters with lists that double": doubling_parameters,
    "2,000 empty tags": empty_tags,
    "an Fn::Sub with 250,000 variables": one_large_substitution,
    "120 declarations with 60 groups each": many_security_groups,
}
"""The seven templates by what they are."""


def rows() -> Iterator[Row | Note]:
    """The seconds and the memory for each input, in a process of its own, next to what they may be at most."""
    for name in INPUTS:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.hostile", name], capture_output=True, text=True, check=True
        )
        seconds, megabytes = map(float, done.stdout.split()[-2:])
        yield Row(f"{name} | at most", seconds, SECONDS, "s", "ours/theirs", 1)
        yield Row(f"{name}: memory | at most", megabytes, MEGABYTES, "MB", "ours/theirs", 1)


def main(name: str) -> None:
    """Write the seconds that the macro takes for one input, and the memory of the process in megabytes."""
    event = templates.event_text(INPUTS[name]())
    from benchmarks.expansion import macro_text

    expand = macro_text()
    started = time.perf_counter()
    json.loads(expand(event))
    seconds = time.perf_counter() - started
    sys.stdout.write(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")


if __name__ == "__main__":
    main(sys.argv[1])
