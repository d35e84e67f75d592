"""The records of licences.toml: what each licence allows and asks."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Answer = Literal["yes", "no", "unknown"]
Strength = Literal["", "weak", "strong"]

UNSTATED = "LicenseRef-Unknown"
"""The record that stands for a licence which nobody stated."""


@dataclass(frozen=True)
class Licence:
    """What one licence allows and asks, as its record states it."""

    id: str
    """SPDX identifier, or `LicenseRef-<name>`."""
    name: str
    kind: str
    """The group that it stands in, on the page of the documentation."""
    commercial: Answer
    says: str
    """What it allows and asks, in one sentence."""
    url: str = ""
    hub: str = ""
    """Its identifier in the model cards of the hub; empty where the hub has none."""
    aliases: tuple[str, ...] = ()
    attribution: bool = True
    """Whether authors are named and notices kept."""
    share_alike: Strength = ""
    """strong: what is made of it stays under it; weak: only changes to the work itself do."""
    becomes: tuple[str, ...] = ()
    """Other share-alike licences under which something made of it may be passed on."""
    refuses: tuple[str, ...] = ()
    """Licences that it cannot be combined with although both are free."""
    derivatives: bool = True
    """Whether something adapted from it may be passed on."""
    restrictions: str = ""
    """What it forbids or asks of everyone further down; empty where there is nothing."""
    research_only: bool = False
    patent: str = ""

    @property
    def passes_on(self) -> bool:
        """Whether the result cannot simply stand under another licence."""
        burdens = (self.share_alike, self.restrictions, self.research_only, not self.derivatives)
        return self.commercial != "yes" or any(burdens)


def find(said: str) -> Licence | None:
    """Return the record of a licence by its identifier, its hub spelling or an alias, in any case.

    Args:
        said: one licence; `LicenseRef-` may be left out. Expressions are for `combine`.
    """
    key = _key(said)
    return _by_any_name().get(key) or _by_any_name().get(key.removeprefix("licenseref-"))


@functools.cache
def known() -> Mapping[str, Licence]:
    """Return every record, by its identifier."""
    records = tomllib.loads(files("socle").joinpath("licences.toml").read_text(encoding="utf-8"))
    return {name: Licence(id=name, **_frozen(facts)) for name, facts in records.items()}


def table() -> str:
    """Return all records as a Markdown table, for the page of the documentation."""
    lines = [
        "| licence | on the hub | kind | commercial use | what it says |",
        "| --- | --- | --- | --- | --- |",
    ]
    for record in known().values():
        hub = f"`{record.hub}`" if record.hub else ""
        link = f"[`{record.id}`]({record.url})" if record.url else f"`{record.id}`"
        lines.append(f"| {link} | {hub} | {record.kind} | {record.commercial} | {record.says} |")
    return "\n".join(lines) + "\n"


def _frozen(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}


def _key(said: str) -> str:
    return re.sub(r"[\s_]+", "-", said.strip().casefold())


@functools.cache
def _by_any_name() -> Mapping[str, Licence]:
    found: dict[str, Licence] = {}
    for record in known().values():
        short = record.id.removeprefix("LicenseRef-")
        for name in (record.id, short, *record.aliases):
            found.setdefault(_key(name), record)
    for record in known().values():
        found.setdefault(_key(record.hub), record)
    del found[""]
    return found
