"""The two answers of the catalog: a way to a foundation model, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """How a request from one source Region reaches one foundation model.

    ``profile_id`` and ``geography`` name the system-defined inference profile; both are ``None`` for a route that stays
    in its source Region and needs none. ``destinations`` are sorted. ``regionless``: the profile also names the
    foundation-model ARN without a Region, and the policy must too (Amazon Bedrock User Guide, "Global cross-Region
    inference"). ``reason`` says in one sentence, without the model's id, why this route was taken.
    """

    model: str
    source: str
    destinations: tuple[str, ...]
    profile_id: str | None
    geography: str | None
    regionless: bool
    partition: str
    reason: str

    @property
    def regions(self) -> tuple[str, ...]:
        """Every Region whose foundation-model ARN the policy must name, sorted.

        Bedrock authorizes the model in the source Region and in each destination (Amazon Bedrock User Guide,
        "Geographic cross-Region inference"), and a source Region is not always one of its own destinations.
        """
        return tuple(sorted({self.source, *self.destinations}))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no route, in the user's words.

    ``subject`` is what has to change: ``model``, ``geography``, ``region`` or ``destinations``; ``entry`` the index of
    the one destination that has to, where it is one. ``what`` and ``fix`` are sentences without a final full stop, the
    former without a capital, since it follows a place.
    """

    subject: str
    what: str
    fix: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for. ``shown`` stands for the model in messages; ``None`` where its id may be shown."""

    model: str
    source: str
    geography: str
    cross_region: bool
    destinations: tuple[str, ...]
    shown: str | None

    @property
    def hidden(self) -> bool:
        """Whether the model's id must not appear in a message, nor anything that gives it away."""
        return self.shown is not None

    @property
    def name(self) -> str:
        """The model as messages name it: the id in quotes, or the words that stand for it."""
        if self.shown is not None:
            return self.shown
        text = self.model if self.model.isprintable() else ascii(self.model)[1:-1]
        return f"'{text if len(text) <= 140 else text[:140] + '…'}'"
