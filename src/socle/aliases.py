"""Names of fields in Amazon Textract and Google Document AI, and back, see `aliases.toml`.

Only names change: values, evidence and checks are Socle's. A field that the other product does
not have keeps its canonical name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from socle.errors import UsageError

Product = Literal["textract", "documentai"]
PRODUCTS: tuple[Product, ...] = get_args(Product)
TABLES = ("lines", "vat")
"""Tables whose columns have other names too."""


def rename(reading: Mapping[str, Any], to: Product) -> dict[str, Any]:
    """Return a reading with the names of another product.

    Args:
        reading: what `Reading.to_json` returns.
        to: the product.

    Raises:
        UsageError: the product is unknown.
    """
    fields = reading.get("fields", {})
    names = _usable(_known(reading, to), fields)
    changed = {
        **reading,
        "fields": _renamed(
            {name: _in_checks(field, names) for name, field in fields.items()}, names
        ),
    }
    for table in TABLES:
        if table in reading:
            columns = _known(reading, to, table)
            changed[table] = [_renamed(row, columns) for row in reading[table]]
    return _in_checks(changed, names)


def alias(name: str, of: Product, kind: str, table: str = "") -> str:
    """Return what another product calls a field of ours.

    Args:
        name: canonical.
        of: the product.
        kind: reader that the field belongs to, or the form (`1099-INT`).
        table: `lines` or `vat` where it is a column.

    Raises:
        UsageError: the product is unknown.
    """
    return _table(_plain(kind), of, table).get(name, name)


def canonical(name: str, of: Product, kind: str | None = None) -> str:
    """Return our name for a field or column of another product; an unknown one as it is.

    Args:
        name: as the other product has it; of a field in one of Textract's groups, `GROUP/TYPE`.
        of: the product.
        kind: reader to look with; without it the first kind that has the name counts.

    Raises:
        UsageError: the product is unknown.
    """
    _check(of)
    for group, tables in _facts().items():
        if kind is not None and not _holds(group, tables, _plain(kind)):
            continue
        for table in ("", *TABLES):
            chosen = _table(group, of, table) if kind is None else _table(_plain(kind), of, table)
            for ours, theirs in chosen.items():
                if theirs == name:
                    return ours
        if name in tables.get(f"{of}-also", {}):
            return str(tables[f"{of}-also"][name])
    return name


def _known(reading: Mapping[str, Any], to: Product, table: str = "") -> Mapping[str, str]:
    _check(to)
    # One reader may hold several forms; then the form says which names.
    form = reading.get("fields", {}).get("form", {})
    named = form.get("value") if isinstance(form, Mapping) else None
    kinds = [str(name) for name in (named, reading.get("kind")) if name]
    return next((found for kind in kinds if (found := _table(_plain(kind), to, table))), {})


def _usable(names: Mapping[str, str], held: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names without those that another value goes by already: two never become one."""
    return {
        ours: theirs
        for ours, theirs in names.items()
        if theirs == ours or theirs not in held or theirs in names
    }


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    usable = _usable(names, values)
    return {usable.get(name, name): value for name, value in values.items()}


def _in_checks(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    checks = [
        {**check, "fields": [names.get(name, name) for name in check["fields"]]}
        if "fields" in check
        else check
        for check in told.get("checks", ())
    ]
    return {**told, "checks": checks} if "checks" in told else dict(told)


def _check(product: str) -> None:
    if product not in PRODUCTS:
        raise UsageError(
            f"No names of {product!r} are known.",
            f"Choose among: {', '.join(PRODUCTS)}",
        )


def _table(kind: str, product: str, table: str = "") -> Mapping[str, str]:
    """Return our names to theirs, of the last table that holds for a kind."""
    key = f"{product}-{table}" if table else product
    fitting = [tables for name, tables in _facts().items() if _holds(name, tables, kind)]
    exact = [tables for tables in fitting if product in tables]
    found: Mapping[str, str] = exact[-1].get(key, {}) if exact else {}
    return found


def _holds(name: str, tables: Mapping[str, Any], kind: str) -> bool:
    return kind == name or kind in tables["kinds"]


def _plain(kind: str) -> str:
    return kind.lower().replace("-", "_").removeprefix("form_")


@cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
