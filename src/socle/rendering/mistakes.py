"""Where they go wrong: confusions, labels, disagreements, and faults of the data itself."""

from __future__ import annotations

from collections.abc import Sequence

from socle.rendering.grids import matrix
from socle.rendering.markup import (
    NONE,
    Column,
    Markup,
    Row,
    details,
    escape,
    figure,
    join,
    name,
    paragraph,
    prose,
    section,
    subsection,
    table,
    wrapped,
)
from socle.rendering.numbers import count, p_value, score, share, signed, span
from socle.rendering.reading import (
    Contest,
    Part,
    finite,
    items,
    number,
    pair,
    part,
    rows,
    said,
    words,
)
from socle.rendering.svg import NARROW, WIDE

_MATRIX = 30
_PAIRS = 8


def mistakes(contest: Contest) -> Markup:
    """Return the section on errors: which labels, which texts."""
    body = [
        *(_confusion(contest, c) for c in contest.leaders[:1]),
        _confusable(contest),
        _labels(contest),
        _disagreements(contest),
    ]
    return section("mistakes", "Where does it go wrong?", join(body))


def _confusion(contest: Contest, candidate: Part) -> Markup:
    labels = [said(label) for label in items(part(contest.json, "data"), "labels")]
    found = [[int(finite(n) or 0) for n in line] for line in _lines(candidate)]
    n = len(labels)
    if not n or n > _MATRIX or len(found) != n or any(len(line) != n for line in found):
        return NONE
    own = contest.label(words(candidate, "name"))
    title = f"True and answered labels, {own}"
    top = _worst(labels, found)
    told = "; ".join(f"{a} answered as {b}: {k}" for k, a, b, _ in top) or "No text is confused."
    drawn = [matrix(labels, found, w).svg("confusion", title, told) for w in (WIDE, NARROW)]
    caption = "Counts of test texts. The darker, the larger the share of the line."
    columns = [
        Column("true label", False),
        Column("answered", False),
        Column("texts"),
        Column("of the label's texts"),
    ]
    lines = [Row([name(a), name(b), escape(count(k)), escape(share(s))]) for k, a, b, s in top]
    worst = table(f"Most frequent confusions of {own}", columns, lines)
    return join([figure(title, drawn, caption), worst])


def _lines(candidate: Part) -> list[Sequence[object]]:
    listed = items(candidate, "confusion")
    return [line for line in listed if isinstance(line, Sequence) and not isinstance(line, str)]


def _worst(
    labels: Sequence[str], found: Sequence[Sequence[int]]
) -> list[tuple[int, str, str, float]]:
    listed = [
        (k, labels[i], labels[j], k / sum(line))
        for i, line in enumerate(found)
        for j, k in enumerate(line)
        if i != j and k
    ]
    return sorted(listed, key=lambda one: -one[0])[:_PAIRS]


def _confusable(contest: Contest) -> Markup:
    lines = [
        Row(
            [
                name(words(c, "a")),
                name(words(c, "b")),
                escape(count(number(c, "n"))),
                escape(share(number(c, "share"))),
            ]
        )
        for c in rows(part(contest.json, "faults"), "confusable")
    ]
    columns = [Column("label", False), Column("taken for", False), Column("texts"), Column("share")]
    return table("Labels that are hard to keep apart", columns, lines)


def _labels(contest: Contest) -> Markup:
    tables = []
    for c in contest.leaders:
        lines = [
            Row(
                [
                    name(words(line, "label")),
                    *(escape(score(number(line, key))) for key in ("precision", "recall", "f1")),
                    escape(count(number(line, "support"))),
                ]
            )
            for line in rows(c, "labels")
        ]
        columns = [Column("label", False), *map(Column, ("precision", "recall", "F1", "test rows"))]
        own = contest.label(words(c, "name"))
        shown = table(f"Labels of {own}", columns, lines)
        tables.append(details(f"Every label, {own} ({len(lines)})", shown))
    return join(tables)


def _disagreements(contest: Contest) -> Markup:
    blocks = [
        Markup(
            "<li>"
            + prose(words(d, "text"))
            + _origin(d)
            + f"<dl class='answers'><div><dt>true</dt><dd>{name(words(d, 'gold'))}</dd></div>"
            + _answer(contest, d, "a")
            + _answer(contest, d, "b")
            + "</dl></li>"
        )
        for d in rows(contest.json, "disagreements")
        if words(d, "text")
    ]
    body = Markup(f"<ol class='texts'>{join(blocks)}</ol>") if blocks else NONE
    return subsection("The most instructive disagreements", body)


def _answer(contest: Contest, found: Part, key: str) -> Markup:
    who, answer = contest.label(words(found, key)), words(found, f"{key}_answer")
    if not who:
        return NONE
    right = answer == words(found, "gold")
    sure = number(found, f"{key}_probability")
    tail = f" <span class='note'>{escape(score(sure))}</span>" if sure is not None else ""
    sign = "✓ right" if right else "✗ wrong"
    return Markup(
        f"<div class='{'good' if right else 'bad'}'><dt>{name(who)}</dt><dd>{name(answer)}{tail} "
        f"<span class='sign'>{sign}</span></dd></div>"
    )


def _origin(found: Part) -> Markup:
    return wrapped("p", escape(words(found, "origin")), "origin")


def faults(contest: Contest) -> Markup:
    """Return the section on the data: likely label errors, and what correcting them changed."""
    found = part(contest.json, "faults")
    blocks = [
        Markup(
            "<li>"
            + prose(words(s, "text"))
            + _origin(s)
            + f"<dl class='answers'><div class='bad'><dt>given</dt><dd>{name(words(s, 'given'))}"
            + f"</dd></div><div class='good'><dt>suggested</dt><dd>{name(words(s, 'suggested'))}"
            + f" <span class='note'>{escape(score(number(s, 'probability')))}</span></dd></div>"
            + "</dl></li>"
        )
        for s in rows(found, "suspects")
    ]
    n = number(found, "n_suspects")
    lead = f"{count(n)} rows carry a label that is probably wrong." if n else ""
    if n and len(blocks) < n and blocks:
        lead += f" The {len(blocks)} most likely:"
    body = [
        paragraph(lead, "lead"),
        Markup(f"<ol class='texts'>{join(blocks)}</ol>") if blocks else NONE,
        _correction(contest, part(found, "correction")),
    ]
    return section("faults", "Is the data at fault?", join(body))


def _correction(contest: Contest, found: Part) -> Markup:
    before, after = number(found, "before"), number(found, "after")
    told = []
    if before is not None and after is not None:
        who, out = contest.label(words(found, "candidate")), number(found, "left_out")
        rest = f"Without {count(out)} suspected training rows, " if out is not None else ""
        told.append(
            f"{rest}{who} goes from {score(before)} to {score(after)} ({signed(after - before)}, "
            f"interval of the change {span(pair(found.get('interval')), True)}, "
            f"p {p_value(number(found, 'p'))})."
        )
    body = join([*(paragraph(t) for t in told), paragraph(words(found, "text"))])
    return subsection("What correcting them would change", body)
