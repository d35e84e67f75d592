"""Read a comparison's JSON, in which any part may be missing, and say who plays which role."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Part = Mapping[str, Any]
OF_WORDS = ("labelling", "parsing")
"""Tasks whose answers are about the words of sentences."""
SERIES = 7
"""Colours that `style.css` gives to series, `s0` to `s6`."""


def part(of: Any, *keys: str) -> Part:
    """Return the object found by following keys, empty where there is none."""
    for key in keys:
        of = of.get(key) if isinstance(of, Mapping) else None
    return of if isinstance(of, Mapping) else {}


def items(of: Any, key: str) -> list[Any]:
    """Return the list under a key, without its nulls; empty where there is none."""
    found = of.get(key) if isinstance(of, Mapping) else None
    listed = isinstance(found, Sequence) and not isinstance(found, str)
    return [one for one in found if one is not None] if listed and found else []


def rows(of: Any, key: str) -> list[Part]:
    """Return the list of objects under a key; empty where there is none."""
    return [one for one in items(of, key) if isinstance(one, Mapping)]


def number(of: Any, key: str) -> float | None:
    """Return the finite number under a key, or None."""
    return finite(of.get(key)) if isinstance(of, Mapping) else None


def finite(value: Any) -> float | None:
    """Return a value as a float where it is a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def words(of: Any, key: str) -> str:
    """Return what stands under a key as text, several values joined by a bar; empty for null."""
    return said(of.get(key)) if isinstance(of, Mapping) else ""


def said(value: Any) -> str:
    """Return a value as people read it: yes and no, lists joined, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " | ".join(said(one) for one in value)
    return str(value)


def pair(value: Any) -> tuple[float, float] | None:
    """Return the two ends of an interval, the lower one first, or None."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    low, high = finite(value[0]), finite(value[1])
    return None if low is None or high is None else (min(low, high), max(low, high))


@dataclass(frozen=True)
class Contest:
    """A comparison, with what most sections ask of it."""

    json: Part

    @cached_property
    def metric(self) -> str:
        """The metric that decides."""
        return words(self.json, "metric") or "accuracy"

    @property
    def metric_title(self) -> str:
        """The metric as people write it: `macro-F1`."""
        return title_of(self.metric)

    @cached_property
    def measured(self) -> list[Part]:
        """The candidates that were measured, in their order of rank."""
        return [c for c in rows(self.json, "candidates") if part(c, "metrics")]

    @cached_property
    def left_out(self) -> list[Part]:
        """The candidates that were skipped or failed."""
        return [c for c in rows(self.json, "candidates") if not part(c, "metrics")]

    @cached_property
    def winner(self) -> str:
        """The name of the candidate with the best quality; empty where nobody is named."""
        return self._known(words(part(self.json, "verdict"), "winner"))

    @cached_property
    def chosen(self) -> str:
        """The name of the candidate to use: the cheapest one equivalent to the best."""
        named = self._known(words(part(self.json, "verdict"), "cheapest_equivalent"))
        return named or self.winner

    @cached_property
    def leaders(self) -> list[Part]:
        """The chosen candidate and the best one, once where they are the same."""
        found = [self.candidate(name) for name in dict.fromkeys((self.chosen, self.winner))]
        return [one for one in found if one]

    def candidate(self, name: str) -> Part:
        """Return a measured candidate by name, empty where there is none."""
        return next((c for c in self.measured if words(c, "name") == name), {})

    def quality(self, candidate: Part) -> float | None:
        """Return the metric that decides, of one candidate."""
        return number(part(candidate, "metrics"), self.metric)

    @cached_property
    def _shared(self) -> str:
        bases = {words(c, "base") for c in self.measured} - {""}
        return f" · {bases.pop()}" if len(bases) == 1 else ""

    def label(self, name: str) -> str:
        """Return a candidate's name without the base where all that have one share it."""
        return name.removesuffix(self._shared) if self._shared else name

    def _known(self, name: str) -> str:
        return name if self.candidate(name) else ""


def tone_of(contest: Contest, name: str) -> str:
    """Return the style class of a candidate where only the story is coloured."""
    if name and name == contest.chosen:
        return "chosen"
    return "winner" if name and name == contest.winner else "other"


def slot_of(contest: Contest, name: str) -> int:
    """Return the number of the colour of a candidate where each has its own."""
    order = list(dict.fromkeys(n for n in (contest.chosen, contest.winner) if n))
    order += ["\0"] * (2 - len(order))
    order += [words(c, "name") for c in contest.measured]
    order = list(dict.fromkeys(order))
    return order.index(name) % SERIES if name in order else SERIES - 1


def is_hollow(contest: Contest, name: str) -> bool:
    """Return whether a candidate rests on no base."""
    return not words(contest.candidate(name), "base")


_TITLES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "partial_f1": "partial F1",
    "ufeats": "features",
    "lemma": "lemmas",
    **{name: name.upper() for name in ("mcc", "ece", "f1", "upos", "xpos", "uas", "las", "clas")},
}


def title_of(metric: str) -> str:
    """Return a metric's name as people write it."""
    return _TITLES.get(metric, metric.replace("_", " "))


def opened(title: str) -> str:
    """Return a title that begins with a capital, its other letters as they are: `Macro-F1`."""
    return title[:1].upper() + title[1:]
