"""The head of a model card: what the hub reads of a model, as YAML.

Strings of users (file names, labels) may hold anything, so that every string which is not plainly a
word is written in double quotes, with the escapes that JSON and YAML share.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from socle.bases import Base
from socle.licensing import Rights

_LINE = "---\n"
_PIPELINES = {
    "classification": "text-classification",
    "relations": "text-classification",
    "labelling": "token-classification",
    "parsing": "token-classification",
}
_WRITING = {"chrf": "translation", "rougeL": "summarization"}
"""The metric by which texts that were written are compared -> what they are."""
_METRICS = {
    "chrf": ("chrf", "chrF"),
    "bleu": ("bleu", "BLEU"),
    "rougeL": ("rouge", "ROUGE-L"),
    "las": ("f1", "LAS"),
    "uas": ("f1", "UAS"),
    "upos": ("accuracy", "UPOS"),
    "f1": ("f1", "F1"),
    "precision": ("precision", "Precision"),
    "recall": ("recall", "Recall"),
    "accuracy": ("accuracy", "Accuracy"),
    "macro_f1": ("f1", "Macro-F1"),
    "micro_f1": ("f1", "Micro-F1"),
    "mcc": ("matthews_correlation", "Matthews correlation"),
}
"""Our names of metrics -> the hub's, and those for people."""
_ADDED = ("head", "lora", "nearest", "zero-shot", "few-shot")
"""Strategies that leave the base as it is and add to it."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*")
_NOT_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_HUB_PLACES = ("hf://datasets/", "https://huggingface.co/datasets/")
_LANGUAGE = re.compile(r"[a-z]{2,3}|multilingual|code")


def metadata(
    report: Mapping[str, Any], base: Base | None, rights: Rights, data_name: str
) -> dict[str, Any]:
    """Return what the head of a card tells, in the hub's words; what is unknown is left out.

    Args:
        report: of the run, as in report.json.
        base: what the model rests on.
        rights: what may be done with it.
        data_name: file or data set of the hub; may be empty.
    """
    found: dict[str, Any] = dict(rights.hub)
    languages = [x for x in base.languages if _LANGUAGE.fullmatch(x)] if base else []
    if languages:
        found["language"] = languages
    if base and (above := hub_id(base)):
        found["base_model"] = above
        added = report["strategy"] in _ADDED
        found["base_model_relation"] = "adapter" if added else "finetune"
    if dataset := dataset_id(data_name):
        found["datasets"] = [dataset]
    if task := _pipeline(report):
        found["pipeline_tag"] = task
    found["library_name"] = "socle"
    own = [] if report["task"] == "classification" else [report["task"]]
    found["tags"] = ["socle", *([task] if task else []), *own, report["strategy"]]
    results = _results(report, data_name)
    if results:
        found["metrics"] = list(dict.fromkeys(m["type"] for r in results for m in r["metrics"]))
        found["model-index"] = [{"name": name_of(report), "results": results}]
    return found


def name_of(report: Mapping[str, Any]) -> str:
    """Return a name for the model of a report: of its folder, or of what it is made of."""
    if report.get("model"):
        return Path(str(report["model"])).stem
    return "-".join(filter(None, (report.get("base"), report["strategy"])))


def hub_id(base: Base) -> str | None:
    """Return the identifier of a base on the hub, if it has one."""
    return next((source.id for source in base.sources if source.kind == "hub"), None)


def dataset_id(name: str) -> str | None:
    """Return the identifier of a data set on the hub, or None for a file, folder or anything else.

    Args:
        name: `owner/name`, or an address of the hub; a path that exists here is a path.
    """
    for place in _HUB_PLACES:
        if name.startswith(place):
            return "/".join(name.removeprefix(place).split("/")[:2])
    known = _HUB_ID.fullmatch(name) and not Path(name).suffix and not Path(name).exists()
    return name if known else None


def to_yaml(values: Mapping[str, Any]) -> str:
    """Return metadata as the YAML block that a card begins with."""
    return f"{_LINE}{''.join(_entry(key, value) for key, value in values.items())}{_LINE}"


def apart(card: str) -> tuple[dict[str, str], str]:
    """Return the entries of a card's head, each as its lines of YAML, and the text below.

    Args:
        card: as `to_yaml` begins it; a card without a head has no entries.
    """
    if not card.startswith(_LINE) or f"\n{_LINE}" not in card:
        return {}, card
    head, _, body = card.removeprefix(_LINE).partition(f"\n{_LINE}")
    entries = re.split(r"^(?=\w[\w-]*:)", f"{head}\n", flags=re.MULTILINE)
    return {entry.partition(":")[0]: entry for entry in entries if entry.strip()}, body


def changed(card: str, values: Mapping[str, Any], body: str) -> str:
    """Return a card with other values in its head, and another text below.

    Args:
        card: with a head or without.
        values: by the name of the entry; None takes it away.
        body: Markdown.
    """
    entries, _ = apart(card)
    fresh = {key: _entry(key, value) for key, value in values.items() if value is not None}
    kept = {key: entry for key, entry in entries.items() if key not in values or key in fresh}
    order = sorted((kept | fresh).items(), key=lambda item: not item[0].startswith("license"))
    return f"{_LINE}{''.join(entry for _, entry in order)}{_LINE}{body}"


def _pipeline(report: Mapping[str, Any]) -> str | None:
    """Return what the hub calls the task of a report, if it has a word for it."""
    if report["task"] == "generation":
        compared = report.get("intervals") or ()
        return next((task for metric, task in _WRITING.items() if metric in compared), None)
    return _PIPELINES.get(report["task"])


def _results(report: Mapping[str, Any], data_name: str) -> list[dict[str, Any]]:
    metrics = [
        {"type": type_, "value": value, "name": name}
        for key, (type_, name) in _METRICS.items()
        if isinstance(value := report["metrics"].get(key), int | float) and math.isfinite(value)
    ]
    task = _pipeline(report)
    if not metrics or task is None:
        return []
    name = data_name or "unknown"
    dataset: dict[str, Any] = {"name": name, "type": dataset_id(name) or name, "split": "test"}
    if print_ := (report.get("data") or {}).get("test"):
        dataset["args"] = {"fingerprint": str(print_)}
    return [{"task": {"type": task}, "dataset": dataset, "metrics": metrics}]


def _entry(key: str, value: Any) -> str:
    if isinstance(value, Mapping | list):
        return f"{key}:\n" + "".join(f"{line}\n" for line in _block(value))
    return f"{key}: {_scalar(value)}\n"


def _block(value: Mapping[str, Any] | Sequence[Any]) -> list[str]:
    """Return the lines of a mapping or a list, without indentation."""
    lines = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                lines += [f"{key}:", *(f"  {line}" for line in _block(inner))]
            else:
                lines.append(f"{key}: {_scalar(inner)}")
        return lines
    for item in value:
        inner = _block(item) if isinstance(item, Mapping | list) else [_scalar(item)]
        lines += [f"- {inner[0]}", *(f"  {line}" for line in inner[1:])]
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        # Never in the form 1e-05, which YAML takes for a word.
        return f"{value:.6f}".rstrip("0") + ("0" if float(f"{value:.6f}").is_integer() else "")
    text = str(value)
    if _WORD.fullmatch(text) and text.lower() not in _NOT_WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in quoted)


def _escape(sign: str) -> str:
    code = ord(sign)
    if 0xD800 <= code < 0xE000:
        return "\ufffd"  # half a character, which no file can hold
    return f"\\U{code:08X}" if code > 0xFFFF else f"\\u{code:04X}"
