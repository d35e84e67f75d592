"""Lines of invoices and receipts as values, each with how sure it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from socle.pages import Page, Word
from socle.pages.rows import around
from socle.ranking.bare_lines import bare_table
from socle.ranking.columns import closes, number_in, text_of
from socle.ranking.headings import key, lexicon
from socle.ranking.table_rows import TableRow, values
from socle.ranking.tables import Table, aligned_table, find_table
from socle.readings import Box, Line, Source, Value
from socle.values.amounts import amounts_in

_LEADING = 1.65
"""Lines of one text follow each other within this many heights of print."""
_MOST_CODES = 2
_FEW = 3
"""Columns that slips have headings for, at most."""
_NUMBERS = ("quantity", "unit_price", "tax_rate")


def lines(pages: Sequence[Page]) -> tuple[Line, ...]:
    """Return the lines of an invoice or a receipt, in their order; empty if none are found.

    Each has those of `description, product_code, quantity, unit, unit_price, amount, tax_rate`
    that are printed. Its confidence is how often such lines are right in all of description,
    quantity and amount, measured on layouts that were never seen (`lines.toml`).
    """
    return tuple(
        Line(found, _raw(row), _measured()[known], _source(page), page.number, (_box(row, page),))
        for row, found, known in _read(pages)
        for page in [pages[row.page]]
    )


def evidence(pages: Sequence[Page]) -> tuple[str, ...]:
    """Return what is known of each line that `lines` returns, by the names of `lines.toml`."""
    return tuple(known for _, _, known in _read(pages))


def _read(pages: Sequence[Page]) -> list[tuple[TableRow, dict[str, Value], str]]:
    """Return lines as they are printed, their values, and what is known of them."""
    table = _best(pages)
    if table is None:
        return []
    made = [(row, _values(row, table)) for row in table.rows]
    summed = _summed([found for _, found in made], pages, table)
    known = [_known(table, row, found, summed) for row, found in made]
    return [
        (row, found, f"{_source(pages[row.page])}-{name}")
        for (row, found), name in zip(made, known, strict=True)
        if found
    ]


def _best(pages: Sequence[Page]) -> Table | None:
    """Return the table of lines: by headings, else by what is aligned, else by amounts alone."""
    table = find_table(pages)
    priced = table is not None and bool({"quantity", "unit_price"} & set(table.kinds))
    if table is not None and priced and (table.closing() or len(table.kinds) > _FEW):
        return table
    aligned = aligned_table(pages) if table is None else None
    if aligned is not None:
        return aligned
    bare = bare_table(pages)
    if table is None or bare is None:
        return table or bare
    # Slips have headings for text and amount only, and quantities within the text.
    as_long = len(bare.rows) == len(table.rows) and not priced
    return bare if bare.closing() > 0 or as_long else table


def _values(row: TableRow, table: Table) -> dict[str, Value]:
    """Return the cells of a row by their canonical names."""
    found: dict[str, Value] = {}
    described, code = _described(row)
    if described:
        found["description"] = described
    code = text_of(row.cells.get("product_code", [])) or code
    if code:
        found["product_code"] = code
    numbers = _numbers(row, table)
    for name in (*_NUMBERS, "amount"):
        value = numbers.get(name)
        if value is not None:
            found[name] = value
    unit = text_of(row.cells.get("unit", [])) or _unit_in(row)
    if unit:
        found["unit"] = unit
    return found


def _numbers(row: TableRow, table: Table) -> dict[str, float | None]:
    """Return the numbers of a row; of several prices in its cell, that which makes the amount."""
    numbers = values(row, table.decimal)
    if closes(numbers) is not False:
        return numbers
    for texts in row.texts:
        for found in amounts_in(text_of(texts.get("unit_price", [])), table.decimal):
            tried = {**numbers, "unit_price": found.value}
            if closes(tried):
                return tried
    return numbers


def _unit_in(row: TableRow) -> str:
    """Return the unit that stands behind a quantity in its cell."""
    said = text_of(row.cells.get("quantity", []))
    found = re.fullmatch(r"[-\d.,'’\s]+\s+([^\W\d_][^\d]{0,14})", said)
    return found.group(1).strip() if found else ""


def _described(row: TableRow) -> tuple[str, str]:
    """Return the description, and a code that stands in a line of its own before or below it.

    The description ends where a line breaks although the next word would have fitted: what follows
    are details.
    """
    said = [texts["description"] for texts in row.texts if texts.get("description")]
    if not said:
        return "", ""
    code = ""
    above = [text_of(words) for words in said[: row.codes]]
    if above and len(said) > row.codes and all(_is_code(text) for text in above):
        code = text_of(said[0])
        said = said[row.codes :]
    kept: list[list[Word]] = []
    for words in said:
        labelled = _labelled_code(text_of(words))
        if labelled:
            code = code or labelled
            if kept:
                break
            continue
        if kept and not _wraps(kept[-1], words, row.room):
            break
        kept.append(words)
    if not kept:
        kept = said[:1]
    text = " ".join(text_of(words) for words in kept)
    bracketed = re.fullmatch(r"\[([^\[\]\s]{2,24})\]\s+(.+)", text)
    if bracketed and not code:
        return bracketed.group(2), bracketed.group(1)
    return text, code


def _is_code(text: str) -> bool:
    """Return whether a line may be a code, or two."""
    return len(text.split()) <= _MOST_CODES and any(char.isdigit() for char in text)


def _labelled_code(text: str) -> str:
    """Return the code of a text like `Art.-Nr. 12-B`, else an empty string."""
    words = text.replace(":", " ").split()
    if not 2 <= len(words) <= 4 or not any(char.isdigit() for char in words[-1]):
        return ""
    return words[-1] if key("".join(words[:-1])) in lexicon().codes else ""


def _wraps(line: list[Word], after: list[Word], room: float) -> bool:
    """Return whether a line of text goes on in the next one, by the width that was left."""
    high = line[-1].box[3] - line[-1].box[1]
    sizes = (line[0].size or high, after[0].size or high)
    if abs(sizes[0] - sizes[1]) > 0.08 * max(sizes):
        return False
    labelled = any(word.text.endswith(":") for word in after[:3]) and after[0].text[:1] != "("
    if labelled or after[0].box[1] - line[0].box[1] > _LEADING * high:
        return False
    if line[-1].text.endswith((",", "-", "&", "(", "/")) or after[0].text[:1].islower():
        return True
    wide = after[0].box[2] - after[0].box[0]
    return line[-1].box[2] + 0.25 * high + wide > room - 0.4 * high


def _summed(made: Sequence[dict[str, Value]], pages: Sequence[Page], table: Table) -> bool:
    """Return whether the amounts of all lines add up to one that is printed elsewhere."""
    amounts = [found["amount"] for found in made if isinstance(found.get("amount"), float)]
    if len(amounts) != len(made) or not amounts:
        return False
    total = sum(float(amount) for amount in amounts if isinstance(amount, float))
    text = [word.text for page in pages for word in page.words]
    printed = [a.value for a in amounts_in(" ".join(text), table.decimal) if a.decimals]
    hits = sum(abs(abs(value) - abs(total)) < 0.006 for value in printed)
    return hits > sum(abs(abs(float(str(a))) - abs(total)) < 0.006 for a in amounts)


def _known(table: Table, row: TableRow, found: dict[str, Value], summed: bool) -> str:
    """Return a name for what speaks for a line: headings, its arithmetic, the sum of all lines."""
    numbers = {name: value for name, value in found.items() if isinstance(value, float)}
    reduced = number_in(text_of(row.cells.get("reduction", [])), table.decimal)
    closed = closes({**numbers, "reduction": reduced})
    named = {True: "closes", False: "fails", None: "open"}[closed]
    place = "table" if table.kinds else "bare"
    return f"{place}-{named}-{'summed' if summed else 'unsummed'}"


@cache
def _measured() -> dict[str, float]:
    with Path(__file__).with_name("lines.toml").open("rb") as file:
        return {str(name): float(p) for name, p in tomllib.load(file)["right"].items()}


def _printed(row: TableRow) -> list[Word]:
    """Return the words of a line, each once."""
    words = [word for part in row.cells.values() for word in part]
    return words + [
        w for texts in row.texts for w in texts.get("description", []) if w not in words
    ]


def _raw(row: TableRow) -> str:
    return text_of(sorted(_printed(row), key=lambda word: (round(word.box[1]), word.box[0])))


def _box(row: TableRow, page: Page) -> Box:
    return page.fraction(around(word.box for word in _printed(row)))


def _source(page: Page) -> Source:
    return "ocr" if page.source == "ocr" else "text"
