"""What is wrong with a data set, or worth knowing, before anything is trained on it.

Every finding names the rows it is about. An error means that nothing can be learnt, or that a
figure measured on this data would mean nothing; a warning, that rows should be looked at; a note,
that Socle takes care of it or that there is nothing to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.columns import LABEL_NAMES, TEXT_NAMES, Columns, folded
from socle.data.dataset import Dataset
from socle.data.duplicates import (
    groups_of_exact_duplicates,
    groups_of_near_duplicates,
    normalised,
)
from socle.data.findings import Finding, Findings, many, origins, some, worst_first
from socle.data.splitting import labels_of
from socle.examples import Example, Sentence

TokenCounter = Callable[[Sequence[str]], NDArray[np.integer]]

LEAK_IS_ERROR = 0.1
"""Share of the test rows that also stand in training from which a test means nothing."""
IMBALANCE = 10.0
"""The commonest label is at least this many times as frequent as the rarest (of two and more)."""

IN_TRAINING = "Socle never puts them on both sides of a split; drop copies that mean nothing."
IN_TEST = "Each of them counts in the test's figures; drop copies that mean nothing."


def check(
    dataset: Dataset[Any],
    test: Dataset[Any] | None = None,
    *,
    columns: Columns | None = None,
    count_tokens: TokenCounter | None = None,
    limit: int | None = None,
) -> Findings:
    """Return what is wrong with the data, or worth knowing.

    Args:
        dataset: the examples as given, those without text or label included.
        test: examples kept for the test, if they have a file of their own.
        columns: the columns that were read, to know a second header by its names.
        count_tokens: texts -> how many tokens of the base each has, special ones left out.
        limit: how many of them the base reads at once; needed with `count_tokens`, 0 if unknown.
    """
    headers = _headers(dataset, columns)
    left_out = {i for rows in headers for i in rows}
    counts = Counter(
        label
        for i, example in enumerate(dataset)
        if i not in left_out
        for label in labels_of(example.target)
        if label
    )
    found = [
        *_about_headers(dataset, headers),
        *_about_labels(dataset, counts, left_out),
        *_about_rows(dataset, IN_TRAINING),
        *(_about_rows(test, IN_TEST) if test else ()),
        *(about_leaks(dataset, test, counts) if test else ()),
        *(_about_length(dataset, count_tokens, limit) if count_tokens and limit else ()),
    ]
    return Findings(len(dataset), len(test or ()), dict(counts.most_common()), worst_first(found))


def check_words(dataset: Dataset[Sentence], test: Dataset[Sentence] | None = None) -> Findings:
    """Return the same for sentences whose words have labels, such as tags, entities or relations.

    Args:
        dataset: the sentences.
        test: sentences kept for the test, if they have a file of their own.
    """
    counts = Counter(label for example in dataset for label in _of_words(example.target))
    plain = _retold(dataset, lambda labels: tuple(sorted(set(labels))))
    found = [
        *_about_same_words(dataset),
        *_about_rare_words(plain, counts),
        *_about_sentences(dataset, IN_TRAINING),
        *(_about_sentences(test, IN_TEST) if test else ()),
    ]
    if test:
        kept = _retold(test, lambda labels: tuple(sorted(set(labels))))
        found += about_leaks(plain, kept, counts)
    return Findings(len(dataset), len(test or ()), dict(counts.most_common()), worst_first(found))


def _of_words(sentence: Sentence | None) -> list[str]:
    """Return what the words of a sentence are labelled: kinds of entities, arcs, or columns."""
    words = sentence.words if sentence else ()
    if any(word.tag != "_" for word in words):
        tags = (word.tag for word in words)
        return [tag[2:] if tag[1:2] == "-" else tag for tag in tags if tag != "O"]
    if any(word.head is not None for word in words):
        return [word.deprel for word in words]
    return [word.upos for word in words]


def _retold(
    dataset: Dataset[Sentence], told: Callable[[list[str]], tuple[str, ...] | None]
) -> Dataset[tuple[str, ...]]:
    """Return sentences as examples of the labels of their words."""
    rows = (
        Example(one.text, told(_of_words(one.target)), one.origin, one.group) for one in dataset
    )
    return Dataset(tuple(rows), dataset.name)


def _about_same_words(dataset: Dataset[Sentence]) -> Iterable[Finding]:
    words = (word for example in dataset if example.target for word in example.target.words)
    if len({(word.tag, word.upos, word.deprel) for word in words}) < 2:
        yield Finding(
            "one-label",
            "error",
            f"Every word of {dataset.name} has the same label.",
            (),
            "There must be at least two to tell apart; in CoNLL the last column is the tag.",
        )


def _about_rare_words(dataset: Dataset[Any], counts: Counter[str]) -> Iterable[Finding]:
    single = {label for label, count in counts.items() if count == 1}
    if single:
        yield Finding(
            "one-example",
            "warning",
            f"{many(len(single), 'label')} on a single word: {some(sorted(single))}.",
            origins(dataset, _with_label(dataset, single)),
            "It can be learnt from but not tested; is it a slip?",
        )


def _about_sentences(dataset: Dataset[Sentence], copies: str) -> Iterable[Finding]:
    same = groups_of_exact_duplicates(dataset.texts)
    said = [
        tuple((word.tag, word.upos, word.head, word.deprel) for word in example.target.words)
        if example.target
        else ()
        for example in dataset
    ]
    torn = [group for group in same if len({said[i] for i in group}) > 1]
    if torn:
        texts = [repr(dataset.texts[group[0]]) for group in torn]
        yield Finding(
            "conflict",
            "warning",
            f"{many(len(torn), 'sentence')} of {dataset.name} annotated in several ways: "
            f"{some(texts)}.",
            origins(dataset, torn),
            "Decide on one of them, unless the context decides.",
        )
    yield from about_duplicates(_retold(dataset, lambda labels: None), copies)


def _headers(dataset: Dataset[Any], columns: Columns | None) -> list[list[int]]:
    """Return the rows that are column names once more: a text and a label that are both names."""
    texts, labels = set(TEXT_NAMES), set(LABEL_NAMES)
    if columns is not None:
        texts.add(folded(columns.text))
        labels.add(folded(columns.label))
    return [
        [i]
        for i, example in enumerate(dataset)
        if folded(example.text) in texts
        and [folded(label) for label in labels_of(example.target) if folded(label) in labels]
    ]


def _about_headers(dataset: Dataset[Any], headers: list[list[int]]) -> Iterable[Finding]:
    if headers:
        first = dataset.examples[headers[0][0]]
        said = ", ".join((first.text, *labels_of(first.target)))
        yield Finding(
            "stray-header",
            "warning",
            f"{many(len(headers), 'row')} of {dataset.name} look like column names: {said!r}.",
            origins(dataset, headers),
            "Delete them: they would be learnt as a text with a label of its own.",
        )


def _about_labels(
    dataset: Dataset[Any], counts: Counter[str], left_out: set[int]
) -> Iterable[Finding]:
    if len(counts) < 2:
        yield Finding(
            "one-label",
            "error",
            f"{dataset.name} has {'only the label ' + repr(*counts) if counts else 'no label'}.",
            (),
            "There must be at least two to tell apart; is --label-column the right one?",
        )
    alike: dict[str, list[str]] = {}
    for label in counts:
        alike.setdefault(normalised(folded(label)), []).append(label)
    for names in alike.values():
        if len(names) > 1:
            rare = set(names) - {max(names, key=lambda name: counts[name])}
            yield Finding(
                "alike-labels",
                "warning",
                "Labels that differ only in case, accents or blanks: "
                + ", ".join(f"{name!r} ({counts[name]})" for name in names),
                origins(dataset, _with_label(dataset, rare)),
                "Write them the same way, unless they really mean different things.",
            )
    single = {label for label, count in counts.items() if count == 1}
    if single:
        rows = [rows for rows in _with_label(dataset, single) if rows[0] not in left_out]
        yield Finding(
            "one-example",
            "warning",
            f"{many(len(single), 'label')} with a single example: {some(sorted(single))}.",
            origins(dataset, rows),
            "It can be learnt from but not tested; add examples, or drop or merge the label.",
        )
    several = [(label, count) for label, count in counts.most_common() if count > 1]
    if len(several) > 1 and several[0][1] >= IMBALANCE * several[-1][1]:
        (most, its), (least, few) = several[0], several[-1]
        yield Finding(
            "imbalance",
            "note",
            f"{most!r} has {its} examples ({its / len(dataset):.0%} of the rows), {least!r} has "
            f"{few}.",
            (),
            "Look at macro_f1 rather than at accuracy, which the commonest label alone can lift.",
        )


def _about_rows(dataset: Dataset[Any], copies: str) -> Iterable[Finding]:
    name = dataset.name
    empty = [[i] for i, example in enumerate(dataset) if not normalised(example.text)]
    if empty:
        yield Finding(
            "empty-text",
            "warning",
            f"{many(len(empty), 'row')} of {name} without a text.",
            origins(dataset, empty),
            "They are left out.",
        )
    bare = [[i] for i, example in enumerate(dataset) if not any(labels_of(example.target))]
    several = any(not isinstance(example.target, str | None) for example in dataset)
    if bare:
        yield Finding(
            "empty-label",
            "note" if several else "warning",
            f"{many(len(bare), 'row')} of {name} without a label.",
            origins(dataset, bare),
            "They count as rows to which no label applies." if several else "They are left out.",
        )
    yield from about_duplicates(dataset, copies)


def about_duplicates(dataset: Dataset[Any], copies: str) -> Iterable[Finding]:
    """Yield texts that stand there more than once; `copies` says what that means for them."""
    same = groups_of_exact_duplicates(dataset.texts)
    targets = [labels_of(example.target) for example in dataset]
    torn = [group for group in same if len({targets[i] for i in group}) > 1]
    if torn:
        yield Finding(
            "conflict",
            "warning",
            f"{many(len(torn), 'text')} of {dataset.name} with different labels: "
            + some(
                [_said(dataset.texts[g[0]], sorted({*map(targets.__getitem__, g)})) for g in torn]
            ),
            origins(dataset, torn),
            "Decide on one label, or separate several labels of one row by a bar (a|b).",
        )
    if same:
        yield Finding(
            "duplicate",
            "note",
            f"{many(len(same), 'text')} of {dataset.name} more than once, in "
            f"{sum(map(len, same))} rows (blanks and case apart).",
            origins(dataset, same),
            copies,
        )
    repeated = {i for group in same for i in group[1:]}
    near = [
        group
        for group in groups_of_near_duplicates(dataset.texts)
        if sum(i not in repeated for i in group) > 1
    ]
    if near:
        yield Finding(
            "near-duplicate",
            "note",
            f"{many(len(near), 'group')} of nearly the same text in {dataset.name}, "
            f"{sum(map(len, near))} rows.",
            origins(dataset, near),
            copies,
        )


def about_leaks(
    dataset: Dataset[Any], test: Dataset[Any], counts: Counter[str]
) -> Iterable[Finding]:
    """Yield what of a test stands in training too, and its labels that training does not have."""
    both = Dataset((*dataset.examples, *test.examples))
    exact: list[list[int]] = _across(groups_of_exact_duplicates(both.texts), len(dataset))
    copied = {i for group in exact for i in group}
    near = _across(groups_of_near_duplicates(both.texts), len(dataset))
    near = [group for group in near if not copied.issuperset(i for i in group if i >= len(dataset))]
    for kind, words, groups in (
        ("leak", "also stand in the training data", exact),
        ("near-leak", "stand nearly the same in the training data", near),
    ):
        rows = sum(
            i >= len(dataset) and (kind == "leak" or i not in copied) for g in groups for i in g
        )
        if rows:
            share = rows / len(test)
            yield Finding(
                kind,
                "error" if share >= LEAK_IS_ERROR and kind == "leak" else "warning",
                f"{many(rows, 'row')} of {test.name} ({share:.1%}) {words}.",
                origins(both, groups),
                "Remove them from the training data: a model is tested on what it has not seen.",
            )
    unseen = {label for e in test for label in labels_of(e.target) if label} - set(counts)
    if unseen:
        yield Finding(
            "unseen-label",
            "warning",
            f"{many(len(unseen), 'label')} of {test.name} never seen in training: "
            f"{some(sorted(unseen))}.",
            origins(test, _with_label(test, unseen)),
            "Every such row counts as an error; add training examples, or remove the rows.",
        )


def _across(groups: list[list[int]], border: int) -> list[list[int]]:
    return [group for group in groups if group[0] < border <= group[-1]]


def _about_length(
    dataset: Dataset[Any], count_tokens: TokenCounter, limit: int
) -> Iterable[Finding]:
    counts = np.asarray(count_tokens(dataset.texts))
    long = np.flatnonzero(counts > limit)
    if len(long):
        windows = int(np.ceil(counts[long] / limit).sum())
        yield Finding(
            "long-text",
            "note",
            f"{many(len(long), 'text')} of {dataset.name} longer than the {limit} tokens that the "
            f"base reads at once (the longest has {int(counts.max())}): they take at least "
            f"{windows} windows.",
            origins(dataset, [[int(i)] for i in long]),
            "Nothing is cut: longer texts are read in several windows, which takes more time.",
        )


def _with_label(dataset: Dataset[Any], labels: set[str]) -> list[list[int]]:
    return [[i] for i, e in enumerate(dataset) if not labels.isdisjoint(labels_of(e.target))]


def _said(text: str, targets: Sequence[tuple[str, ...]]) -> str:
    short = text if len(text) <= 40 else text[:37] + "..."
    return f"{short!r} ({' / '.join('|'.join(target) or 'none' for target in targets)})"
