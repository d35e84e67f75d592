"""Running a language model: the contract of every engine in this folder.

A decoder does two things with a prompt: it tells how likely given continuations are, which decides
among a closed set of answers in one go, and it writes on. Prompts that begin alike are common (the
same instructions and examples before every document): an engine reads what they share once.
To add an engine, add a module here that holds `OPTION`, an object with the methods of
`DecoderEngine`. What several engines share is here too: the tree of options, the batches.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located, folders
from socle.bases.vocabulary import Vocabulary
from socle.errors import RecipeError
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.examples import Written

Precision = Literal["full", "half", "int8"]
"""full: float32; half: bfloat16 where the processor is faster in it, else float32; int8: weights
and products of 8 bits."""


@dataclass(frozen=True)
class Style:
    """How a decoder writes on."""

    max_tokens: int = 128
    """Most tokens of an answer; one that reaches it says so in `Written.finish`."""
    beams: int = 1
    """Hypotheses that beam search keeps; 1 takes the likeliest token at every step."""
    temperature: float = 0.0
    """0 for the likeliest token, more to draw among them; not together with beams."""
    top_p: float = 1.0
    """Share of the probability among whose tokens is drawn."""
    repetition_penalty: float = 1.0
    """By how much the score of a token that was written already is divided; 1 for not at all."""
    no_repeat: int = 0
    """So many tokens in a row never stand twice in an answer; 0 for no such guard."""
    stop: tuple[str, ...] = ()
    """Texts at which an answer ends; they are not part of it."""
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer fits, for engines that can hold to one."""
    seed: int = 0
    """Of drawing."""

    def __post_init__(self) -> None:
        within = {
            "max_tokens, at least 1": self.max_tokens >= 1,
            "beams, at least 1": self.beams >= 1,
            "temperature, at least 0": self.temperature >= 0,
            "top_p, above 0 and at most 1": 0 < self.top_p <= 1,
            "repetition_penalty, above 0": self.repetition_penalty > 0,
            "no_repeat, at least 0": self.no_repeat >= 0,
            "stop, texts that are not empty": all(self.stop),
            "temperature, 0 with beams": not (self.temperature and self.beams > 1),
        }
        wrong = [name for name, fine in within.items() if not fine]
        if wrong:
            raise RecipeError(f"A style of writing is out of its range: {'; '.join(wrong)}.")


class Decoder(Protocol):
    """A language model made ready by an engine.

    Prompts are texts; special tokens that stand in them are read as such, so what comes from a
    document must have been made harmless before (`socle.prompts.fencing`).
    """

    @property
    def context(self) -> int:
        """Most tokens that a prompt and its answer may have together, as `tokens` counts them."""
        ...

    @property
    def specials(self) -> tuple[str, ...]:
        """Texts that the tokenizer would read as special tokens."""
        ...

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has behind another, (n,)."""
        ...

    def likelihoods(
        self, prompts: Sequence[str], options: Sequence[str], listen: Listener = silent
    ) -> NDArray[np.float64]:
        """Return how likely each option is to follow each prompt.

        Args:
            prompts: texts that begin alike as far as they do.
            options: continuations, with the space before them if there is one.
            listen: hears of progress.

        Returns:
            Sums of the natural logarithms of the probabilities of an option's tokens, shape
            (prompts, options). That the answer ends behind them is no part of it.

        Raises:
            PromptError: a prompt with the longest option is longer than the context.
        """
        ...

    def write(
        self, prompts: Sequence[str], style: Style, listen: Listener = silent
    ) -> list[Written]:
        """Return what the model writes behind each prompt, in order.

        Raises:
            PromptError: a prompt and the longest answer are longer than the context, or this
                engine cannot hold to a schema.
        """
        ...


class DecoderEngine(Protocol):
    """One way to run a language model."""

    def suits(self, located: Located) -> str | None:
        """Return why this engine cannot run a base, or None if it can."""
        ...

    def prepare(self, located: Located, folder: Path, precision: Precision) -> Decoder:
        """Make a base ready; `folder` keeps what was converted, once.

        Raises:
            ValueError: the engine does not offer this precision.
        """
        ...


@dataclass(frozen=True)
class Tree:
    """Options as a tree of tokens: what is asked of the model to score all of them at once."""

    nodes: tuple[tuple[int, ...], ...]
    """The tokens behind a prompt at which something is asked, parents before children; the first
    is the end of the prompt itself, ()."""
    parents: tuple[int, ...]
    """Number of every node's parent; -1 of the first."""
    asked: tuple[tuple[int, int], ...]
    """Number of a node, and a token whose probability behind it is asked."""
    options: tuple[tuple[int, ...], ...]
    """Numbers of the questions that make up each option."""

    @classmethod
    def of(cls, options: Sequence[Sequence[int]]) -> Tree:
        """Return the tree of options, given as tokens."""
        inner = {tuple(ids[:k]) for ids in options for k in range(len(ids))} | {()}
        nodes = sorted(inner, key=lambda node: (len(node), node))
        number = {node: i for i, node in enumerate(nodes)}
        asked = {(tuple(ids[:k]), ids[k]): None for ids in options for k in range(len(ids))}
        place = {question: i for i, question in enumerate(asked)}
        return cls(
            tuple(nodes),
            tuple(number[node[:-1]] if node else -1 for node in nodes),
            tuple((number[node], token) for node, token in asked),
            tuple(tuple(place[tuple(ids[:k]), ids[k]] for k in range(len(ids))) for ids in options),
        )

    @cached_property
    def branches(self) -> list[tuple[tuple[int, ...], list[int]]]:
        """Ways through the tree that end where nothing goes on, and pass every node together.

        Each with its tokens, and the numbers of the nodes that it passes, from the first on.
        """
        number = {node: i for i, node in enumerate(self.nodes)}
        inside = set(self.parents)
        ends = (node for i, node in enumerate(self.nodes) if i not in inside)
        return [(end, [number[end[:k]] for k in range(len(end) + 1)]) for end in ends]

    @cached_property
    def questions(self) -> list[list[tuple[int, int]]]:
        """For every node, the numbers of what is asked there, and the tokens."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for i, (node, token) in enumerate(self.asked):
            found[node].append((i, token))
        return found

    def sums(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn answers to the questions, (n, asked), into sums for options, (n, options)."""
        if not self.options:
            return np.zeros((len(answers), 0))
        return np.stack([answers[:, list(which)].sum(1) for which in self.options], 1)


@dataclass(frozen=True)
class Layout:
    """Rows, padded on the left, with the nodes of a tree behind each, as one batch reads them."""

    ids: NDArray[np.int64]
    """Tokens, shape (rows, width), the inner nodes of the tree in the last columns."""
    places: NDArray[np.int64]
    """Positions of the tokens, same shape."""
    seen: NDArray[np.bool_]
    """What each token sees of what is shared and of its row: (rows, width, shared + width)."""
    distance: NDArray[np.int64]
    """How far before a token each other one stands, same shape as `seen`."""

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], tree: Tree, shared: int) -> Layout:
        """Lay out rows of own tokens, behind `shared` ones that are read already."""
        inner = [node[-1] for node in tree.nodes[1:]]
        depth = np.array([len(node) for node in tree.nodes[1:]], dtype=np.int64)
        above = np.eye(len(inner), dtype=bool)
        for i, parent in enumerate(tree.parents[1:]):
            if parent > 0:
                above[i] |= above[parent - 1]
        wide = max(map(len, rows))
        size = wide + len(inner)
        ids = np.zeros((len(rows), size), dtype=np.int64)
        places = np.zeros_like(ids)
        seen = np.zeros((len(rows), size, shared + size), dtype=bool)
        for i, row in enumerate(rows):
            pad, last = wide - len(row), shared + len(row) - 1
            ids[i, pad:] = [*row, *inner]
            places[i, pad:] = [*range(shared, last + 1), *(last + depth)]
            seen[i, :, :shared] = True
            seen[i, pad:wide, shared + pad : shared + wide] = np.tri(len(row), dtype=bool)
            seen[i, wide:, shared + pad : shared + wide] = True
            seen[i, wide:, shared + wide :] = above
            # Padding sees what is shared, and itself: a row of nothing has no average.
            seen[i, :pad, shared : shared + pad] = np.eye(pad, dtype=bool)
        before = np.broadcast_to(np.arange(shared), (len(rows), shared))
        keys = np.concatenate([before, places], 1)
        return cls(ids, places, seen, places[:, :, None] - keys[:, None, :])


class Tokenised:
    """What engines share that cut texts into tokens themselves."""

    _vocabulary: Vocabulary

    @property
    def context(self) -> int:
        """Most tokens that a prompt and its answer may have together."""
        return self._vocabulary.context

    @property
    def specials(self) -> tuple[str, ...]:
        """Texts that the tokenizer would read as special tokens."""
        return self._vocabulary.specials

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has behind another, (n,)."""
        return self._vocabulary.tokens(texts)

    def likelihoods(
        self, prompts: Sequence[str], options: Sequence[str], listen: Listener = silent
    ) -> NDArray[np.float64]:
        """Return sums of log-probabilities of the options' tokens, (prompts, options)."""
        answers = self._vocabulary.behind(options)
        rows = self._vocabulary.prompts(prompts, max(map(len, answers), default=0))
        tree = Tree.of(answers)
        return tree.sums(self._answers(rows, tree, listen))

    def _answers(self, rows: list[list[int]], tree: Tree, listen: Listener) -> NDArray[np.float64]:
        """Return log-probabilities of what a tree asks behind prompts, (prompts, asked)."""
        raise NotImplementedError


def no_writer_here(located: Located) -> str | None:
    """Return why a base is none that this machine could let write, whatever the engine, or None."""
    if located.base.kind == "encoder":
        return "it is an encoder, which does not write"
    return None if folders.is_base(located.folder) else "its weights are not on this machine"


def shared_start(prompts: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all prompts begin with alike, leaving each at least one of its own."""
    if not prompts:
        return 0
    first, last = min(map(list, prompts)), max(map(list, prompts))
    most = min(len(one) for one in prompts) - 1
    same = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return max(0, min(next(same, most), most))


def batches_by_tokens(
    lengths: Sequence[int], most: int, rows: int | None = None
) -> Iterator[list[int]]:
    """Yield numbers of prompts in batches of like lengths, of `most` padded tokens each at most.

    A prompt that is longer by itself gets a batch of its own. `rows` are the most in a batch.
    """
    batch: list[int] = []
    for i in np.argsort(np.asarray(lengths), kind="stable").tolist():
        if batch and ((len(batch) + 1) * lengths[i] > most or len(batch) == rows):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def told(
    batches: Iterable[list[int]], job: str, total: int, listen: Listener
) -> Iterator[list[int]]:
    """Pass batches on, and tell after each how many of `total` prompts are done."""
    began, done = time.perf_counter(), 0
    listen(Started(job, total))
    for batch in batches:
        yield batch
        done += len(batch)
        listen(Stepped(job, done))
    listen(Finished(job, time.perf_counter() - began))
