"""The model card: what a model is, what it was measured at, and what it may be used for.

`front` writes the head that the hub reads, `sections` what people read below it, and the two files
of Markdown how an export is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from socle.bases import Base
from socle.carding import front, sections
from socle.licensing import Rights, combine
from socle.recipe import Recipe

_LIBRARIES = {"huggingface": "transformers", "onnx": "onnx"}


def card(
    report: Mapping[str, Any],
    base: Base | None,
    *,
    rights: Rights | None = None,
    data_name: str | None = None,
    recipe: Recipe | None = None,
    sha256: str | None = None,
) -> str:
    """Return a model card in Markdown, its head in YAML, from the report of an adaptation.

    Args:
        report: of the run, as in report.json; `data.name`, `data.licence` and `licence` are used
            if there.
        base: what the model rests on; None for a strategy without one.
        rights: what may be done with it; by default those of base and data combined.
        data_name: file of the rows, or data set of the hub; by default as in the report.
        recipe: the settings of the run; those in the report only when None.
        sha256: of the weights of the base.
    """
    data = report.get("data") or {}
    name = str(data_name or data.get("name") or "")
    found = rights or _rights(report, base)
    parts = [
        sections.what_it_is(report, base),
        sections.data(report, name, found),
        sections.recipe(report, recipe),
        sections.measured(report),
        sections.rivals(report),
        sections.cost(report),
        sections.calibration(report),
        sections.limits(report, base),
        sections.lineage(base, sha256),
        sections.rights(found, base),
    ]
    body = "\n\n".join("\n".join(lines) for lines in parts if lines)
    head = front.to_yaml(front.metadata(report, base, found, name))
    return f"{head}\n{body}\n"


def card_of_export(to: str, base: Base, window: int, card: str) -> str:
    """Return the README of an exported model: the head of its card, how to load it, its card.

    Args:
        to: `huggingface` or `onnx`.
        base: what it rests on.
        window: tokens that Socle reads at once.
        card: the card of the model.
    """
    entries, body = front.apart(card)
    above = front.hub_id(base)
    values: dict[str, Any] = {
        "library_name": _LIBRARIES[to],
        "pipeline_tag": "text-classification",
        "base_model": above,
        "base_model_relation": "finetune" if above else None,
    }
    if entries.get("license", "license: unknown\n") == "license: unknown\n":
        # The record of the base may know what the card did not; its terms come first.
        values |= {"license_name": None, "license_link": None, **combine(base, None).hub}
    loading = files(__package__).joinpath(f"{to}.md").read_text(encoding="utf-8")
    loading = loading.replace("CONTEXT", str(base.context)).replace("WINDOW", str(window))
    text = f"\n{loading}\n{_licence_of(base)}\n\n{body.lstrip()}"
    return front.changed(card, values, text)


def _rights(report: Mapping[str, Any], base: Base | None) -> Rights:
    """Return the rights that a report states, with all that it does not keep of them."""
    parts = (report.get("licence") or {}).get("parts", ())
    said = {
        what: " AND ".join(part["licence"] for part in parts if part["what"] == what)
        for what in ("data", "adaptation")
    }
    data = (report.get("data") or {}).get("licence")
    return combine(base, data or said["data"], said["adaptation"] or None)


def _licence_of(base: Base) -> str:
    said = (
        f"## Licence of the base\n\nThis model contains {base.title}, under the licence "
        f"{base.licence}. Whoever passes it on passes on that licence too."
    )
    source = f" Source: {base.reference}" if base.reference else ""
    return said + source + (f"\n\n{base.use_restrictions}" if base.use_restrictions else "")
