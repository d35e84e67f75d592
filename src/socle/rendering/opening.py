"""The top of the page: whose data, the verdict, what it cannot say, and six short answers."""

from __future__ import annotations

from collections.abc import Mapping

from socle.rendering.markup import Markup, escape, join, name, paragraph, sentence, wrapped
from socle.rendering.numbers import (
    HARD,
    amount,
    count,
    listed,
    p_value,
    score,
    seconds,
    span,
    times,
)
from socle.rendering.reading import Contest, Part, items, number, pair, part, rows, tone_of, words

LEVEL = 0.05
"""A p-value below it is called more than chance."""
FEW = 30
"""Test rows below which the page says what cannot be concluded."""
QUESTIONS: Mapping[str, str] = {
    "sure": "How sure are we?",
    "cost": "What does it cost?",
    "labels": "Would more labels help?",
    "forgotten": "What did the base forget?",
    "licence": "May I use it?",
}
_KINDS = {
    "clear": "A clear answer",
    "tie": "A tie, settled by cost",
    "nothing_learnt": "Nothing was learnt",
    "too_few": "Too few rows to tell",
}


def masthead(contest: Contest, dated: str) -> Markup:
    """Return the title with the data's name, and what was compared on how many rows."""
    data = part(contest.json, "data")
    facts = [
        _counted(number(data, "n_train"), "training rows"),
        _counted(number(data, "n_test"), "test rows"),
        _counted(float(len(items(data, "labels"))) or None, "labels"),
        _counted(float(len(contest.measured)) or None, "approaches measured"),
        dated,
    ]
    told = f"{HARD}· ".join(fact.replace(" ", HARD) for fact in facts if fact)
    title = name(words(data, "name") or "Comparison")
    return Markup(
        "<header>\n<p class='kicker'>Socle · which approach for these texts?</p>\n"
        f"<h1>{title}</h1>\n{paragraph(told, 'facts')}\n</header>"
    )


def verdict(contest: Contest) -> Markup:
    """Return the sentence that answers the question, the leaders' figures and the caveats."""
    found = part(contest.json, "verdict")
    text = words(found, "text")
    if not text and not contest.measured:
        return Markup("")
    kind = words(found, "kind")
    body = [
        paragraph(_KINDS.get(kind, ""), "kind"),
        wrapped("p", sentence(text), "verdict"),
        _leaders(contest),
        _caveats(contest),
    ]
    return Markup(
        "<section id='verdict' aria-labelledby='verdict-h' class='opening'>\n"
        f"<h2 id='verdict-h' class='quiet'>Which approach?</h2>\n{join(body)}\n</section>"
    )


def _counted(value: float | None, what: str) -> str:
    return f"{count(value)} {what}" if value is not None else ""


def _leaders(contest: Contest) -> Markup:
    blocks = []
    for candidate in contest.leaders:
        title = words(candidate, "name")
        both = contest.chosen == contest.winner
        role = "Cheapest, and none better" if both else "Cheapest equivalent"
        role = role if title == contest.chosen else "Best measured"
        cost = number(part(candidate, "cost"), "cpu_seconds_per_1000")
        told = f"{contest.metric_title} ({span(pair(candidate.get('interval')))})"
        second = (
            f"<p class='big'>{escape(amount(cost))}</p><p>CPU-seconds per 1,000 texts</p>"
            if cost is not None
            else ""
        )
        blocks.append(
            f"<div class='leader {tone_of(contest, title)}'><p class='role'>{escape(role)}</p>"
            f"<p class='who'>{name(title)}</p><div class='pair'><div><p class='big'>"
            f"{escape(score(contest.quality(candidate)))}</p><p>{escape(told)}</p></div>"
            f"<div>{second}</div></div></div>"
        )
    return wrapped("div", Markup("\n".join(blocks)), "leaders")


def _caveats(contest: Contest) -> Markup:
    n = number(part(contest.json, "data"), "n_test")
    found = part(contest.json, "detectable")
    said = words(found, "text")
    if not said and number(found, "difference") is not None:
        said = f"This test detects differences of {score(number(found, 'difference'))} or more."
    lines = [said]
    if n is not None and n < FEW:
        sure = ", or about how well probabilities are calibrated"
        calibrated = any(part(c, "calibration") for c in contest.measured)
        lines.append(
            f"With {count(n)} test rows, fewer than {FEW}, nothing can be concluded about which "
            f"approach is better{', ' if calibrated else ' or '}about single labels"
            f"{sure if calibrated else ''}. Read the figures as a first look, and label more rows "
            "before choosing."
        )
    body = join(paragraph(line) for line in lines if line)
    return wrapped("div", body, "caveat")


def answers(contest: Contest, present: set[str]) -> Markup:
    """Return a line for each question that a section of the page answers.

    Args:
        contest: the comparison.
        present: the keys of the sections that are on the page.
    """
    told = {
        "sure": _sure(contest),
        "cost": _cost(contest),
        "labels": _labels(contest),
        "forgotten": _forgotten(contest),
        "licence": _licence(contest),
    }
    lines = [
        f"<div><dt><a href='#{key}'>{escape(QUESTIONS[key])}</a></dt>"
        f"<dd>{sentence(text or 'See below.')}</dd></div>"
        for key, text in told.items()
        if key in present
    ]
    body = Markup("\n".join(lines))
    inside = wrapped("dl", body)
    return Markup(f"<nav aria-label='In short'>\n{inside}\n</nav>") if lines else body


def _sure(contest: Contest) -> str:
    best, chosen = contest.winner, contest.chosen
    n = number(part(contest.json, "data"), "n_test")
    if n is not None and n < FEW:
        return f"Not at all: {count(n)} test rows are too few to tell approaches apart."
    if best and best != chosen:
        between = _pair(contest, best, chosen)
        text = f"{contest.label(best)} is ahead of {contest.label(chosen)}"
        return _difference(text, between) if between else ""
    others = [p for p in rows(contest.json, "pairs") if best in (p.get("a"), p.get("b"))]
    told = [(number(p, "p_adjusted"), p) for p in others]
    sure = [p for value, p in told if value is not None and value < LEVEL]
    if not told:
        return ""
    return f"Better than {len(sure)} of {len(told)} others beyond chance (adjusted p below 0.05)."


def _pair(contest: Contest, a: str, b: str) -> Part:
    pairs = rows(contest.json, "pairs")
    return next((p for p in pairs if {words(p, "a"), words(p, "b")} == {a, b}), {})


def _difference(text: str, between: Part) -> str:
    value = number(between, "difference")
    p = number(between, "p_adjusted")
    if value is None:
        return ""
    lead = f"{text} by {score(abs(value))}"
    if p is None:
        return f"{lead}."
    told = "chance may explain that" if p >= LEVEL else "beyond chance"
    return f"{lead}; {told} (adjusted p {p_value(p)})."


def _cost(contest: Contest) -> str:
    def of(title: str) -> float | None:
        return number(part(contest.candidate(title), "cost"), "cpu_seconds_per_1000")

    chosen, best = of(contest.chosen), of(contest.winner)
    if chosen is None:
        return ""
    told = f"{amount(chosen)} CPU-seconds per 1,000 texts with {contest.label(contest.chosen)}"
    if best and chosen and contest.winner != contest.chosen and best / chosen >= 1.1:
        told += f"; {contest.label(contest.winner)} takes {times(best / chosen)} as much"
    return told + "."


def _labels(contest: Contest) -> str:
    curves = rows(part(contest.json, "curve"), "candidates")
    own = next((c for c in curves if words(c, "name") == contest.chosen), {})
    return words(own, "text") or words(part(contest.json, "curve"), "text")


def _forgotten(contest: Contest) -> str:
    told = [part(c, "forgetting") for c in [*contest.leaders, *contest.measured]]
    return next((words(f, "text") for f in told if words(f, "text")), "")


def _licence(contest: Contest) -> str:
    found = part(contest.candidate(contest.chosen), "licence")
    said = {"yes": "Yes, commercially too", "no": "Not commercially", "unknown": "Not known"}
    answer = said.get(words(found, "commercial"), "")
    under = words(found, "licence")
    return ": ".join(word for word in (answer, under) if word) + "." if answer or under else ""


def settings(contest: Contest) -> str:
    """Return how much was spent on the comparison: effort, seeds and time."""
    seeds = [words({"s": s}, "s") for s in items(contest.json, "seeds")]
    told = [
        f"effort {words(contest.json, 'effort')}" if words(contest.json, "effort") else "",
        f"seeds {listed(seeds)}" if seeds else "",
        f"{seconds(number(contest.json, 'seconds'))} in all" if contest.json.get("seconds") else "",
    ]
    return ", ".join(text for text in told if text)
