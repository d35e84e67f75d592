"""How far probabilities can be trusted: reliability, risk against coverage, abstention."""

from __future__ import annotations

from socle.rendering.curves import Axes, Bin, Series, Spot, lines, reliability
from socle.rendering.markup import (
    NONE,
    Column,
    Markup,
    Row,
    escape,
    figure,
    join,
    name,
    section,
    subsection,
    table,
    wrapped,
)
from socle.rendering.numbers import score, share
from socle.rendering.reading import Contest, Part, number, part, rows, slot_of, words
from socle.rendering.svg import HALF, NARROW, WIDE


def trust(contest: Contest) -> Markup:
    """Return the section on calibration and abstention, of the candidates in the story."""
    plots = join(_reliability(contest, c) for c in contest.leaders)
    calibrated = subsection(
        "Does it know when it is right?", wrapped("div", plots, "side") if plots else NONE
    )
    body = [calibrated, _risk(contest), _abstention(contest)]
    return section("trust", "Can its probabilities be trusted?", join(body))


def _reliability(contest: Contest, candidate: Part) -> Markup:
    found = []
    for b in rows(part(candidate, "calibration"), "bins"):
        sure, right, n = (number(b, key) for key in ("confidence", "accuracy", "count"))
        if sure is not None and right is not None and n:
            found.append(Bin(sure, right, int(n)))
    if not found:
        return NONE
    own = words(candidate, "name")
    error = number(part(candidate, "calibration"), "ece")
    if error is None:
        error = number(part(candidate, "metrics"), "ece")
    tail = f", expected calibration error {score(error)}" if error is not None else ""
    told = "; ".join(f"sure to {b.confidence:.2f}, right {b.accuracy:.2f}" for b in found)
    key = f"reliability-{contest.measured.index(candidate)}"
    drawn = reliability(found, slot_of(contest, own), HALF).svg(key, f"Reliability of {own}", told)
    return figure(f"{contest.label(own)}{tail}", [drawn])


def _risk(contest: Contest) -> Markup:
    series = []
    for c in contest.leaders:
        found = rows(c, "risk_coverage")
        pairs = [(number(p, "coverage"), number(p, "risk")) for p in found]
        spots = [Spot(x, y) for x, y in pairs if x is not None and y is not None]
        title = words(c, "name")
        if spots:
            series.append(Series(contest.label(title), slot_of(contest, title), spots))
    if not series:
        return NONE
    axes = Axes(
        "share of texts answered", "share of answers that are wrong", False, (0, 1), False, 220
    )
    title = "Answer less, err less"
    told = "; ".join(
        f"{s.name}: {share(s.points[-1].y)} wrong when all are answered" for s in series
    )
    drawn = [lines(series, axes, w).svg("risk", title, told) for w in (WIDE, NARROW)]
    caption = "The texts that the model is surest of come first, from the left."
    return subsection("What if it may abstain?", figure(title, drawn, caption))


def _abstention(contest: Contest) -> Markup:
    lines_ = []
    for c in contest.leaders:
        for a in rows(c, "abstention"):
            reached = number(a, "threshold") is not None
            cells = [
                share(number(a, "precision")),
                score(number(a, "threshold")) if reached else "not reached",
                share(number(a, "coverage")),
                share(number(a, "lower")),
            ]
            lines_.append(Row([name(contest.label(words(c, "name"))), *map(escape, cells)]))
    titles = (
        "wanted precision",
        "answer from",
        "texts answered",
        "precision at least",
    )
    columns = [Column("approach", False), *(Column(t) for t in titles)]
    return table("From which probability on to let it answer alone", columns, lines_, "cards")
