"""How each number was computed, so that a reviewer can check it."""

from __future__ import annotations

import json

from socle.rendering.markup import Markup, bullets, escape, join, name, section, subsection
from socle.rendering.numbers import count, score, seconds, share
from socle.rendering.opening import settings
from socle.rendering.reading import Contest, Part, items, number, part, rows, said, words


def method(contest: Contest) -> Markup:
    """Return the section with tests, draws, seeds, fingerprints and the machine."""
    facts = [*_data(contest), *_statistics(contest), *_machine(contest)]
    lines = [
        f"<div><dt>{escape(title)}</dt><dd>{escape(text)}</dd></div>"
        for title, text in facts
        if text
    ]
    listed = Markup(f"<dl class='facts-list'>{''.join(lines)}</dl>") if lines else Markup("")
    notes = subsection("Notes", bullets(said(one) for one in items(contest.json, "notes")))
    return section("method", "How was this measured?", join([listed, notes, _settings(contest)]))


def _data(contest: Contest) -> list[tuple[str, str]]:
    data = part(contest.json, "data")
    several = "several labels a text" if data.get("several") else ""
    n = len(items(data, "labels"))
    return [
        ("Task", ", ".join(t for t in (words(contest.json, "task"), several) if t)),
        ("Decided by", contest.metric_title if words(contest.json, "metric") else ""),
        ("Labels", count(n) if n else ""),
        ("Training rows", _rows(data, "n_train", "train")),
        ("Test rows", _rows(data, "n_test", "test")),
        ("Licence of the data, as stated", words(data, "licence")),
        ("Effort", settings(contest)),
        ("Seed of the split and the draws", words(contest.json, "seed")),
    ]


def _rows(data: Part, n: str, fingerprint: str) -> str:
    found = number(data, n)
    told = [count(found) if found is not None else "", ""]
    if words(data, fingerprint):
        told[1] = f"fingerprint {words(data, fingerprint)}"
    return ", ".join(t for t in told if t)


def _statistics(contest: Contest) -> list[tuple[str, str]]:
    pairs = rows(contest.json, "pairs")
    tests = list(dict.fromkeys(words(p, "test") for p in pairs if words(p, "test")))
    adjusted = any(number(p, "p_adjusted") is not None for p in pairs)
    found = part(contest.json, "detectable")
    difference, power, alpha = (number(found, key) for key in ("difference", "power", "alpha"))
    detects = ""
    if difference is not None:
        detects = f"differences of {score(difference)}"
        detects += f" with power {share(power)}" if power is not None else ""
        detects += f" at level {alpha:g}" if alpha is not None else ""
        if number(found, "disagreement") is not None:
            detects += f", where {share(number(found, 'disagreement'))} of the answers differ"
    curves = rows(part(contest.json, "curve"), "candidates")
    draws = {number(p, "draws") for c in curves for p in rows(c, "points")} - {None}
    listed = sorted(d for d in draws if d is not None)
    return [
        ("Tests of pairs", "; ".join(tests)),
        ("Many pairs", f"p adjusted over {count(len(pairs))} pairs" if adjusted else ""),
        ("This test detects", detects),
        ("Draws of the learning curve", " or ".join(count(d) for d in listed)),
    ]


def _machine(contest: Contest) -> list[tuple[str, str]]:
    machine = part(contest.json, "machine")
    cores, memory = number(machine, "cores"), number(machine, "memory_gb")
    told = [
        words(machine, "processor"),
        f"{count(cores)} cores" if cores is not None else "",
        f"{memory:g} GB" if memory is not None else "",
        words(machine, "system"),
    ]
    return [("Machine", ", ".join(t for t in told if t))]


def _settings(contest: Contest) -> Markup:
    lines = []
    for c in contest.measured:
        cost = part(c, "cost")
        told = json.dumps(c.get("settings") or {}, ensure_ascii=False, default=str)
        spent = number(cost, "train_cpu_seconds")
        tail = f"; training took {seconds(spent)} of CPU time" if spent is not None else ""
        seeds = ", ".join(score(number({"v": v}, "v")) for v in items(c, "by_seed"))
        by = f"; by seed {seeds}" if seeds else ""
        if told != "{}" or tail or by:
            lines.append(
                f"<li>{name(words(c, 'name'))}: <code>{escape(told)}</code>{escape(by + tail)}</li>"
            )
    body = Markup(f"<ul>{''.join(lines)}</ul>") if lines else Markup("")
    return subsection("Settings of each approach", body)
