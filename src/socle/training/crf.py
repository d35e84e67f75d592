"""The classical rival for tasks of words: a CRF for the first column, and counts for the others.

Features are the usual ones of the word, its neighbours and their shapes. The other columns follow
from word and first column, by what was seen most often; trees come from linear weights.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite  # type: ignore[import-untyped]
from numpy.typing import NDArray

from socle.errors import ModelError, RowsError
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.examples import Sentence
from socle.heads.words import in_parts, spanning_tree
from socle.tasks import WordTask
from socle.training.linear_trees import EPOCHS, LinearTrees, Tree, fit_trees, tagged
from socle.words.columns import Scored

_JOB = "Classical rival"
_WORK = 180_000_000
"""Iterations times words times labels, and a share of the pairs of labels: a minute of one core."""
_PAIRS = 30
"""Pairs of labels that cost as much as the features of a word under one label."""
_FEWEST, _MOST = 25, 100
"""Iterations."""
_FIT = {"c1": 0.1, "c2": 0.1, "feature.possible_transitions": True}
_TINY = 1e-6
_SURE = 0.95
"""Probability of what counts say."""
_ENDING = 6
"""Letters of the longest ending that stands for words not seen."""
_STEP = 50
"""Sentences between two reports."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def fit_words(
    task: WordTask, sentences: Sequence[Sentence], seed: int, listen: Listener = silent
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Learn a task from sentences; return the arrays and the JSON values that `WordRival` needs.

    `listen` hears of the iterations of the CRF and, with trees, of the rounds through them.

    Raises:
        RowsError: no word has a known class.
    """
    began = time.perf_counter()
    targets = [task.targets(one) for one in sentences]
    forms = [[word.form for word in one.words] for one in sentences]
    first = next(iter(task.classes), None)
    most = 0 if first is None else _iterations(targets, first, len(task.classes[first]))
    listen(Started(_JOB, most + (EPOCHS if task.relations else 0)))
    tensors: dict[str, NDArray[Any]] = {}
    lexicons: dict[str, Any] = {}
    tags = [np.zeros(len(own), dtype=np.int64) for own in forms]
    if first is not None:
        tags = [one[first] for one in targets]
        model = _fit_crf(forms, tags, most, listen)
        tensors["crf"] = np.frombuffer(model, dtype=np.uint8)
        others = (name for name in task.classes if name != first)
        lexicons = {name: _counted(forms, targets, first, name) for name in others}
    if task.relations:
        seen = [tagged(own, np.maximum(one, 0)) for own, one in zip(forms, tags, strict=True)]
        trees = [Tree(one["head"], one["deprel"]) for one in targets]

        def step(done: int) -> None:
            listen(Stepped(_JOB, most + done, "trees"))

        tensors |= fit_trees(seen, trees, len(task.relations), seed, step).tensors()
    listen(Finished(_JOB, time.perf_counter() - began))
    return tensors, {"lexicons": lexicons}


def _iterations(targets: Sequence[Mapping[str, Ints]], first: str, n_classes: int) -> int:
    words = sum(int((one[first] >= 0).sum()) for one in targets)
    if not words:
        raise RowsError("There is no word to learn from.", f"Give words with the column {first!r}.")
    cost = words * n_classes * (1 + n_classes / _PAIRS)
    return int(np.clip(_WORK // cost, _FEWEST, _MOST))


class WordRival:
    """A fitted rival."""

    def __init__(
        self, tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, Any], task: WordTask
    ) -> None:
        """Take what `fit_words` returned.

        Raises:
            ModelError: the arrays do not hold a CRF.
        """
        self._task, self._facts = task, facts["lexicons"]
        self._first = next(iter(task.classes), None)
        # The tagger reads these bytes in place: they must live as long as it does.
        self._model = np.asarray(tensors.get("crf", ()), dtype=np.uint8).tobytes()
        self._tagger = pycrfsuite.Tagger()
        if self._first is not None:
            try:
                self._tagger.open_inmemory(self._model)
            except ValueError as error:
                raise ModelError(
                    f"The CRF of this model cannot be read: {error}.", "Train the model again."
                ) from error
        self._trees = LinearTrees.restore(tensors) if task.relations else None

    def scores(self, sentences: Sequence[Sentence], listen: Listener = silent) -> list[Scored]:
        """Return log-probabilities for the words of each sentence, and its best tree."""
        began = time.perf_counter()
        job = "Answering by counts"
        listen(Started(job, len(sentences)))
        found = []
        for i, sentence in enumerate(sentences, start=1):
            found.append(Scored(sentence, self._tables(sentence)))
            if i % _STEP == 0:
                listen(Stepped(job, i))
        listen(Finished(job, time.perf_counter() - began))
        return found

    def _tables(self, sentence: Sentence) -> dict[str, Floats]:
        forms = [word.form for word in sentence.words]
        chosen = np.zeros(len(forms), dtype=np.int64)
        tables: dict[str, Floats] = {}
        for name, classes in self._task.classes.items():
            if name == self._first:
                tables[name] = self._marginals(forms, len(classes))
                chosen = tables[name].argmax(axis=1) if forms else chosen
                continue
            told = [
                _looked_up(self._facts[name], form, number)
                for form, number in zip(forms, chosen.tolist(), strict=True)
            ]
            tables[name] = _nearly_sure(told, len(classes))
        if self._trees is not None:
            trees = self._trees

            def parse(rows: slice) -> dict[str, Floats]:
                return _tree(trees, forms[rows], chosen[rows])

            tables |= in_parts(len(forms), parse)
        return tables

    def _marginals(self, forms: Sequence[str], n_classes: int) -> Floats:
        """Return log-probabilities of the first column, (words, classes)."""
        table = np.full((len(forms), n_classes), _TINY)
        if forms:
            self._tagger.set(list(_features(forms)))
            for label in self._tagger.labels():
                told = [self._tagger.marginal(label, at) for at in range(len(forms))]
                table[:, int(label)] = told
        table = np.maximum(table, _TINY)
        return np.asarray(np.log(table / table.sum(axis=1, keepdims=True)), dtype=np.float32)


def _tree(trees: LinearTrees, forms: Sequence[str], tags: Ints) -> dict[str, Floats]:
    given = tagged(forms, tags)
    arcs = trees.head_scores(given)
    heads = spanning_tree(arcs)
    return {
        "head": heads.astype(np.float32),
        "arc": arcs[np.arange(len(heads)), heads],
        "deprel": trees.label_scores(given, heads),
    }


def _fit_crf(
    forms: Sequence[Sequence[str]], targets: Sequence[Ints], most: int, listen: Listener
) -> bytes:
    """Return the model file of a CRF; words without class are left out, and cut the sentence."""

    class Trainer(pycrfsuite.Trainer):  # type: ignore[misc]
        def message(self, message: str) -> None:
            # The base class prints every event, or parses none.
            if self.logparser.feed(message) == "iteration":
                last = self.logparser.last_iteration
                listen(Stepped(_JOB, last["num"], f"loss {last.get('loss', 0.0):.0f}"))

    trainer = Trainer(algorithm="lbfgs", params=_FIT | {"max_iterations": most}, verbose=False)
    for own, numbers in zip(forms, targets, strict=True):
        features = list(_features(own))
        for known, run in groupby(range(len(own)), key=lambda at: bool(numbers[at] >= 0)):
            if known:
                places = list(run)
                trainer.append([features[i] for i in places], [str(numbers[i]) for i in places])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.crf"
        trainer.train(str(path))
        return path.read_bytes()


def _features(forms: Sequence[str]) -> Iterator[list[str]]:
    """Yield the features of each word."""
    around = ["<<", "<", *(form.lower() for form in forms), ">", ">>"]
    shapes = ["<", *map(_shape, forms), ">"]
    for i, form in enumerate(forms):
        before2, before, low, after, after2 = around[i : i + 5]
        found = [
            "1", f"w={low}", f"s={shapes[i + 1]}", f"-s={shapes[i]}", f"+s={shapes[i + 2]}",
            f"-w={before}", f"+w={after}", f"-2={before2}", f"+2={after2}",
            f"-ww={before}|{low}", f"+ww={low}|{after}", f"-z={before[-3:]}", f"+z={after[-3:]}",
            f"k={_squeezed(shapes[i + 1])}", f"--s={shapes[i]}|{shapes[i + 1]}",
        ]  # fmt: skip
        found += [f"z{n}={low[-n:]}" for n in range(1, 5)]
        found += [f"p{n}={low[:n]}" for n in range(1, 5)]
        found += list(_flags(form, i == 0))
        yield found


def _flags(form: str, begins: bool) -> Iterator[str]:
    if form[:1].isupper():
        yield "capital, first" if begins else "capital"
    if len(form) > 1 and form.isupper():
        yield "capitals"
    if any(c.isdigit() for c in form):
        yield "number" if form.isdigit() else "digit"
    if "-" in form:
        yield "hyphen"
    if form[:1] in ("@", "#"):
        yield form[:1]
    if form.startswith(("http", "www.")):
        yield "address"


def _shape(form: str) -> str:
    """Return letters as x and X, digits as 0; `Xxx-00` for `Abc-12`. Long words are cut."""
    return "".join(
        "X" if c.isupper() else "x" if c.isalpha() else "0" if c.isdigit() else c for c in form[:12]
    )


def _squeezed(shape: str) -> str:
    return "".join(sign for sign, _ in groupby(shape))


def _counted(
    forms: Sequence[Sequence[str]], targets: Sequence[Mapping[str, Ints]], first: str, name: str
) -> dict[str, dict[str, int]]:
    """Return which class of a column goes with which class of the first column and which word.

    Keys are the number of the first column's class, a tab, and the word or its ending; words whose
    ending says the same are left out.
    """
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    endings: dict[str, Counter[int]] = defaultdict(Counter)
    for own, one in zip(forms, targets, strict=True):
        for form, number, value in zip(own, one[first].tolist(), one[name].tolist(), strict=True):
            if value >= 0:
                seen[f"{number}\t{form}"][value] += 1
    for key, counts in seen.items():
        number, form = key.split("\t", 1)
        for ending in _endings(form):
            # Each form counts once, so that frequent irregular words do not speak for others.
            endings[f"{number}\t{ending}"][counts.most_common(1)[0][0]] += 1
    found: dict[str, dict[str, int]] = {"words": {}, "endings": {}}
    for key in sorted(endings, key=lambda key: (len(key), key)):
        number, ending = key.split("\t", 1)
        best, count = endings[key].most_common(1)[0]
        if not ending or (count > 1 and best != _looked_up(found, ending[1:], int(number))):
            found["endings"][key] = best
    for key, counts in seen.items():
        number, form = key.split("\t", 1)
        best = counts.most_common(1)[0][0]
        if best != _looked_up(found, form, int(number)):
            found["words"][key] = best
    return found


def _endings(form: str) -> Iterator[str]:
    yield from (form[-n:] for n in range(min(_ENDING, len(form)), 0, -1))
    yield ""


def _looked_up(lexicon: Mapping[str, Mapping[str, int]], form: str, number: int) -> int:
    for table, name in (("words", form), *(("endings", ending) for ending in _endings(form))):
        found = lexicon[table].get(f"{number}\t{name}")
        if found is not None:
            return found
    return 0


def _nearly_sure(chosen: Sequence[int], n_classes: int) -> Floats:
    """Return log-probabilities, (words, classes), of classes that counts chose."""
    rest = (1 - _SURE) / max(1, n_classes - 1)
    table = np.full((len(chosen), n_classes), np.log(rest), dtype=np.float32)
    table[np.arange(len(chosen)), np.array(chosen, dtype=np.int64)] = np.log(_SURE)
    return table
