"""What is wrong with pairs of a text and one to be written: translations, summaries.

As in `checking`, every finding names its rows, and its severity says whether a figure would still
mean something. How long a target should be is read off the other rows: in proportion to its source
where that foretells its length better, as in translations, else by itself, as in summaries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from socle.data.checking import (
    IN_TEST,
    IN_TRAINING,
    TokenCounter,
    about_duplicates,
    about_leaks,
)
from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.data.duplicates import groups_of_exact_duplicates, normalised
from socle.data.findings import Finding, Findings, many, origins, some, worst_first
from socle.data.reading import text_in
from socle.examples import Example, References
from socle.formats import Table

ODD = 2.5
"""A target this many times as long, or as short, as the others would have it is worth a look."""
_SPREADS = 4.0
"""And it lies this many standard deviations off the median of the logarithms, where these vary."""
_SIGMA = 1.4826
"""Standard deviation of a normal variable whose median absolute deviation is 1."""
_LETTERS = 10
"""Characters added to every length: among titles of three words a factor says little."""
_FEWEST = 10
_SHOWN = 40
Pairs = Dataset[References]


def with_incomplete(table: Table, columns: Columns, whole: Pairs) -> Pairs:
    """Return the rows of a table as examples, those that lack one of their texts included.

    Args:
        table: the rows.
        columns: those of the source (`text`) and of the target (`label`).
        whole: the examples that the task makes of the rows that lack nothing.
    """
    known = {example.origin: example for example in whole}
    rows = []
    for line, cell in zip(table.lines, table.columns[columns.text], strict=True):
        origin = f"{table.path.name}:{line}"
        bare = Example[References](text_in(cell), References(), origin)
        rows.append(known.get(origin, bare))
    return Dataset(tuple(rows), whole.name, table.notes)


def check_pairs(
    dataset: Pairs,
    test: Pairs | None = None,
    *,
    count_tokens: TokenCounter | None = None,
    limit: int | None = None,
) -> Findings:
    """Return what is wrong with pairs of texts, or worth knowing.

    Args:
        dataset: the pairs, those that lack a text included.
        test: pairs kept for the test, if they have a file of their own.
        count_tokens: texts -> how many tokens of the base each has, special ones left out.
        limit: how many of them the base reads at once; needed with `count_tokens`, 0 if unknown.
    """
    found = [
        *_about_one_target(dataset),
        *_about_pairs(dataset, IN_TRAINING),
        *(_about_pairs(test, IN_TEST) if test else ()),
        *(about_leaks(dataset, test, Counter()) if test else ()),
        *(_about_tokens(dataset, count_tokens, limit) if count_tokens and limit else ()),
    ]
    return Findings(len(dataset), len(test or ()), {}, worst_first(found))


def _about_one_target(dataset: Pairs) -> Iterable[Finding]:
    if len({example.target[0] for example in dataset if example.target}) < 2:
        yield Finding(
            "one-target",
            "error",
            f"{dataset.name} has the same text to write in every row.",
            (),
            "There must be at least two; is --label-column the right one?",
        )


def _about_pairs(dataset: Pairs, copies: str) -> Iterable[Finding]:
    name = dataset.name
    bare = [[i] for i, one in enumerate(dataset) if not normalised(one.text)]
    unanswered = [[i] for i, one in enumerate(dataset) if normalised(one.text) and not one.target]
    copied = [
        [i]
        for i, one in enumerate(dataset)
        if normalised(one.text) in map(normalised, one.target or ())
    ]
    for kind, rows, what, hint in (
        ("empty-text", bare, "without a source", "They are left out."),
        ("empty-target", unanswered, "without a target", "They are left out."),
        (
            "copied",
            copied,
            "whose target is the source itself (blanks and case apart)",
            "Right for names and code; if nobody wrote these targets yet, leave the rows out.",
        ),
    ):
        if rows:
            said = f"{many(len(rows), 'row')} of {name} {what}."
            yield Finding(kind, "warning", said, origins(dataset, rows), hint)
    yield from _about_answers(dataset)
    yield from about_duplicates(dataset, copies)
    yield from _about_lengths(dataset)


def _about_answers(dataset: Pairs) -> Iterable[Finding]:
    same = groups_of_exact_duplicates(dataset.texts)
    several = [g for g in same if len({dataset.examples[i].target or () for i in g} - {()}) > 1]
    if several:
        shown = [_short(dataset.texts[group[0]]) for group in several]
        yield Finding(
            "several-targets",
            "note",
            f"{many(len(several), 'source')} of {dataset.name} with different targets in different "
            f"rows: {some(shown)}.",
            origins(dataset, several),
            "If all are right, put them into one row, as a list: an answer is then compared with "
            "the nearest.",
        )


def _about_lengths(dataset: Pairs) -> Iterable[Finding]:
    whole = [(i, one.text, one.target[0]) for i, one in enumerate(dataset) if one.target]
    if len(whole) < _FEWEST:
        return
    rows = np.array([i for i, _, _ in whole])
    off, beside = _off([text for _, text, _ in whole], [target for _, _, target in whole])
    for kind, which, what in (
        ("long-target", off > 0, "longer"),
        ("short-target", off < 0, "shorter"),
    ):
        if which.any():
            found = rows[which][np.argsort(-np.abs(off[which]), kind="stable")]
            worst = dataset.examples[found[0]]
            yield Finding(
                kind,
                "warning",
                f"{many(len(found), 'target')} of {dataset.name} much {what} than the others"
                f"{beside}, the worst first: {_short(worst.text)} has "
                f"{_short((worst.target or ('',))[0])}.",
                origins(dataset, [[int(i)] for i in found]),
                "Look whether source and target belong together, and are whole.",
            )


def _off(sources: list[str], targets: list[str]) -> tuple[NDArray[np.float64], str]:
    """Return by how much targets are too long (above 0) or too short, (n,), and what was compared.

    Natural logarithms; 0 where nothing is odd.
    """
    of_sources, of_targets = (
        np.log([len(text) + _LETTERS for text in texts]) for texts in (sources, targets)
    )
    by_itself, in_proportion = (
        lengths - np.median(lengths) for lengths in (of_targets, of_targets - of_sources)
    )
    spreads = [_SIGMA * float(np.median(np.abs(d))) for d in (by_itself, in_proportion)]
    follows = spreads[1] <= spreads[0]
    differences, spread = (in_proportion if follows else by_itself), spreads[follows]
    odd = np.abs(differences) > max(float(np.log(ODD)), _SPREADS * spread)
    return np.where(odd, differences, 0.0), " beside their sources" if follows else ""


def _about_tokens(dataset: Pairs, count_tokens: TokenCounter, limit: int) -> Iterable[Finding]:
    targets = [(example.target or ("",))[0] for example in dataset]
    counts = np.asarray(count_tokens(dataset.texts)) + np.asarray(count_tokens(targets))
    long = np.flatnonzero(counts > limit)
    if len(long):
        yield Finding(
            "long-text",
            "note",
            f"{many(len(long), 'pair')} of {dataset.name} longer, source and target together, than "
            f"the {limit} tokens that the base reads at once (the longest has "
            f"{int(counts.max())}).",
            origins(dataset, [[int(i)] for i in long]),
            "Strategies that move weights do not learn from these; to answer such a text, it is "
            "read in parts.",
        )


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
