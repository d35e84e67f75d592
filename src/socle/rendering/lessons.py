"""What more labels would bring, what the base forgot, and what the licences allow."""

from __future__ import annotations

from collections.abc import Sequence

from socle.rendering.curves import Axes, Series, Spot, lines
from socle.rendering.grids import Change, changes
from socle.rendering.markup import (
    NONE,
    Column,
    Markup,
    Row,
    approach,
    bullets,
    details,
    escape,
    figure,
    join,
    name,
    paragraph,
    section,
    sentence,
    table,
    wrapped,
)
from socle.rendering.numbers import count, listed, score, signed
from socle.rendering.opening import QUESTIONS
from socle.rendering.reading import (
    Contest,
    Part,
    items,
    number,
    opened,
    part,
    rows,
    said,
    slot_of,
    title_of,
    words,
)
from socle.rendering.svg import NARROW, WIDE

_UNMOVED = 0.9995
"""Layers that are all as similar as that have not moved: no chart is needed."""
_PROBED = 3
"""Approaches whose probes are on the page unfolded."""


def curve(contest: Contest) -> Markup:
    """Return the section on more labels: the learning curve and its forecast."""
    found = part(contest.json, "curve")
    series = [_learning(contest, c) for c in rows(found, "candidates")]
    kept = [s for s in series if s.points]
    told = [words(c, "text") for c in rows(found, "candidates")]
    body = [wrapped("p", sentence(words(found, "text")), "lead")]
    if kept:
        metric = title_of(words(found, "metric") or contest.metric)
        axes = Axes("training rows (log scale)", f"{metric} ↑", logarithmic=True)
        title = f"{opened(metric)} by number of training rows"
        body.append(_drawn(kept, axes, "curve", title, _read(kept)))
        body.append(details("Every point of the curve", _points(contest, found)))
    body.append(bullets(told))
    return section("labels", "How many more labels would help?", join(body))


def _read(series: Sequence[Series]) -> str:
    text = "Marks: means over draws of the training rows; bars: one standard deviation."
    if any(s.forecast for s in series):
        text += " Dashed: forecast; band: its 95 % interval."
    return text


def _learning(contest: Contest, found: Part) -> Series:
    spots, ahead = [], []
    for p in rows(found, "points"):
        n, mean, deviation = number(p, "n"), number(p, "mean"), number(p, "deviation")
        if n and mean is not None:
            ends = (mean - deviation, mean + deviation) if deviation else None
            spots.append(Spot(n, mean, ends))
    for p in rows(found, "forecast"):
        n, mean, low, high = (number(p, key) for key in ("n", "mean", "low", "high"))
        if n and mean is not None:
            ends = (low, high) if low is not None and high is not None else None
            ahead.append(Spot(n, mean, ends))
    title = words(found, "name")
    return Series(contest.label(title), slot_of(contest, title), spots, ahead)


def _points(contest: Contest, found: Part) -> Markup:
    columns = [
        Column("approach", numeric=False),
        *map(Column, ("rows per label", "training rows", "mean", "deviation", "draws")),
    ]
    lines = [
        Row(
            [
                name(contest.label(words(c, "name"))),
                escape(count(number(p, "per_label"))),
                escape(count(number(p, "n"))),
                escape(score(number(p, "mean"))),
                escape(score(number(p, "deviation"))),
                escape(count(number(p, "draws"))),
            ]
        )
        for c in rows(found, "candidates")
        for p in rows(c, "points")
    ]
    return table("Points of the learning curve", columns, lines)


def _drawn(series: Sequence[Series], axes: Axes, key: str, title: str, caption: str) -> Markup:
    told = "; ".join(
        f"{s.name}: {score(s.points[0].y)} to {score(s.points[-1].y)} from {axes.x} "
        f"{s.points[0].x:,g} to {s.points[-1].x:,g}"
        for s in series
    )
    drawn = [lines(series, axes, w).svg(key, title, told) for w in (WIDE, NARROW)]
    return figure(title, drawn, caption)


def forgetting(contest: Contest) -> Markup:
    """Return the section on what the base could before and cannot now."""
    found = [c for c in contest.measured if part(c, "forgetting")]
    body = [_losses(found), _all_probes(contest, found), _drift(contest, found)]
    told = {words(part(c, "forgetting"), "text"): None for c in found}
    return section("forgotten", QUESTIONS["forgotten"], join([bullets(told), *body]))


def _losses(found: Sequence[Part]) -> Markup:
    lines = []
    for c in found:
        # A base with a language head of its own has its own loss; the others are read by a readout.
        loss = part(c, "forgetting", "readout_loss") or part(c, "forgetting", "loss")
        before, after = number(loss, "before"), number(loss, "after")
        if before is None and after is None:
            continue
        change = after - before if before is not None and after is not None else None
        cells = [escape(score(before)), escape(score(after)), escape(signed(change))]
        lines.append(Row([approach(words(c, "name")), *cells]))
    columns = [Column("approach", False), Column("before"), Column("after"), Column("change")]
    title = "Loss on general text, of its language head or a readout (lower is better)"
    return table(title, columns, lines)


def _all_probes(contest: Contest, found: Sequence[Part]) -> Markup:
    """Draw the probes of each candidate on one scale; beyond a few, the others are folded."""
    probes = {i: _changes(c) for i, c in enumerate(found) if _changes(c)}
    ends = [v for listed in probes.values() for p in listed for v in p.extent]
    leaders = [words(c, "name") for c in contest.leaders]
    order = sorted(probes, key=lambda i: words(found[i], "name") not in leaders)
    drawn = [_probes(contest, found[i], probes[i], (min(ends), max(ends))) for i in order]
    rest = details(f"Probes of {len(drawn) - _PROBED} other approaches", join(drawn[_PROBED:]))
    return join([*drawn[:_PROBED], rest])


def _changes(candidate: Part) -> list[Change]:
    found = []
    for p in rows(part(candidate, "forgetting"), "probes"):
        before, after = number(p, "before"), number(p, "after")
        if before is not None and after is not None:
            found.append(Change(words(p, "name"), before, after, number(p, "refitted")))
    return found


def _probes(
    contest: Contest, candidate: Part, found: Sequence[Change], ends: tuple[float, float]
) -> Markup:
    own = words(candidate, "name")
    title = f"Probes of general knowledge, {contest.label(own)}"
    told = "; ".join(f"{p.name} {score(p.before)} to {score(p.after)}" for p in found)
    key, slot = f"probes-{contest.measured.index(candidate)}", slot_of(contest, own)
    drawn = [changes(found, slot, ends, w).svg(key, title, told) for w in (WIDE, NARROW)]
    return figure(title, drawn)


def _drift(contest: Contest, found: Sequence[Part]) -> Markup:
    series = []
    for c in found:
        spots = [
            Spot(layer, similarity)
            for d in rows(part(c, "forgetting"), "drift")
            if (layer := number(d, "layer")) is not None
            and (similarity := number(d, "similarity")) is not None
        ]
        title = words(c, "name")
        if spots:
            series.append(Series(contest.label(title), slot_of(contest, title), spots))
    moved = [spot for line in series for spot in line.points if spot.y < _UNMOVED]
    if not moved:
        return NONE
    axes = Axes("layer", "similarity ↑", height=200)
    caption = "1: the layer says the same as before. Lower: it has moved."
    return _drawn(series, axes, "drift", "How far each layer moved from the base", caption)


def licences(contest: Contest) -> Markup:
    """Return the section on what may be done with each approach."""
    texts = [words(part(c, "licence"), "text") for c in contest.leaders]
    told = join(paragraph(text, "lead") for text in dict.fromkeys(texts) if text)
    data = words(part(contest.json, "data"), "licence")
    own = f"Licence of the data, as stated to Socle: {data}." if data else ""
    body = join([told, _terms(contest), _parts(contest.leaders)])
    return section("licence", QUESTIONS["licence"], join([body, paragraph(own)]) if body else NONE)


def _terms(contest: Contest) -> Markup:
    """Return one line for each set of terms, with the approaches that share it."""
    sharing: dict[tuple[str, str, str], list[str]] = {}
    for c in contest.measured:
        terms = part(c, "licence")
        conditions = "; ".join(said(one) for one in items(terms, "conditions"))
        found = words(terms, "licence"), words(terms, "commercial"), conditions
        if terms:
            sharing.setdefault(found, []).append(contest.label(words(c, "name")))
    columns = [
        Column("approaches", False),
        Column("licence", False),
        Column("commercial use", False),
        Column("conditions", False, wide=True),
    ]
    lines = [Row([escape(listed(names)), *map(escape, found)]) for found, names in sharing.items()]
    return table("Licence of what the approaches contain", columns, lines, "cards")


def _parts(leaders: Sequence[Part]) -> Markup:
    owners: dict[str, list[str]] = {}
    tables: dict[str, list[Row]] = {}
    for c in leaders:
        lines = [
            Row(
                [name(words(p, "what"))]
                + [escape(words(p, key)) for key in ("licence", "commercial", "why")]
            )
            for p in rows(part(c, "licence"), "parts")
        ]
        key = repr(lines)
        tables[key] = lines
        owners.setdefault(key, []).append(words(c, "name"))
    titles = ("part", "licence", "commercial use", "why")
    columns = [Column(t, False, t == "why") for t in titles]
    return join(
        table(f"What {listed(owners[key])} is made of", columns, lines, "cards")
        for key, lines in tables.items()
    )
