"""What is read from a document: fields with their evidence, lines, checks and a status.

Plain values that every reader, check and writer shares. Boxes are `(left, top, right, bottom)` in
fractions of the page's width and height, from its upper left corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Box = tuple[float, float, float, float]
Source = Literal["embedded", "barcode", "form", "text", "ocr"]
Status = Literal["accept", "review", "reject"]
Value = str | float | int | bool | list[Any] | None
"""Dates are ISO 8601, money and numbers are numbers, identifiers have no spaces."""


@dataclass(frozen=True)
class Check:
    """One rule that was applied: `passed` is None where it could not be decided."""

    name: str
    passed: bool | None
    detail: str = ""
    fields: tuple[str, ...] = ()
    line: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the check as the command line prints it."""
        told: dict[str, Any] = {"name": self.name, "passed": self.passed}
        if self.detail:
            told["detail"] = self.detail
        if self.fields:
            told["fields"] = list(self.fields)
        if self.line is not None:
            told["line"] = self.line
        return told


@dataclass(frozen=True)
class Field:
    """A value, how sure it is (the probability that it is right) and where it stands.

    Attributes:
        value: normalised, see `Value`.
        raw: as it is printed or stored.
        confidence: 0 to 1.
        source: the rung of the ladder that it comes from.
        page: from 1; None where the source has no pages (embedded XML, a data file).
        boxes: one for each line of print that holds it.
    """

    value: Value
    raw: str = ""
    confidence: float = 1.0
    source: Source = "text"
    page: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Line:
    """A row of a table: cell names to values, with the evidence of the whole row."""

    values: Mapping[str, Value]
    raw: str = ""
    confidence: float = 1.0
    source: Source = "text"
    page: int | None = None
    boxes: tuple[Box, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the cells side by side with the evidence, as the command line prints them."""
        return {**self.values, **_evidence(self)}


@dataclass(frozen=True)
class Reading:
    """What a reader found in one document.

    Attributes:
        kind: name of the reader.
        fields: canonical names to values.
        tables: `lines`, and other tables by their names (`vat`).
        checks: all that were applied, passed or not.
        notes: what the user should know, one sentence each.
        required: fields without which the document is not accepted.
    """

    kind: str
    fields: Mapping[str, Field]
    tables: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    notes: Sequence[str] = ()
    required: tuple[str, ...] = ()

    def status(self, precision: float) -> Status:
        """Return what to do with the document, when fields shall be right this often (0 to 1).

        `reject`: a check failed. `review`: a required field is missing, a check that bears on a
        field could not be decided, or a value is less sure than asked. `accept`: none of these.
        """
        if any(check.passed is False for check in self.checks):
            return "reject"
        if any(name not in self.fields for name in self.required):
            return "review"
        if any(check.passed is None and check.fields for check in self.checks):
            return "review"
        sure = [found.confidence for found in self.fields.values()]
        sure += [row.confidence for table in self.tables.values() for row in table]
        return "accept" if sure and min(sure) >= precision else "review"

    def to_json(self) -> dict[str, Any]:
        """Return fields, tables and checks as the command line prints them."""
        fields = {
            name: {
                "value": found.value,
                "raw": found.raw,
                **_evidence(found),
                "checks": [c.to_json() for c in self.checks if name in c.fields],
            }
            for name, found in self.fields.items()
        }
        tables = {name: [row.to_json() for row in rows] for name, rows in self.tables.items()}
        return {
            "kind": self.kind,
            "fields": fields,
            "lines": [],
            **tables,
            "checks": [check.to_json() for check in self.checks],
            "notes": list(self.notes),
        }


def _evidence(found: Field | Line) -> dict[str, Any]:
    return {
        "confidence": round(found.confidence, 4),
        "page": found.page,
        "boxes": [[round(side, 4) for side in box] for box in found.boxes],
        "source": found.source,
    }
