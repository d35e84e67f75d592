"""What it costs: quality against cost, every figure of cost, and a hosted model beside."""

from __future__ import annotations

from collections.abc import Callable

from socle.rendering.charts import Mark, beyond
from socle.rendering.markup import (
    NONE,
    Column,
    Markup,
    Row,
    approach,
    escape,
    figure,
    join,
    name,
    paragraph,
    section,
    subsection,
    table,
)
from socle.rendering.numbers import NOTHING, amount, count, megabytes, money, score, seconds, times
from socle.rendering.reading import (
    Contest,
    Part,
    is_hollow,
    items,
    number,
    opened,
    pair,
    part,
    rows,
    said,
    tone_of,
    words,
)
from socle.rendering.scatter import against_cost
from socle.rendering.svg import NARROW, WIDE


def costs(contest: Contest) -> Markup:
    """Return the section on cost."""
    body = [_scatter(contest), _table(contest), _hosted(contest)]
    return section("cost", "What does it cost per thousand texts?", join(body))


def _scatter(contest: Contest) -> Markup:
    marks = []
    for c in contest.measured:
        cost = number(part(c, "cost"), "cpu_seconds_per_1000")
        quality, title = contest.quality(c), words(c, "name")
        if cost is not None and quality is not None:
            tone, hollow = tone_of(contest, title), is_hollow(contest, title)
            ends = pair(c.get("interval"))
            marks.append(Mark(contest.label(title), quality, ends, (), tone, hollow, cost))
    if not marks:
        return NONE
    front = [contest.label(said(one)) for one in items(contest.json, "pareto")]
    titles = ("CPU-seconds per 1,000 texts", contest.metric_title)
    title = f"{opened(contest.metric_title)} against cost"
    told = "; ".join(f"{m.name} {score(m.value)} for {amount(m.cost)} CPU-seconds" for m in marks)
    drawn = [
        against_cost(marks, front, titles, w).svg("pareto", title, told) for w in (WIDE, NARROW)
    ]
    caption = "Each step to the right on the axis multiplies the cost."
    if front:
        caption = "On the line: approaches that no other beats in both quality and cost. " + caption
    if beyond(marks):
        caption += " Arrow: far below, off the scale."
    return figure(title, drawn, caption)


def _table(contest: Contest) -> Markup:
    columns = [
        Column("approach", numeric=False),
        Column("CPU-s per 1,000"),
        Column("texts/s"),
        Column("latency p50 / p95"),
        Column("peak memory"),
        Column("size"),
        Column("start"),
        Column("Wh per 1,000"),
        Column("price per 1,000"),
        Column("training"),
    ]
    lines = [Row(_cells(c), tone_of(contest, words(c, "name"))) for c in contest.measured]
    lines = [line for line in lines if any(cell != NOTHING for cell in line.cells[1:])]
    return table("Cost of the approaches, cheapest first", columns, lines, "cards dense")


def _cells(candidate: Part) -> list[Markup]:
    cost = part(candidate, "cost")

    def told(key: str, write: Callable[[float | None], str]) -> Markup:
        return escape(write(number(cost, key)))

    p50, p95 = number(cost, "latency_p50_ms"), number(cost, "latency_p95_ms")
    latency = NOTHING
    if p50 is not None or p95 is not None:
        latency = f"{amount(p50)} / {amount(p95)} ms"
    mode = words(cost, "energy_mode")
    energy = told("energy_wh_per_1000", amount)
    if mode and energy != NOTHING:
        energy = Markup(f"{energy} <span class='note'>{escape(mode)}</span>")
    return [
        approach(words(candidate, "name")),
        told("cpu_seconds_per_1000", amount),
        told("documents_per_second", amount),
        escape(latency),
        told("peak_memory_mb", megabytes),
        told("size_mb", megabytes),
        told("startup_seconds", seconds),
        energy,
        escape(money(number(cost, "price_per_1000"), words(cost, "currency"))),
        told("train_seconds", seconds),
    ]


def _hosted(contest: Contest) -> Markup:
    hosted = part(contest.json, "hosted")
    own = contest.candidate(contest.chosen)
    lines = []
    price = number(part(own, "cost"), "price_per_1000")
    currency = words(part(own, "cost"), "currency")
    models = rows(hosted, "models")
    if models and price is not None:
        cells = [approach(words(own, "name")), escape(money(price, currency)), NONE]
        lines.append(Row(cells, "chosen"))
    lines += [
        Row(
            [
                name(words(m, "name")),
                escape(money(number(m, "price_per_1000"), words(m, "currency"))),
                escape(
                    _ratio(number(m, "price_per_1000"), price, words(m, "currency") == currency)
                ),
            ]
        )
        for m in models
    ]
    columns = [Column("model", numeric=False), Column("price per 1,000 texts"), Column("compared")]
    tokens, dated = number(hosted, "tokens_per_1000"), words(hosted, "dated")
    told = [
        f"About {count(tokens)} tokens per 1,000 texts." if tokens is not None else "",
        f"Prices of {dated}." if dated else "",
        words(hosted, "note"),
    ]
    if not models:
        return NONE
    body = [
        table("Price of 1,000 texts", columns, lines),
        paragraph(" ".join(t for t in told if t)),
    ]
    return subsection("And a hosted language model?", join(body))


def _ratio(price: float | None, own: float | None, same: bool) -> str:
    return times(price / own) if price and own and same else ""
