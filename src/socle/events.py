"""What a long job reports while it runs: one small vocabulary for every listener.

A flow takes `listen`, a function of one event. The command line draws bars from the events, the
tests collect them in a list, and the default hears nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Started:
    """A job begins; `total` steps are expected, or None when nobody knows."""

    job: str
    total: int | None = None


@dataclass(frozen=True)
class Stepped:
    """`done` steps of the job are behind us; `detail` is one short value worth seeing."""

    job: str
    done: int
    detail: str = ""


@dataclass(frozen=True)
class Finished:
    """A job has ended, after `seconds`."""

    job: str
    seconds: float


@dataclass(frozen=True)
class Scored:
    """A candidate was measured: metric names to values in 0..1."""

    name: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Noted:
    """Something that the user should know, in one sentence."""

    text: str


Event = Started | Stepped | Finished | Scored | Noted
Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Hear nothing: the default listener."""


def duration(seconds: float) -> str:
    """Return a duration in words: `8.4 s`, `3 min`, `2.5 h`."""
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"
