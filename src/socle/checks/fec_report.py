"""What breaks the rules of accounting entries: counted by rule, the first of each told by line."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from socle.readings import Check, Line

_KEPT = 200
"""Violations told by line, for each rule: a file that is wrong throughout must not fill memory."""
_SHOWN = 5


@cache
def facts() -> dict[str, Any]:
    """Return the columns, names and rules of `fec.toml`."""
    return tomllib.loads((resources.files("socle.checks") / "fec.toml").read_text("utf-8"))


class Violation(NamedTuple):
    """One place that breaks a rule; `line` counts from 1, the names of columns being line 1."""

    line: int | None
    column: str
    rule: str
    value: str
    message: str


@dataclass
class Report:
    """Violations by rule, and rules that do not apply to this file with the reason.

    Attributes:
        views: rules with what the official checker makes of them here, "error" or "alert".
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Violation]] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    views: set[tuple[str, str]] = field(default_factory=set)

    def add(
        self,
        rule: str,
        message: str,
        line: int | None = None,
        column: str = "",
        value: str = "",
        official: str | None = None,
    ) -> None:
        """Note that a rule is broken.

        `official` is what the official checker makes of this place; by default, as in `fec.toml`.
        """
        self.counts[rule] += 1
        self.officially(rule, facts()["rules"][rule]["official"] if official is None else official)
        told = self.kept.setdefault(rule, [])
        if len(told) < _KEPT:
            told.append(Violation(line, column, rule, value[:80], message))

    def officially(self, rule: str, view: str) -> None:
        """Note what the official checker makes of a place, whether our rule is broken or not."""
        if view:
            self.views.add((rule, view))

    def drop(self, rule: str) -> None:
        """Forget what was noted of a rule."""
        self.views -= {(rule, "error"), (rule, "alert")}
        self.counts.pop(rule, None)
        self.kept.pop(rule, None)

    def checks(self) -> list[Check]:
        """Return one check for each rule, in the order of `fec.toml`, then the official verdict."""
        return [*(self._check(rule) for rule in facts()["rules"]), self._official()]

    def violations(self) -> list[Line]:
        """Return those that were kept as rows, in the order of lines."""
        every = [found for told in self.kept.values() for found in told]
        every.sort(key=lambda found: (found.line or 0, found.column))
        return [Line(found._asdict(), source="embedded") for found in every]

    def _check(self, rule: str) -> Check:
        about = facts()["rules"][rule]
        count = self.counts[rule]
        if not count:
            if rule in self.aside:
                return Check(rule, None, self.aside[rule])
            return Check(rule, True, self.details.get(rule, ""))
        told = self.kept[rule]
        numbers = list(dict.fromkeys(found.line for found in told if found.line))
        where = ""
        if numbers:
            more = ", ..." if count > len(numbers[:_SHOWN]) else ""
            where = f" (line{'s' if len(numbers) > 1 else ''} "
            where += f"{', '.join(map(str, numbers[:_SHOWN]))}{more})"
        times = "once" if count == 1 else f"{count:,} times"
        detail = f"{about['says']} Broken {times}{where}: {told[0].message}"
        passed = False if about["weight"] == "fail" else None
        return Check(rule, passed, detail, line=numbers[0] if numbers else None)

    def _official(self) -> Check:
        """Return what Test Compta Demat would say of the structure, by the rules that are here."""
        broken = [rule for rule in facts()["rules"] if (rule, "error") in self.views]
        if broken:
            detail = f"its structure would be told not conform: {', '.join(broken)}"
            return Check("test_compta_demat", False, detail)
        alerts = [rule for rule in facts()["rules"] if (rule, "alert") in self.views]
        detail = f"conform; it would point out: {', '.join(alerts)}" if alerts else "conform"
        return Check("test_compta_demat", True, detail)
