"""The tables of words and relations that `figures.py` writes into the pages."""

from __future__ import annotations

import json
from typing import Any

from measure import RESULTS, machine_of, newest_file, table

ORDER = ("majority", "classical", "scratch", "head", "partial", "lora", "full")
_TREES = ("upos", "ufeats", "lemma", "uas", "las", "clas")
_RAW = ("sentences", "words", "upos", "lemma", "uas", "las")
_ENTITIES = ("f1", "precision", "recall", "partial_f1")
_HEADS = {"partial_f1": "partial F1", "f1": "F1", "macro_f1": "official macro-F1"}


def rows() -> list[dict[str, Any]]:
    """Return the newest row of every set, strategy and number of layers, in the order of cost."""
    found: dict[tuple[str, str, Any, Any], dict[str, Any]] = {}
    for path in sorted(RESULTS.glob("words-*.json")):
        for row in json.loads(path.read_text()):
            key = (row["set"], row["strategy"], row["layers_moved"], row["n_train"])
            found[key] = row
    return sorted(found.values(), key=lambda r: (r["set"], -r["n_train"], _place(r)))


def _place(row: dict[str, Any]) -> tuple[int, int]:
    return ORDER.index(row["strategy"]), row["layers_moved"] or 0


def _name(row: dict[str, Any]) -> str:
    layers = row["layers_moved"]
    effort = "" if row["effort"] == "normal" else f", effort {row['effort']}"
    return str(row["strategy"]) + effort + (f", last {layers} layers" if layers else "")


def _told(row: dict[str, Any], names: tuple[str, ...], key: str = "metrics") -> list[str]:
    return [f"{100 * row[key][n]:.2f}" if n in row[key] else "-" for n in names]


def _took(row: dict[str, Any]) -> str:
    seconds = row["train_cpu_seconds"]
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def treebanks() -> str:
    """Return scores on the treebanks' own words."""
    lines = [
        [
            *(row["set"].rpartition("/")[2], _name(row), row["base"] or "none"),
            *_told(row, _TREES),
            *(f"{100 * row['triples']['f1']:.1f}", _took(row)),
        ]
        for row in rows()
        if row["task"] == "parsing"
    ]
    return table(["", "", "base", *_TREES, "triples F1", "CPU time to train"], lines)


def raw() -> str:
    """Return scores on raw text."""
    lines = [
        [
            *(row["set"].rpartition("/")[2], _name(row), *_told(row, _RAW, "raw")),
            f"{row['raw_words_per_second']:,}",
        ]
        for row in rows()
        if row["task"] == "parsing"
    ]
    return table(["", "", *_RAW, "words/s"], lines)


def entities() -> str:
    """Return strict F1 of entities, and the official score of relations."""
    lines = []
    for row in rows():
        if row["task"] == "parsing":
            continue
        low, high = (f"{100 * end:.1f}" for end in row["interval"])
        names = _ENTITIES if row["task"] == "labelling" else ("macro_f1",)
        first, *others = _told(row, names)
        filling = ["-"] * (len(_ENTITIES) - 1 - len(others))
        shown = [first, f"{low} to {high}" if row["task"] == "labelling" else "-"]
        name = row["set"].rpartition("/")[2]
        lines.append([name, _name(row), *shown, *others, *filling, _took(row)])
    heads = [_HEADS.get(name, name) for name in _ENTITIES[1:]]
    return table(["", "", "F1", "95 % interval", *heads, "CPU time to train"], lines)


def spacy() -> str:
    """Return our parser beside a pipeline of spaCy."""
    found = newest_file("spacy")
    shown = ("words", "sentences", "upos", "lemma", "uas", "las")
    lines = [
        [row["on"], row["system"], *_told(row, shown, "scores"), f"{row['words_per_second']:,}"]
        for row in found["results"]["rows"]
    ]
    return f"{table(['', '', *shown, 'words/s'], lines)}\n\n{machine_of(found)}"


def one_pass() -> str:
    """Return three models on one pass against the same one by one: the newest for each machine."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for path in sorted(RESULTS.glob("one-pass*.json"), key=lambda path: path.stem[-10:]):
        row = json.loads(path.read_text())["results"]
        found[", ".join(row["models"].values()), row["threads"]] = row
    lines = [
        [
            told,
            row["base"],
            str(threads),
            str(row["texts"]),
            str(row["texts_per_second"]["apart"]),
            str(row["texts_per_second"]["together"]),
            f"{row['ratio']:.2f}",
            str(row["different_answers"]),
        ]
        for (told, threads), row in found.items()
    ]
    speeds_told = ["texts/s one by one", "texts/s together", "ratio"]
    return table(["", "base", "cores", "texts", *speeds_told, "different answers"], lines)


TABLES = {
    "treebanks": treebanks,
    "raw": raw,
    "entities": entities,
    "spacy": spacy,
    "onepass": one_pass,
}
