"""The model card: what a model is, what it was measured at, and what it may be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.bases import Base


def card(report: Mapping[str, Any], base: Base | None) -> str:
    """Return a model card in Markdown from the report of an adaptation."""
    low, high = report["intervals"]["accuracy"]
    metrics = report["metrics"]
    lines = [
        "# Adapted model",
        "",
        f"Task: {report['task']}. Strategy: {report['strategy']}. "
        f"Base: {base.name if base else 'none'}.",
        "",
        "## Measured",
        "",
        f"On {report['n_test']} examples that it never saw, after learning from "
        f"{report['n_train']}: accuracy {metrics['accuracy']:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}), macro-F1 {metrics['macro_f1']:.3f}, expected calibration error "
        f"{metrics['ece']:.3f}.",
        "",
        "| candidate | accuracy | macro-F1 | documents per second |",
        "| --- | --- | --- | --- |",
    ]
    for row in report["candidates"]:
        if "metrics" in row:
            m = row["metrics"]
            lines.append(
                f"| {row['strategy']} | {m['accuracy']:.3f} | {m['macro_f1']:.3f} "
                f"| {row['documents_per_second']:.0f} |"
            )
    lines += ["", report["verdict"]["text"], "", "## Labels", ""]
    lines += ["| label | precision | recall | F1 | examples |", "| --- | --- | --- | --- | --- |"]
    for row in report["labels"]:
        lines.append(
            f"| {row['label']} | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {row['f1']:.3f} | {row['support']} |"
        )
    return "\n".join([*lines, "", *_of_base(base)]) + "\n"


def _of_base(base: Base | None) -> list[str]:
    if base is None:
        return []
    lines = [
        "## Base",
        "",
        f"{base.title}, {base.year}. Licence of the base: {base.licence}. "
        f"Languages: {', '.join(base.languages)}.",
        "",
        f"Training data as its authors state it: {base.training_data}",
        "",
        f"Openness: weights {base.weights}, code {base.code}, data {base.data}.",
    ]
    return [*lines, "", base.use_restrictions] if base.use_restrictions else lines
