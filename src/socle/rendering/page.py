"""Put the page together: one HTML file that asks for nothing outside itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from socle.rendering.costs import costs
from socle.rendering.lessons import curve, forgetting, licences
from socle.rendering.markup import Markup, escape, join
from socle.rendering.method import method
from socle.rendering.mistakes import faults, mistakes
from socle.rendering.opening import answers, masthead, verdict
from socle.rendering.quality import sureness
from socle.rendering.reading import Contest, part, words
from socle.rendering.trust import trust

_STYLE = Path(__file__).with_name("style.css")
# Even if a text were to slip through unescaped, the browser would run and load nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(comparison: Mapping[str, Any], dated: str = "") -> str:
    """Return the report of a comparison as one HTML page.

    Args:
        comparison: what `socle compare --json` prints; a part that it lacks leaves no gap.
        dated: the day of the comparison, as it is to be read.
    """
    contest = Contest(comparison)
    sections = {
        "sure": sureness(contest),
        "cost": costs(contest),
        "labels": curve(contest),
        "forgotten": forgetting(contest),
        "licence": licences(contest),
        "trust": trust(contest),
        "mistakes": mistakes(contest),
        "faults": faults(contest),
        "method": method(contest),
    }
    present = {key for key, body in sections.items() if body}
    main = join([verdict(contest), answers(contest, present), *sections.values()])
    title = words(part(comparison, "data"), "name") or "Comparison"
    style = _STYLE.read_text(encoding="utf-8")
    return (
        "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        "<meta name='color-scheme' content='light dark'>\n"
        f"<title>{escape(title)} · Socle</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{masthead(contest, dated)}\n<main>\n{main}\n</main>\n{_foot()}\n</body>\n</html>\n"
    )


def _foot() -> Markup:
    return Markup(
        "<footer><p>Written by Socle on the machine that measured. This page loads nothing and "
        "runs no script.</p></footer>"
    )
