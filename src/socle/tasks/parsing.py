"""Parsing: parts of speech, features, lemmas and a dependency tree for every sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.errors import RowsError, UsageError
from socle.examples import Sentence
from socle.formats import Table
from socle.tasks import Task, word_examples
from socle.words import treebanks
from socle.words.answering import WordAnswering, restored
from socle.words.columns import COLUMNS, classes_of
from socle.words.cutting import learn_cutter


class ParsingKind:
    """The option: CoNLL-U with trees."""

    name = "parsing"

    def recognises(self, table: Table) -> bool:
        """Tell whether rows are CoNLL-U sentences with heads."""
        return "deprel" in table.columns and treebanks.has_trees(table)

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return nothing to choose: the format says what each column is."""
        return Columns("form", "", group)

    def examples(self, table: Table, columns: Columns) -> Dataset[Sentence]:
        """Turn rows into sentences with trees.

        Raises:
            RowsError: the rows are not CoNLL-U, or a sentence has no tree.
        """
        if "head" not in table.columns:
            raise RowsError(
                f"{table.path} has no trees: parsing learns from CoNLL-U.",
                "Give a .conllu file with heads and relations.",
            )
        found = treebanks.sentences(table)
        for line, one in zip(table.lines, found, strict=True):
            if any(word.head is None for word in one.words):
                raise RowsError(
                    f"{table.path}, line {line}: a sentence has no tree.",
                    "Fill HEAD and DEPREL of every word, or adapt with --task labelling.",
                )
        return word_examples(table, found)

    def learn(self, dataset: Dataset[Sentence]) -> Task:
        """Return the task with the classes of the data.

        Raises:
            RowsError: there is no relation to tell apart.
        """
        sentences = [one.target for one in dataset if one.target is not None]
        relations = sorted({word.deprel for one in sentences for word in one.words})
        if len(relations) < 2:
            raise RowsError(
                f"{dataset.name} has fewer than two relations: there is nothing to tell apart.",
                "Give sentences with trees, in CoNLL-U.",
            )
        return WordAnswering(
            classes_of(sentences, COLUMNS),
            tuple(relations),
            None,
            learn_cutter(sentences),
            self.name,
        )

    def named(self, labels: tuple[str, ...]) -> Task:
        """Refuse: trees are learnt from a treebank.

        Raises:
            UsageError: always.
        """
        raise UsageError("Trees cannot be asked for by name.", "Give a treebank, in CoNLL-U.")

    def from_json(self, facts: Mapping[str, Any], tensors: Mapping[str, Any] | None = None) -> Task:
        """Return the task that was described."""
        return restored(facts, tensors or {})


OPTION = ParsingKind()
