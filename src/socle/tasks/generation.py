"""Generation: a text is answered by another one, its translation or its summary."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle.bases.languages import looks_english
from socle.data.columns import Columns, folded, guess_columns
from socle.data.dataset import Dataset
from socle.data.reading import text_in
from socle.errors import RowsError, UsageError
from socle.examples import Example, Prediction, Read, References, Written
from socle.formats import Cell, Table
from socle.metrics import texts as metrics
from socle.metrics.labels import LabelScore
from socle.tasks import Family, Task

_REFERENCES = "references"
_PAIRS = (
    (("source", "src"), ("target", "tgt", _REFERENCES)),
    (
        ("source", "text", "texte", "document", "article", "dialogue", "abstract"),
        ("summary", "resume", "tldr", "highlights", "synopsis"),
    ),
    (("source", "text", "texte", "sentence", "phrase"), ("translation", "traduction")),
)
"""Names of columns that are read, and of those that are written; accents and case aside."""
_READ_NAMES = frozenset(name for read, _ in _PAIRS for name in read)
_LANGUAGE_NAMES = """
ar bg ca cs da de el en es et eu fa fi fr ga gl he hi hr hu it ja ko lt lv nl no pl pt ro ru sk sl
sq sr sv tr uk vi zh english french anglais francais
"""
"""Two columns named by these are a text and its translation. Not `id`, which numbers rows."""
_LANGUAGES = frozenset(_LANGUAGE_NAMES.split())
_REGION = re.compile(r"[-_][a-z]{2}$")
"""As in `fr-FR`."""
_OTHERS = frozenset(
    {"label", "labels", "etiquette", "etiquettes", "class", "classe", "category", "categorie"}
    | {"sentiment", "e1", "e2", "tokens", "tags", "head"}
)
"""Names of columns that other tasks learn from."""
_REPEATED = 0.5
"""Of labels fewer than this share are different."""
_LOOKED_AT = 1000
_SHORT = 0.5
"""Targets of less than this share of their sources' words are summaries."""
_SHOWN = 5
_TEXTS = 400
_CHARACTERS = 600
_WORDS = re.compile(r"[^\W\d_]+")
_FRENCH_WORDS = """
les des du une et pour pas qui dans sur ce cette ces au aux avec vous nous je est sont par mais où
leur être plus
"""
_FRENCH = frozenset(_FRENCH_WORDS.split())
_OTHER_WORDS = """
el los las del con como pero está muy gli dei della di che è sono os dos um uma não é na der das und
nicht ist ein eine ich mit den von zu auf für het een niet dat op i och att ja
"""
"""Spanish, Italian, Portuguese, German, Dutch, Swedish: none of them is a French word."""
_NOT_FRENCH = frozenset(_OTHER_WORDS.split())
_SURELY = 4
"""French words are this many times as frequent as those of its neighbours."""


@dataclass(frozen=True)
class Compared:
    """The part of the task that knows what is right, and how near to it a text is."""

    kind: Literal["translation", "summary"]
    source_language: str = ""
    """`en`, `fr`, or nothing where it is another one or could not be told."""
    target_language: str = ""

    @property
    def primary(self) -> str:
        """The metric by which candidates are compared: chrf, or rougeL for summaries."""
        return "rougeL" if self.kind == "summary" else "chrf"

    @property
    def stemmed(self) -> bool:
        """Whether ROUGE compares stems: of English summaries, as papers on them do."""
        return self.kind == "summary" and self.target_language == "en"

    def encode(self, examples: Sequence[Example[References]]) -> list[References]:
        """Return the references of each example."""
        return [example.target or References() for example in examples]

    def decide(self, probabilities: Sequence[Written]) -> list[str]:
        """Return the texts that were written."""
        return [one.text for one in probabilities]

    def statistics(self, gold: Sequence[References], decided: Sequence[str]) -> NDArray[np.float64]:
        """Return counts of what texts share with their references, additive, shape (n, k)."""
        return metrics.statistics(decided, gold, stemmed=self.stemmed)

    def values(self, sums: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        """Return metrics, shape (draws,), of summed statistics, shape (draws, k).

        bleu, chrf, rouge1, rouge2, rougeL and exact are shares in 0..1 (papers print them times
        100); length_ratio is 1 where texts are as long as their references.
        """
        return metrics.values(sums)

    def whole(self, statistics: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which texts are the same as a reference, of statistics by text, (n, k)."""
        return metrics.exact(statistics)

    def score(
        self, gold: Sequence[References], probabilities: Sequence[Written]
    ) -> tuple[dict[str, float], list[LabelScore]]:
        """Return the metrics of `values`, and no row: there are no labels."""
        table = self.statistics(gold, self.decide(probabilities))
        found = self.values(table.sum(axis=0, keepdims=True))
        return {name: float(value[0]) for name, value in found.items()}, []


@dataclass(frozen=True)
class Generation(Compared):
    """Texts to be written; scores and probabilities are lists of `Written`."""

    name: str = "generation"
    family: Family = "generated"
    labels: tuple[str, ...] = ()
    several: bool = False
    stretches: int = 0

    def inputs(self, examples: Sequence[Example[References]]) -> Sequence[Read]:
        """Return the texts to be read."""
        return [example.text for example in examples]

    def plain(self, inputs: Sequence[Read]) -> Sequence[str]:
        """Return the texts as they are."""
        return [str(text) for text in inputs]

    def read(self, texts: Sequence[str]) -> list[list[Read]]:
        """Return the texts: each is answered as a whole."""
        return [[text] for text in texts]

    def probabilities(self, scores: Sequence[Written]) -> list[Written]:
        """Return what was written as it is."""
        return list(scores)

    def decode(self, probabilities: Sequence[Written]) -> list[Prediction[Written]]:
        """Return a prediction for each text, as probable as its tokens are on the average."""
        return [Prediction(one, min(1.0, math.exp(one.log_probability))) for one in probabilities]

    def gathered(self, predictions: Sequence[Prediction[Written]]) -> Prediction[Written]:
        """Return the one prediction of a text."""
        return predictions[0]

    def answer(self, text: str, prediction: Prediction[Written | None]) -> dict[str, Any]:
        """Return `{"text", "output", "finish"}`.

        For a prediction without target both are None, and `"abstained": True` is added.
        """
        said = prediction.target
        if said is None:
            return {"text": text, "output": None, "finish": None, "abstained": True}
        return {"text": text, "output": said.text, "finish": said.finish}

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs."""
        languages = {"source": self.source_language, "target": self.target_language}
        return {"name": self.name, "kind": self.kind, "languages": languages}

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return nothing: nothing is learnt before a strategy learns."""
        return {}


class GenerationKind:
    """The option: rows of a text to be read and one to be written, or several that would do."""

    name = "generation"

    def recognises(self, table: Table) -> bool:
        """Tell whether two columns are named as a text and what is made of it, and hold texts."""
        names = {folded(name) for name in table.columns}
        found = _named(table)
        return (
            found is not None
            and names.isdisjoint(_OTHERS)
            and all(_holds_texts(table.columns[name]) for name in found)
        )

    def columns(
        self, table: Table, text: str | None, label: str | None, group: str | None
    ) -> Columns:
        """Return the column that is read as `text`, the one to be written as `label`.

        Those named by the user, else the obvious ones, else the first and the second of two. A
        table whose two columns are named the other way round is read the other way round.

        Raises:
            RowsError: they are unknown or unclear.
        """
        if any(name is not None and name not in table.columns for name in (text, label, group)):
            return guess_columns(table, text, label, group)  # which says what there is instead
        pair = _named(table)
        if pair and group in pair:
            pair = None
        if pair and (text == pair[1] or label == pair[0]):
            pair = pair[1], pair[0]
        source, target = pair or (None, None)
        read, written = text or source, label or target
        rest = [name for name in table.columns if name not in (read, written, group)]
        if len(rest) == (read is None) + (written is None):
            read, written = read or rest.pop(0), written or rest.pop()
        if read is None or written is None:
            raise RowsError(
                f"{table.path}: it is not clear which column is read and which is to be written. "
                f"Its columns: {', '.join(map(repr, table.columns))}.",
                "Name them, as in: --text-column source --label-column target",
            )
        return guess_columns(table, read, written, group)

    def examples(self, table: Table, columns: Columns) -> Dataset[References]:
        """Turn rows into examples; rows that lack one of their texts are left out.

        A list in the column to be written, or in one called `references`, gives several texts any
        of which is right; the first of the former is the one to learn.

        Raises:
            RowsError: no row has both texts.
        """
        nothing: Sequence[Cell] = [None] * len(table)
        # Read the other way round, references would be those of what is read.
        others = "" if folded(columns.label) in _READ_NAMES else _REFERENCES
        more = table.columns.get(others, nothing)
        groups = table.columns[columns.group] if columns.group else nothing
        sources, targets = table.columns[columns.text], table.columns[columns.label]
        found, empty = [], []
        rows = zip(table.lines, sources, targets, more, groups, strict=True)
        for line, source, target, others_, group in rows:
            text, right = text_in(source), _each(target, others_)
            if not text or not right:
                empty.append(line)
                continue
            origin = f"{table.path.name}:{line}"
            found.append(Example[References](text, right, origin, text_in(group) or None))
        if not found:
            raise RowsError(
                f"{table.path} has no row with both a text to read ({columns.text!r}) and one to "
                f"write ({columns.label!r}).",
                "Check the column names, or name them with --text-column and --label-column.",
            )
        return Dataset(tuple(found), table.path.name, (*table.notes, *_left_out(empty)))

    def learn(self, dataset: Dataset[References]) -> Task:
        """Return the task: translation or summary, and from which language into which.

        Texts of different languages are translations, and so are those of about the length of
        their source; shorter ones of the same language are summaries.

        Raises:
            RowsError: all targets are the same.
        """
        pairs = [(one.text, one.target[0]) for one in dataset if one.target]
        if len({target for _, target in pairs}) < 2:
            raise RowsError(
                f"{dataset.name} has the same text to write in every row: there is nothing to "
                "learn.",
                "Give rows with different targets, or name the right column with --label-column.",
            )
        source, target = (language_of(side) for side in zip(*pairs, strict=True))
        lengths = [len(b.split()) / max(1, len(a.split())) for a, b in pairs]
        differ = bool(source and target) and source != target
        short = float(np.median(lengths)) < _SHORT
        return Generation("translation" if differ or not short else "summary", source, target)

    def named(self, labels: tuple[str, ...]) -> Task:
        """Refuse: texts are written to be like those of examples.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "Texts that are written have no labels.",
            "Give a file of pairs, a text and its translation or summary, instead of --labels.",
        )

    def from_json(self, facts: Mapping[str, Any], tensors: Mapping[str, Any] | None = None) -> Task:
        """Return the task that `Generation.to_json` described."""
        languages = facts["languages"]
        return Generation(facts["kind"], languages["source"], languages["target"])


def language_of(texts: Sequence[str]) -> str:
    """Return `en` or `fr`, or nothing where texts are of another language or do not tell.

    Up to 400 of them are looked at, the same ones in whatever order they come.
    """
    some = sorted(set(texts))
    some = some[:: max(1, len(some) // _TEXTS)]
    if looks_english(some):
        return "en"
    counts = Counter(word for one in some for word in _WORDS.findall(one[:_CHARACTERS].lower()))
    french = sum(counts[word] for word in _FRENCH)
    return "fr" if french > _SURELY * sum(counts[word] for word in _NOT_FRENCH) else ""


def _named(table: Table) -> tuple[str, str] | None:
    """Return the two columns whose names say what they are, or None."""
    names = {folded(name): name for name in table.columns}
    for sources, targets in _PAIRS:
        read = [names[one] for one in sources if one in names]
        written = [names[one] for one in targets if one in names]
        if read and written:
            return read[0], written[0]
    spoken = [name for name in table.columns if _REGION.sub("", folded(name)) in _LANGUAGES]
    return (spoken[0], spoken[1]) if len(spoken) == 2 else None


def _holds_texts(cells: Sequence[Cell]) -> bool:
    """Tell whether cells hold texts rather than labels, which repeat, or numbers."""
    filled = [text for text in map(text_in, cells[:_LOOKED_AT]) if text]
    lettered = sum(any(map(str.isalpha, text)) for text in filled)
    return len(set(filled)) > _REPEATED * len(filled) and lettered > len(filled) / 2


def _each(*cells: Cell) -> References:
    """Return the texts in cells, in order, each once."""
    lists = (cell if isinstance(cell, tuple) else (cell or "",) for cell in cells)
    texts = (text.strip() for some in lists for text in some if text.strip())
    return References(dict.fromkeys(texts))


def _left_out(lines: Sequence[int]) -> tuple[str, ...]:
    if not lines:
        return ()
    shown = ", ".join(map(str, lines[:_SHOWN])) + (", ..." if len(lines) > _SHOWN else "")
    return (f"{len(lines)} rows that lack one of their two texts were left out (lines {shown})",)


OPTION = GenerationKind()
