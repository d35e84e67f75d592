"""Options that live in a folder: their names, and how one of them is loaded.

A folder is a menu. Its `__init__` is the contract, every other module in it one option, named as
the user types it with dashes for underscores, and holding the option in a module attribute
`OPTION`. An outside package adds an option through an entry point of the group
`socle.<folder>` whose name is the option's and whose value is the same object.
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from socle.errors import UsageError


def names(folder: str) -> list[str]:
    """Return the names of the options in `socle/<folder>`, ours and outsiders', sorted."""
    package = importlib.import_module(f"socle.{folder}")
    own = {m.name.replace("_", "-") for m in pkgutil.iter_modules(package.__path__)}
    return sorted(own | set(_outside(folder)))


def load(folder: str, name: str) -> Any:
    """Return the option called `name` in `folder`.

    Raises:
        UsageError: no option has this name; the hint lists the nearest ones.
    """
    known = names(folder)
    if name not in known:
        near = get_close_matches(name, known, n=3)
        kind = f"{folder[:-3]}y" if folder.endswith("ies") else folder.removesuffix("s")
        raise UsageError(
            f"There is no {kind} called {name!r}.",
            (f"Did you mean {near[0]!r}? " if near else "") + f"Choose among: {', '.join(known)}",
        )
    outside = _outside(folder)
    if name in outside:
        return outside[name].load()
    return importlib.import_module(f"socle.{folder}.{name.replace('-', '_')}").OPTION


def _outside(folder: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"socle.{folder}")}
