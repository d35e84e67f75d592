"""How sure are we: values with their intervals, pairs, and what the base brought."""

from __future__ import annotations

from socle.rendering.charts import Mark, beyond, differences, dots
from socle.rendering.markup import (
    NONE,
    Column,
    Markup,
    Row,
    approach,
    details,
    escape,
    figure,
    join,
    name,
    section,
    subsection,
    table,
)
from socle.rendering.numbers import NOTHING, p_value, score, signed, span
from socle.rendering.opening import LEVEL, QUESTIONS
from socle.rendering.reading import (
    OF_WORDS,
    Contest,
    Part,
    finite,
    is_hollow,
    items,
    number,
    opened,
    pair,
    part,
    rows,
    said,
    title_of,
    tone_of,
    words,
)
from socle.rendering.svg import NARROW, WIDE

_FOR_WORDS = (
    *("precision", "recall", "partial_f1"),
    *("upos", "xpos", "ufeats", "lemma", "uas", "clas"),
)
"""Not accuracy: most words belong to no entity, so that it tells next to nothing."""
_SIGNS = ("positive", "null", "negative")
_SHOWN = 6
"""Pairs that are on the page unfolded."""


def sureness(contest: Contest) -> Markup:
    """Return the section on quality and on how far chance explains it."""
    body = [
        _dots(contest),
        _table(contest),
        _left_out(contest),
        _pairs(contest),
        _transfer(contest),
    ]
    return section("sure", QUESTIONS["sure"], join(body))


def _dots(contest: Contest) -> Markup:
    marks = [
        Mark(
            contest.label(words(c, "name")),
            quality,
            pair(c.get("interval")),
            [v for v in map(finite, items(c, "by_seed")) if v is not None],
            tone_of(contest, words(c, "name")),
            is_hollow(contest, words(c, "name")),
        )
        for c in contest.measured
        if (quality := contest.quality(c)) is not None
    ]
    if not marks:
        return NONE
    marks.sort(key=lambda m: -m.value)
    near = number(part(contest.json, "detectable"), "difference")
    title = f"{opened(contest.metric_title)} of each approach"
    told = "; ".join(f"{m.name} {score(m.value)} ({span(m.ends)})" for m in marks)
    drawn = [dots(marks, w, near).svg("dots", title, told) for w in (WIDE, NARROW)]
    caption = ["Bars: 95 % intervals."]
    if any(len(set(m.seeds)) > 1 for m in marks):
        caption.append("Thin strokes below: single seeds.")
    if any(m.hollow for m in marks) and not all(m.hollow for m in marks):
        caption.append("Hollow: rests on no base.")
    if beyond(marks):
        caption.append("Arrow: far below, off the scale.")
    if near:
        caption.append(
            f"Shaded: nearer to the best than {score(near)}, the least difference that this test "
            "can be relied on to find."
        )
    return figure(title, drawn, " ".join(caption))


def _table(contest: Contest) -> Markup:
    columns = [
        Column("approach", numeric=False),
        Column(contest.metric_title),
        Column("95 % interval"),
        *(Column(title_of(m)) for m in _others(contest)),
        Column("spread over seeds"),
        Column("settings", numeric=False, wide=True),
    ]
    lines = [_row(contest, c) for c in contest.measured]
    return table("Quality of the approaches, cheapest first", columns, lines, "cards")


def _others(contest: Contest) -> list[str]:
    if words(contest.json, "task") in OF_WORDS:
        there = {m for c in contest.measured for m in part(c, "metrics")}
        return [m for m in _FOR_WORDS if m in there and m != contest.metric]
    # With one label a text, micro-F1 is the accuracy.
    several = bool(part(contest.json, "data").get("several"))
    known = ("accuracy", "macro_f1", *(("micro_f1",) if several else ()), "mcc", "ece")
    return [m for m in known if m != contest.metric]


def _row(contest: Contest, candidate: Part) -> Row:
    metrics, title = part(candidate, "metrics"), words(candidate, "name")
    settings = "; ".join(
        f"{k} {said(v)}" for k, v in part(candidate, "settings").items() if said(v)
    )
    cells = [
        approach(title),
        escape(score(contest.quality(candidate))),
        escape(span(pair(candidate.get("interval")))),
        *(escape(score(number(metrics, m))) for m in _others(contest)),
        escape(score(number(candidate, "spread"))),
        escape(settings),
    ]
    return Row(cells, tone_of(contest, title))


def _left_out(contest: Contest) -> Markup:
    lines = [
        Row([approach(words(c, "name")), escape(kind), escape(words(c, kind))])
        for c in contest.left_out
        for kind in ("skipped", "failed")
        if words(c, kind)
    ]
    columns = [Column("approach", False), Column("", False), Column("why", False)]
    return table("Not measured", columns, lines)


def _pairs(contest: Contest) -> Markup:
    found = rows(contest.json, "pairs")
    story = {contest.chosen, contest.winner} - {""}
    first = sorted(found, key=lambda p: -len(story & {words(p, "a"), words(p, "b")}))
    columns = [
        Column("pair", numeric=False),
        Column("in words", numeric=False),
        Column("difference"),
        Column("95 % interval"),
        Column("p"),
        Column("adjusted p"),
        Column("order over seeds (ε)"),
    ]
    lines = [_pair(contest, p) for p in first]
    shown = table("Pairs of approaches", columns, lines[:_SHOWN], "cards")
    rest = table("The other pairs", columns, lines[_SHOWN:], "cards")
    folded = details(f"{len(lines) - _SHOWN} other pairs", rest)
    return subsection("Is the difference more than chance?", join([shown, folded]))


def _pair(contest: Contest, found: Part) -> Row:
    a, b = (contest.label(words(found, key)) for key in ("a", "b"))
    adjusted = number(found, "p_adjusted")
    p = adjusted if adjusted is not None else number(found, "p")
    value = number(found, "difference")
    word = "not told apart"
    if p is None or value is None:
        word = NOTHING
    elif p < LEVEL and value:
        word = f"{a if value > 0 else b} is better"
    cells = [
        Markup(f"{name(a)} <span class='minus'>minus</span> {name(b)}{_metric(found)}"),
        escape(word),
        escape(signed(value)),
        escape(span(pair(found.get("interval")), sign=True)),
        escape(p_value(number(found, "p"))),
        escape(p_value(adjusted)),
        escape(score(number(found, "order"))),
    ]
    return Row(cells, "told" if word.endswith("better") else "")


def _metric(found: Part) -> Markup:
    metric = words(found, "metric")
    if metric in ("", "accuracy"):
        return NONE
    return Markup(f" <small>{escape(title_of(metric))}</small>")


def _transfer(contest: Contest) -> Markup:
    marks, told = [], []
    for found in rows(contest.json, "transfer"):
        value, sign = number(found, "difference"), words(found, "sign")
        if value is None:
            continue
        # It becomes the name of a style, and nothing from outside may.
        tone = sign if sign in _SIGNS else "other"
        title = f"{contest.label(words(found, 'candidate'))}\nagainst {words(found, 'against')}"
        marks.append(Mark(title, value, pair(found.get("interval")), tone=tone))
        told.append(sign)
    if not marks:
        return NONE
    title = "What the base brought"
    summary = "; ".join(
        f"{' '.join(m.name.split())}: {signed(m.value)} ({span(m.ends, True)}), {w}"
        for m, w in zip(marks, told, strict=True)
    )
    drawn = [differences(marks, told, w).svg("transfer", title, summary) for w in (WIDE, NARROW)]
    caption = (
        f"Gain in {contest.metric_title} over the same network with random weights (scratch) and "
        "over word counts (classical). Positive or negative: significant after Holm's correction, "
        "which asks for a little more than an interval that leaves out zero; null: it is not."
    )
    return subsection(
        "Did pretraining help?", figure(f"{title}, in {contest.metric_title}", drawn, caption)
    )
