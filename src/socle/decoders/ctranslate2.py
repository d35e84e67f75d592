"""Run a language model in CTranslate2, with int8 weights or in float32 (package `ctranslate2`).

The model is converted once. What all prompts begin with is read once and kept by the library; the
answers asked about follow each prompt in the library's own loop, which tells the logits of every
step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located, converting
from socle.bases.vocabulary import Vocabulary
from socle.decoders import (
    Decoder,
    Precision,
    Style,
    Tokenised,
    Tree,
    batches_by_tokens,
    no_writer_here,
    shared_start,
    told,
)
from socle.errors import BaseError, PromptError
from socle.events import Listener, silent
from socle.examples import Written
from socle.machine import physical_cores

_COMPUTED = {"full": "float32", "int8": "int8"}
_KEPT = 4096
"""Tokens of a batch whose keys and values are in memory, and of all beginnings that are kept.

The library keeps them for all heads in float32, 140 kB a token for a model of 135 million weights,
and never forgets a beginning.
"""
_ROWS = 16


class _Model(Tokenised):
    """What decoders and encoder-decoders share: the vocabulary, and the library's own model."""

    kind = ""
    """Name of the class of the library."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, computed: str) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
        self._computed = computed
        self._names = _names(folder, "target_vocabulary.json")
        self._open()

    def _open(self) -> None:
        import ctranslate2

        self._kept: dict[tuple[int, ...], None] = {}
        self._model: Any = getattr(ctranslate2, self.kind)(
            str(self._folder), compute_type=self._computed, intra_threads=physical_cores()
        )

    def _answers(self, rows: list[list[int]], tree: Tree, listen: Listener) -> NDArray[np.float64]:
        found = np.zeros((len(rows), len(tree.asked)))
        if rows and tree.asked:
            self._answer(rows, tree, found, listen)
        return found

    def write(
        self, prompts: Sequence[str], style: Style, listen: Listener = silent
    ) -> list[Written]:
        """Return what the model writes behind each prompt, in order."""
        if style.schema is not None:
            raise PromptError(
                "The engine ctranslate2 cannot hold an answer to a JSON schema.",
                "Choose the engine transformers, or a server behind an address.",
            )
        rows = self._vocabulary.prompts(prompts, style.max_tokens)
        if style.temperature > 0:
            import ctranslate2

            # The threads that draw take up a seed when they start, and never again.
            ctranslate2.set_random_seed(style.seed)
            self._open()
        shared = self._shared(rows)
        found: dict[int, Written] = {}
        batches = self._batches([len(row) - shared for row in rows], shared, style)
        for batch in told(batches, "Writing", len(rows), listen):
            written = self._written([rows[i] for i in batch], shared, style)
            found.update(zip(batch, written, strict=True))
        return [found[i] for i in range(len(rows))]

    def _shared(self, rows: list[list[int]]) -> int:
        return 0

    def _batches(self, own: list[int], shared: int, style: Style) -> Iterator[list[int]]:
        longest = shared + max(own, default=0) + style.max_tokens
        few = max(1, _KEPT // (longest * style.beams))
        return batches_by_tokens(own, _KEPT, few)

    def _answer(
        self, rows: list[list[int]], tree: Tree, found: NDArray[np.float64], listen: Listener
    ) -> None:
        raise NotImplementedError

    def _written(self, rows: list[list[int]], shared: int, style: Style) -> list[Written]:
        raise NotImplementedError

    def _told(self, style: Style) -> dict[str, Any]:
        """Return a style in the words of the library."""
        words = self._vocabulary
        ends = list(words.ends)
        said: dict[int, list[int]] = {}

        def stopped(step: Any) -> bool:
            ids = said.setdefault(step.batch_id, [])
            ids.append(step.token_id)
            return words.stopped(ids, style.stop)

        how: dict[str, Any] = {"beam_size": style.beams}
        if style.temperature > 0:
            how["sampling_topk"] = 0
            how["sampling_topp"] = style.top_p
            how["sampling_temperature"] = style.temperature
        if style.stop and style.beams == 1:
            how["callback"] = stopped
        elif style.stop:
            # Beams cannot be looked at on their way: only what is one token stops them.
            ends += [ids[0] for ids in words.behind(style.stop) if len(ids) == 1]
        if words.pad not in words.ends and words.pad < len(self._names):
            how["suppress_sequences"] = [[self._names[words.pad]]]
        return how | {
            "repetition_penalty": style.repetition_penalty,
            "no_repeat_ngram_size": style.no_repeat,
            "end_token": ends,
            "return_end_token": True,
            "return_scores": True,
        }


class CTranslate2Decoder(_Model):
    """A decoder of CTranslate2."""

    kind = "Generator"

    def _shared(self, rows: list[list[int]]) -> int:
        """Return what prompts begin with alike, where it pays, leaving each two tokens."""
        if len(rows) < 2:
            return 0
        return max(0, min(shared_start(rows), min(map(len, rows)) - 2))

    def _batches(self, own: list[int], shared: int, style: Style) -> Iterator[list[int]]:
        """Yield batches that the library reads as if each prompt were alone.

        Of prompts of several lengths it reads the ends as if they were written, which counts as
        repetition, and one of a single token makes it give back what it read.
        """
        exact = style.repetition_penalty != 1 or style.no_repeat > 0
        keys = [length if exact or length == 1 else 0 for length in own]
        for key in sorted(set(keys)):
            alike = [i for i, one in enumerate(keys) if one == key]
            for batch in super()._batches([own[i] for i in alike], shared, style):
                yield [alike[k] for k in batch]

    def _answer(
        self, rows: list[list[int]], tree: Tree, found: NDArray[np.float64], listen: Listener
    ) -> None:
        shared = self._shared(rows)
        for batch in told(_alike(rows), "Scoring answers", len(rows), listen):
            size = len(rows[batch[0]])
            if len(tree.branches) * (size - shared) > size > 2:
                # Each prompt is read whole, once, rather than its own end once for each branch.
                for i in batch:
                    before = self._before(rows[i][: size - 2], keep=False)
                    self._follow([i], [rows[i][size - 2 :]], before, tree, found)
            else:
                before = self._before(rows[batch[0]][:shared], keep=True)
                self._follow(batch, [rows[i][shared:] for i in batch], before, tree, found)

    def _follow(
        self,
        batch: list[int],
        own: list[list[int]],
        before: dict[str, Any],
        tree: Tree,
        found: NDArray[np.float64],
    ) -> None:
        """Let every branch follow prompts of one length, and fill in what is asked along it.

        The library reads as many tokens at once as the shortest row has, and tells nothing of what
        lies between: so one row is a prompt alone.
        """
        alone, done = own[0], set()
        jobs = [
            (i, [*row, *branch], passed)
            for i, row in zip(batch, own, strict=True)
            for branch, passed in tree.branches
        ]
        longest = len(before.get("static_prompt", ())) + max(len(row) for _, row, _ in jobs)
        few = max(1, _KEPT // longest)
        for k in range(0, len(jobs), few):
            given = [row for _, row, _ in jobs[k : k + few]]
            deep = max(map(len, given)) - len(alone)
            results = self._model.generate_batch(
                self._named([*given, alone] if deep else given),
                # Behind a single token, what is read counts as written.
                max_length=1 + (deep if len(alone) == 1 else 0),
                # Where an end may not stand, it would be left out of the probabilities.
                end_token=[],
                return_logits_vocab=True,
                include_prompt_in_result=False,
                **before,
            )
            for (i, _, passed), result in zip(jobs[k : k + few], results, strict=False):
                for node, view in zip(passed, result.logits[0], strict=False):
                    if (i, node) not in done:
                        done.add((i, node))
                        logits = np.asarray(view, dtype=np.float64)
                        total = np.logaddexp.reduce(logits)
                        for which, token in tree.questions[node]:
                            found[i, which] = logits[token] - total

    def _written(self, rows: list[list[int]], shared: int, style: Style) -> list[Written]:
        found = self._model.generate_batch(
            self._named(row[shared:] for row in rows),
            max_length=style.max_tokens,
            include_prompt_in_result=False,
            **self._before(rows[0][:shared], keep=True),
            **self._told(style),
        )
        words = self._vocabulary
        return [words.written(one.sequences_ids[0], style.stop, one.scores[0]) for one in found]

    def _before(self, ids: Sequence[int], *, keep: bool) -> dict[str, Any]:
        """Return what tells the library to read tokens before each row, and to keep them or not."""
        beginning = tuple(ids)
        if not beginning:
            return {}
        if keep and beginning not in self._kept:
            if self._kept and sum(map(len, self._kept)) + len(beginning) > _KEPT:
                self._open()
            self._kept[beginning] = None
        return {"static_prompt": self._named([beginning])[0], "cache_static_prompt": keep}

    def _named(self, rows: Iterable[Sequence[int]]) -> list[list[str]]:
        return [[self._names[one] for one in row] for row in rows]


class CTranslate2Pair(_Model):
    """An encoder-decoder of CTranslate2."""

    kind = "Translator"

    def __init__(self, folder: Path, vocabulary: Vocabulary, computed: str) -> None:
        super().__init__(folder, vocabulary, computed)
        self._sources = _names(folder, "source_vocabulary.json")
        self._numbers = {name: i for i, name in enumerate(self._names)}
        # The library knows the first token of an answer; one that must follow it, it does not.
        self._forced = [self._names[one] for one in vocabulary.starts[1:]]

    def _answer(
        self, rows: list[list[int]], tree: Tree, found: NDArray[np.float64], listen: Listener
    ) -> None:
        number = {question: i for i, question in enumerate(tree.asked)}
        inner = {node: i for i, node in enumerate(tree.nodes)}
        whole = [(*tree.nodes[node], token) for node, token in tree.asked]
        answers = [one for one in whole if one not in inner]
        targets = [[*self._forced, *(self._names[token] for token in one)] for one in answers]
        few = max(1, _KEPT // (max(map(len, rows)) * len(answers)))
        batches = batches_by_tokens([len(row) for row in rows], _KEPT, few)
        for batch in told(batches, "Scoring answers", len(rows), listen):
            pairs = [(i, k) for i in batch for k in range(len(answers))]
            results = self._model.score_batch(
                [self._source(rows[i]) for i, _ in pairs],
                [targets[k] for _, k in pairs],
                max_input_length=0,
            )
            for (i, k), result in zip(pairs, results, strict=True):
                values = result.log_probs[len(self._forced) :]
                for at, (token, value) in enumerate(zip(answers[k], values, strict=False)):
                    found[i, number[inner[answers[k][:at]], token]] = value

    def _written(self, rows: list[list[int]], shared: int, style: Style) -> list[Written]:
        found = self._model.translate_batch(
            [self._source(row) for row in rows],
            target_prefix=[self._forced] * len(rows) if self._forced else None,
            max_decoding_length=style.max_tokens + len(self._forced),
            min_decoding_length=0,
            max_input_length=0,
            **self._told(style),
        )
        written = []
        for one in found:
            whole = [self._numbers[name] for name in one.hypotheses[0]]
            ids = whole[len(self._forced) :]
            # What is forced costs nothing, yet counts in the mean.
            mean = one.scores[0] * len(whole) / max(1, len(ids))
            written.append(self._vocabulary.written(ids, style.stop, mean))
        return written

    def _source(self, row: Sequence[int]) -> list[str]:
        return [self._sources[one] for one in row]


class CTranslate2Engine:
    """The option."""

    def suits(self, located: Located) -> str | None:
        """Return why CTranslate2 cannot run a base, or None if it can."""
        return no_writer_here(located) or converting.refusal(located)

    def prepare(self, located: Located, folder: Path, precision: Precision) -> Decoder:
        """Convert a base into `folder`, once for each precision, and load it.

        Raises:
            ValueError: half precision was asked for.
            MissingExtraError: ctranslate2 is not installed.
            BaseError: the base cannot be converted.
        """
        if precision not in _COMPUTED:
            raise ValueError(f"ctranslate2 runs in full precision or int8, not {precision}")
        converted = folder / precision
        converting.convert(located, converted, _COMPUTED[precision])
        vocabulary = Vocabulary(located, converting.longest(located))
        kind = CTranslate2Pair if vocabulary.paired else CTranslate2Decoder
        return kind(converted, vocabulary, _COMPUTED[precision])


OPTION = CTranslate2Engine()


def _names(folder: Path, own: str) -> list[str]:
    """Return the tokens of a converted model by number; a pair may have two vocabularies."""
    for name in (own, "shared_vocabulary.json", "vocabulary.json"):
        if (folder / name).is_file():
            return [str(one) for one in json.loads((folder / name).read_text(encoding="utf-8"))]
    raise BaseError(f"{folder} has no vocabulary.", "Remove this folder; it is converted again.")


def _alike(rows: list[list[int]]) -> Iterator[list[int]]:
    """Yield numbers of rows of one length, some at a time."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for _, group in groupby(order, key=lambda i: len(rows[i])):
        same = list(group)
        yield from (same[k : k + _ROWS] for k in range(0, len(same), _ROWS))
