"""Numbers as they stand on the page. None is a dash everywhere."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
HARD = "\N{NO-BREAK SPACE}"


def score(value: float | None) -> str:
    """Return a metric or a probability with three decimals: `0.912`."""
    return NOTHING if value is None else f"{value:.3f}".replace("-", MINUS)


def signed(value: float | None) -> str:
    """Return a difference with its sign: `+0.012`, `−0.003`, `0.000`."""
    if value is None:
        return NOTHING
    text = f"{value:+.3f}"
    return "0.000" if text in ("+0.000", "-0.000") else text.replace("-", MINUS)


def span(ends: tuple[float, float] | None, sign: bool = False) -> str:
    """Return an interval: `0.894 to 0.929`."""
    if ends is None:
        return NOTHING
    write = signed if sign else score
    return f"{write(ends[0])}{HARD}to{HARD}{write(ends[1])}"


def p_value(value: float | None) -> str:
    """Return a p-value: `0.012`, `< 0.001`."""
    if value is None:
        return NOTHING
    return f"<{NARROW}0.001" if value < 0.001 else f"{value:.3f}"


def amount(value: float | None) -> str:
    """Return a quantity with three significant digits: `0.0123`, `12.3`, `1,234`."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 100:
        text = f"{value:,.0f}"
    elif size >= 10:
        text = f"{value:.1f}"
    elif size >= 1:
        text = f"{value:.2f}"
    else:
        text = f"{value:.3g}" if size >= 1e-4 or not size else f"<{NARROW}0.0001"
    return text.replace("-", MINUS)


def count(value: float | None) -> str:
    """Return a whole number with its thousands apart: `1,000`."""
    return NOTHING if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a share as a percentage: `63 %`, `0.4 %`."""
    if value is None:
        return NOTHING
    percent = 100 * value
    whole = percent >= 10 or percent == 0
    return f"{percent:.0f}{NARROW}%" if whole else f"{percent:.1f}{NARROW}%"


def megabytes(value: float | None) -> str:
    """Return a size given in megabytes: `22.7 MB`, `1.20 GB`."""
    if value is None:
        return NOTHING
    if value >= 1000:
        return f"{amount(value / 1000)}{HARD}GB"
    return f"{amount(value)}{HARD}MB" if value >= 0.01 or not value else f"<{NARROW}0.01{HARD}MB"


def seconds(value: float | None) -> str:
    """Return a time: `0.42 s`, `6 min 52 s`, `2 h 05 min`."""
    if value is None:
        return NOTHING
    if value < 100:
        return f"{amount(value)}{HARD}s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes}{HARD}min{HARD}{rest:02d}{HARD}s"
    return f"{minutes // 60}{HARD}h{HARD}{minutes % 60:02d}{HARD}min"


def money(value: float | None, currency: str) -> str:
    """Return a price: `0.012 EUR`."""
    if value is None:
        return NOTHING
    text = f"<{NARROW}0.001" if 0 < value < 0.001 else amount(value)
    return f"{text}{HARD}{currency}".rstrip()


def times(value: float) -> str:
    """Return a ratio in words: `2.1 times`, `37 times`."""
    return f"{value:,.0f} times" if value >= 9.5 else f"{value:.1f} times"


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration: `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
