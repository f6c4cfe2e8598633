"""Medians of several sides measured in turn: ours, theirs, ours, theirs, …"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Side = Callable[[], float | None]
"""Does the work once. One that knows better how long the part of interest took returns that, in seconds."""


def medians(sides: Mapping[str, Side], rounds: int, calls: int = 1) -> dict[str, float]:
    """The median seconds of each side, by name, after a first round that does not count.

    In each round each side has one turn of ``calls`` calls in a row. Where that is more than one, the turn starts with
    a collection of garbage and a call that does not count: so nobody pays for what another side left in the heap and
    the caches.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(1 + rounds):
        for name, side in sides.items():
            if calls > 1:
                gc.collect()
                side()
            spent = [_seconds(side) for _ in range(calls)]
            if number:
                times[name] += spent
    return {name: statistics.median(spent) for name, spent in times.items()}


def _seconds(side: Side) -> float:
    started = time.perf_counter()
    told = side()
    spent = time.perf_counter() - started
    return spent if told is None else told
