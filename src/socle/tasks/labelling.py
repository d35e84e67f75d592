"""Labelling: a tag for every word, entities in BIO and its kin, or the columns of CoNLL-U."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.errors import RowsError
from socle.examples import Sentence
from socle.formats import Table
from socle.metrics.spans import scheme_of
from socle.tasks import Task, word_examples
from socle.words import treebanks
from socle.words.answering import WordAnswering, restored
from socle.words.columns import COLUMNS, classes_of, in_bio
from socle.words.cutting import learn_cutter, plain_cutter
from socle.words.sequences import fits, spelt

_NESTED = re.compile(r"[()*]|[|;].*-")


class LabellingKind:
    """The option: sentences whose words have a tag, or parts of speech."""

    name = "labelling"

    def recognises(self, table: Table) -> bool:
        """Tell whether rows are tagged sentences, or CoNLL-U without trees."""
        if {"tokens", "tags"} <= table.columns.keys():
            return True
        treebank = {"head", "upos"} <= table.columns.keys()
        return treebank and not treebanks.has_trees(table)

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return nothing to choose: the format says what each column is."""
        return Columns("form" if "form" in table.columns else "tokens", "", group)

    def examples(self, table: Table, columns: Columns) -> Dataset[Sentence]:
        """Turn rows into sentences; tags become BIO, from whatever scheme they are in.

        Raises:
            RowsError: the rows are no sentences, or their entities are nested.
        """
        if "tags" not in table.columns:
            return word_examples(table, treebanks.sentences(table))
        found = treebanks.tagged(table)
        for line, one in zip(table.lines, found, strict=True):
            _refuse_nested(table, line, [word.tag for word in one.words])
        tags = [[word.tag for word in one.words] for one in found]
        if _entities(table, found):
            try:
                scheme = scheme_of(tags)
            except ValueError as error:
                raise RowsError(
                    f"{table.path}: {error}.", "Write all entities in one scheme, such as BIO."
                ) from error
            found = [in_bio(one, scheme) for one in found]
        return word_examples(table, found)

    def learn(self, dataset: Dataset[Sentence]) -> Task:
        """Return the task with the classes of the data.

        Raises:
            RowsError: there is nothing to tell apart.
        """
        sentences = [one.target for one in dataset if one.target is not None]
        tagged = any(word.tag != "_" for one in sentences for word in one.words)
        classes = classes_of(sentences, ("tag",) if tagged else COLUMNS)
        first = next(iter(classes.values()), ())
        if len(first) < 2:
            raise RowsError(
                f"{dataset.name}: every word has the same tag, there is nothing to tell apart.",
                "Give sentences with at least two tags; the tag is the last column.",
            )
        if tagged and spelt(first):
            return _of_entities(sorted({tag[2:] for tag in first if tag != "O"}), self.name)
        cutter = plain_cutter() if tagged else learn_cutter(sentences)
        return WordAnswering(classes, (), None, cutter, self.name)

    def named(self, labels: tuple[str, ...]) -> Task:
        """Return the task with these types of entities, written in BIO."""
        return _of_entities(labels, self.name)

    def from_json(self, facts: Mapping[str, Any], tensors: Mapping[str, Any] | None = None) -> Task:
        """Return the task that was described."""
        return restored(facts, tensors or {})


def _of_entities(kinds: Sequence[str], name: str) -> WordAnswering:
    spelled = [f"{prefix}-{kind}" for kind in kinds for prefix in "BI"]
    return WordAnswering({"tag": ("O", *spelled)}, (), "bio", plain_cutter(), name)


def _entities(table: Table, sentences: Sequence[Sentence]) -> bool:
    """Tell whether tags spell entities.

    Raises:
        RowsError: most do, but some are of no scheme.
    """
    every = [word.tag for one in sentences for word in one.words]
    odd = [tag for tag in every if not fits(tag)]
    if not odd or 2 * len(odd) > len(every):
        return not odd and spelt(every)
    pairs = zip(table.lines, sentences, strict=True)
    line = next(n for n, one in pairs if any(not fits(word.tag) for word in one.words))
    raise RowsError(
        f"{table.path}, sentence at line {line}: the tag {odd[0]!r} is of no scheme of entities, "
        "but most other tags are.",
        "Write O for words outside entities, and a prefix and a label, such as B-PER, for others.",
    )


def _refuse_nested(table: Table, line: int, tags: Sequence[str]) -> None:
    for at, tag in enumerate(tags):
        if _NESTED.search(tag):
            raise RowsError(
                f"{table.path}, line {line + at}: the tag {tag!r} has brackets, or several "
                "entities at once: nested entities cannot be told by one tag a word.",
                "Keep the outermost entities, or make one file per kind, in BIO.",
            )


OPTION = LabellingKind()
