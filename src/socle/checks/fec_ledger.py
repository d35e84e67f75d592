"""Rules that hold between lines of accounting entries: balances, numbers, dates, order.

What is kept grows with the number of journals, accounts and breaches, not with the lines: a
balanced entry is forgotten, and continuous numbers are one interval.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta

from socle.checks.fec_lines import UNIT, Entry
from socle.checks.fec_report import Report, facts
from socle.values.folding import unaccented

_NUMBER = re.compile(r"(.*?)(\d{1,18})(\D*)\Z", re.ASCII)
_MOST_GAPS = 200


class Intervals:
    """A set of whole numbers, kept as the runs that it has; each run knows where it began."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.lines: list[int] = []
        self.count = 0

    def add(self, number: int, line: int) -> bool:
        """Add a number that was met on a line; return whether it is new."""
        i = bisect_right(self.starts, number) - 1
        if i >= 0 and number <= self.ends[i]:
            return False
        self.count += 1
        after = i + 1 < len(self.starts) and self.starts[i + 1] == number + 1
        if i >= 0 and self.ends[i] == number - 1:
            self.ends[i] = self.ends[i + 1] if after else number
            if after:
                del self.starts[i + 1], self.ends[i + 1], self.lines[i + 1]
        elif after:
            self.starts[i + 1] = number
            self.lines[i + 1] = line
        else:
            self.starts.insert(i + 1, number)
            self.ends.insert(i + 1, number)
            self.lines.insert(i + 1, line)
        return True

    def gaps(self) -> list[tuple[int, int, int]]:
        """Return first and last number of each hole, and the line of the number behind it."""
        pairs = zip(self.ends, self.starts[1:], self.lines[1:], strict=False)
        return [(end + 1, start - 1, line) for end, start, line in pairs]


class Ledger:
    """What the lines of a file add up to."""

    def __init__(self, report: Report, year_end: date | None) -> None:
        self.report = report
        self.year_end = year_end
        self.lines = self.debit = self.credit = 0
        self.result = 0
        self.opening = False
        self.journals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._open: dict[tuple[str, str], list[int]] = {}
        self._numbers: dict[tuple[str, str], Intervals] = defaultdict(Intervals)
        self._whole: dict[str, Intervals] = defaultdict(Intervals)
        self._words: set[tuple[str, str]] = set()
        self._last: dict[tuple[str, str], int] = {}
        self._before: tuple[str, str] | None = None
        self._opened: dict[tuple[str, str], bool] = {}
        self._ordinary = False
        self._validated = ""
        self._months: dict[str, int] = defaultdict(int)
        end = year_end or date.max
        start = date(end.year - 1, end.month, min(end.day, 28)) if year_end else date.min
        self._end = f"{end:%Y%m%d}"
        # The day after the same end of the year before; a month's last day may be another number.
        self._start = f"{_next_month(start) if end.day >= 28 else start + timedelta(1):%Y%m%d}"

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return sum(runs.count for runs in self._numbers.values()) + len(self._words)

    def take(self, entry: Entry) -> None:
        """Add one line."""
        self.lines += 1
        self.debit += entry.debit
        self.credit += entry.credit
        balance = self.journals[entry.journal]
        balance[0] += entry.debit
        balance[1] += entry.credit
        if entry.account[:1] in ("6", "7"):
            self.result += entry.credit - entry.debit
        key = (entry.journal, entry.number)
        self._balance(key, entry)
        if key != self._before:
            self._before = key
            self._number(entry)
        self._dates(entry)

    def finish(self, cash: bool) -> None:
        """Judge what only the whole file tells.

        Args:
            cash: accounts of receipts and payments, which need not balance.
        """
        if cash:
            for rule in ("entry_balance", "journal_balance", "file_balance"):
                self.report.aside[rule] = "Cash accounts need not balance."
        else:
            self._balances()
        self._gaps()
        self._early()
        if not self.year_end:
            self.report.aside["entry_date"] = "The file name does not tell the end of the year."

    def _balance(self, key: tuple[str, str], entry: Entry) -> None:
        known = self._open.get(key)
        net = entry.debit - entry.credit
        if known is None:
            if net:
                self._open[key] = [net, entry.line]
            return
        known[0] += net
        if not known[0]:
            del self._open[key]

    def _number(self, entry: Entry) -> None:
        journal = entry.journal
        opening = self._is_opening(entry)
        self.opening = self.opening or opening
        if opening and self._ordinary:
            message = f"journal {journal} stands behind entries of the year"
            self.report.add("opening_first", message, entry.line, "JournalCode", journal)
        self._ordinary = self._ordinary or not opening
        found = _NUMBER.match(entry.number)
        if not found:
            self._words.add((journal, entry.number))
            return
        family, number = f"{found[1]}\0{found[3]}", int(found[2])
        self._numbers[journal, family].add(number, entry.line)
        self._whole[family].add(number, entry.line)
        last = self._last.get((journal, family))
        if last is not None and number < last:
            message = f"{entry.number} stands behind {last} in journal {journal}"
            self.report.add("number_order", message, entry.line, "EcritureNum", entry.number)
        else:
            self._last[journal, family] = number

    def _is_opening(self, entry: Entry) -> bool:
        key = (entry.journal, entry.journal_name)
        if key not in self._opened:
            known = facts()["opening"]
            words = set(re.findall("[a-z]+", _plain(entry.journal_name)))
            code = entry.journal.upper().strip()
            self._opened[key] = code in known["codes"] or bool(words & set(known["words"]))
        return self._opened[key]

    def _dates(self, entry: Entry) -> None:
        day, validated = entry.day, entry.validated
        if day:
            self._months[day[:6]] += 1
            if day > self._end:
                message = f"{day} is after the end of the year, {self._end}"
                self.report.add("entry_date", message, entry.line, "EcritureDate", day)
            elif day < self._start:
                message = f"{day} is before the year that begins on {self._start}"
                self.report.add("entry_date", message, entry.line, "EcritureDate", day)
            if validated and validated < day:
                message = f"validated on {validated}, dated {day}"
                self.report.add("valid_date", message, entry.line, "ValidDate", validated)
        if validated:
            if validated < self._validated:
                message = f"{validated} stands behind {self._validated}"
                self.report.add("validation_order", message, entry.line, "ValidDate", validated)
            else:
                self._validated = validated

    def _balances(self) -> None:
        for (journal, number), (net, line) in self._open.items():
            message = f"entry {number} of journal {journal}: debit - credit = {money(net)}"
            self.report.add("entry_balance", message, line, "EcritureNum", number)
        for journal, (debit, credit) in self.journals.items():
            if debit != credit:
                said = f"journal {journal}: debit {money(debit)}, credit {money(credit)}"
                self.report.add("journal_balance", said, None, "JournalCode", journal)
        if self.debit != self.credit:
            said = f"debit {money(self.debit)}, credit {money(self.credit)}"
            self.report.add("file_balance", said)

    def _gaps(self) -> None:
        """Numbers may run through the file or through each journal: the kinder one is taken."""
        own = [(f"journal {j}", r) for (j, _), r in self._numbers.items() if len(r.starts) > 1]
        whole = [("the file", runs) for runs in self._whole.values() if len(runs.starts) > 1]
        kinder = min(own, whole, key=lambda sets: sum(len(r.starts) - 1 for _, r in sets))
        for name, runs in kinder:
            for first, last, line in runs.gaps()[:_MOST_GAPS]:
                said = f"{first}" if first == last else f"{first} to {last}"
                self.report.add(
                    "number_gap", f"{said} missing in {name}", line, "EcritureNum", said
                )
        if self._words and not self._numbers:
            self.report.aside["number_gap"] = "Entry numbers hold no digits."

    def _early(self) -> None:
        """A first year may last up to 24 months: then each month has entries, and none opens it."""
        if not self._months or self.opening or not self.year_end or min(self._months) > self._end:
            return
        early = sorted(month for month in self._months if month < self._start[:6])
        inside = [n for m, n in self._months.items() if self._start[:6] <= m <= self._end[:6]]
        if not early or not inside or _months_between(early[0], self._end[:6]) > 24:
            return
        usual = sum(inside) / 12
        whole = len(early) == _months_between(early[0], self._start[:6]) - 1
        late = any(month > self._end[:6] for month in self._months)
        if whole and not late and sum(self._months[m] for m in early) / len(early) > usual / 2:
            self.report.drop("entry_date")
            said = f"Taken for a first year of more than 12 months, from {early[0]}."
            self.report.details["entry_date"] = said


def money(value: int) -> str:
    """Return an amount in `UNIT`s as people write it, without rounding."""
    text = f"{abs(value) / UNIT:,.6f}".rstrip("0")
    whole, _, parts = text.partition(".")
    return f"{'-' if value < 0 else ''}{whole}.{parts.ljust(2, '0')}"


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _months_between(first: str, last: str) -> int:
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[4:]) - int(first[4:]) + 1


def _plain(text: str) -> str:
    return unaccented(text.lower(), "NFD")
