"""Answers written by a language model: trained for it, or only told what to do."""

from __future__ import annotations

import math
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.decoders import Decoder, Style
from socle.errors import PromptError
from socle.events import Event, Finished, Listener, Started, Stepped, silent
from socle.examples import Written
from socle.prompts import Shot, Wording, wordings
from socle.prompts.fencing import without_fences
from socle.prompts.parts import parts
from socle.prompts.rendering import Renderer
from socle.recipe import Recipe

_FLOOR = 32
_SLACK = 1.25
_SHORTEST_PART = 64
_NO_LIMIT = 1 << 30


@dataclass(frozen=True)
class Lengths:
    """How long an answer may become, and how much of a text is read at once, in tokens."""

    ratio: float
    """Tokens of an answer for each token of the text; 0 where its length does not follow it."""
    floor: int
    """Tokens that any answer may have."""
    longest: int = 0
    """Tokens of a text, or a part of one, that is read at once; 0 for what the context allows."""

    def most(self, source: int) -> int:
        """Return the most tokens of the answer to a text of so many."""
        return max(self.floor, math.ceil(self.ratio * source))


def usual_lengths(kind: str) -> Lengths:
    """Return lengths for a kind of task of which no example is known."""
    return Lengths(2.0, _FLOOR, 400) if kind == "translation" else Lengths(0.0, 128)


def lengths_of(kind: str, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> Lengths:
    """Return lengths that hold nearly all of the answers of examples, and a quarter more.

    A translation grows with its text, and a text longer than any that was learnt from is read in
    parts; the length of a summary has little to do with that of its text.

    Args:
        kind: translation or summary.
        sources: tokens of the texts, (n,).
        targets: tokens of the answers, (n,).
    """
    if not len(sources):
        return usual_lengths(kind)
    if kind == "translation":
        ratio = float(np.quantile(targets / np.maximum(sources, 1), 0.95)) * _SLACK
        return Lengths(round(ratio, 3), _FLOOR, max(_SHORTEST_PART, int(sources.max())))
    floor = math.ceil(float(np.quantile(targets, 0.95)) * _SLACK)
    return Lengths(0.0, max(_FLOOR, floor))


@dataclass(frozen=True)
class Manner:
    """How answers are asked for and written."""

    kind: str
    """translation or summary."""
    style: Style
    lengths: Lengths
    wording: Wording | None = None
    """What the model is told; None for an encoder-decoder, which reads the bare text."""
    shots: tuple[Shot, ...] = ()
    prefix: str = ""
    """Text before every source, where there is no wording."""

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs; the wording as the TOML that a user may read."""
        return {
            "kind": self.kind,
            "style": {**asdict(self.style), "stop": list(self.style.stop)},
            "lengths": asdict(self.lengths),
            "wording": None if self.wording is None else wordings.to_toml(self.wording),
            "shots": [asdict(shot) for shot in self.shots],
            "prefix": self.prefix,
        }

    @staticmethod
    def from_json(facts: Mapping[str, Any]) -> Manner:
        """Return the manner that `to_json` described."""
        style = {**facts["style"], "stop": tuple(facts["style"]["stop"])}
        told = facts["wording"]
        return Manner(
            facts["kind"],
            Style(**style),
            Lengths(**facts["lengths"]),
            None if told is None else wordings.from_facts(tomllib.loads(told)),
            tuple(Shot(**shot) for shot in facts["shots"]),
            facts["prefix"],
        )


def usual_style(kind: str) -> Style:
    """Return how answers of a kind are written: the likeliest token at every step.

    What a small model begins to repeat it repeats to the end, so that no answer may hold the same
    few tokens in a row twice. Of 60 translations by SmolLM2 135M after 120 examples, 9 ran into
    their limit without the guard and none with it, and chrF was .27 instead of .23. A shorter
    stretch gains no more of note, and forbids what translations repeat rightly.
    """
    return Style(no_repeat=6 if kind == "translation" else 4)


def wished(manner: Manner, recipe: Recipe) -> Manner:
    """Return a manner with what a recipe says of beams, drawing and the longest answer."""
    most = recipe.max_tokens
    lengths = manner.lengths if most is None else replace(manner.lengths, ratio=0.0, floor=most)
    style = replace(
        manner.style, beams=recipe.beams, temperature=recipe.temperature, seed=recipe.seed
    )
    return replace(manner, style=style, lengths=lengths)


def told(kind: str, wording: Wording, shots: Sequence[Shot], lengths: Lengths) -> Manner:
    """Return how a model that was not trained is asked: it stops where an example would end."""
    stops = Renderer(wording, (), shots).stops
    return Manner(kind, replace(usual_style(kind), stop=stops), lengths, wording, tuple(shots))


class Writer:
    """A language model that answers texts with texts."""

    def __init__(self, decoder: Decoder, manner: Manner) -> None:
        """Take a model made ready, and how it is asked."""
        self._decoder = decoder
        self.manner = manner
        self._context = decoder.context or _NO_LIMIT

    @cached_property
    def _renderer(self) -> Renderer | None:
        manner = self.manner
        if manner.wording is None:
            return None
        return Renderer(manner.wording, (), manner.shots, self._decoder.specials)

    @cached_property
    def _around(self) -> int:
        """Tokens of a prompt without document."""
        return self._count([self.prompt("")])[0]

    def prompt(self, text: str) -> str:
        """Return what the model reads for a text."""
        if self._renderer is None:
            return self.manner.prefix + text
        return self._renderer.prompt(text)

    def scores(self, inputs: Sequence[str], listen: Listener = silent) -> list[Written]:
        """Return the answer to each text, in order.

        A text that is too long to be read at once is answered part by part: the parts of a
        translation keep what stood between them, those of a summary follow one another. A blank
        text has an empty answer.

        Raises:
            PromptError: the instructions and examples leave no room for a text.
        """
        pieces = [self._parts(text) if text.strip() else [] for text in inputs]
        asked = [piece.strip() for some in pieces for piece in some if piece.strip()]
        answers = iter(self._written(asked, listen))
        return [
            self._joined([(one, next(answers) if one.strip() else None) for one in some])
            for some in pieces
        ]

    def _parts(self, text: str) -> list[str]:
        """Return the parts of a text in which it is read; joined they are the text."""
        if self._around + self.manner.lengths.most(1) >= self._context:
            raise PromptError(
                f"What is said around a text has {self._around} tokens: with an answer of "
                f"{self.manner.lengths.most(1)} that is more than the {self._context} that the "
                "model can read.",
                "Show fewer examples, or shorten the instructions.",
            )
        longest = self.manner.lengths.longest or _NO_LIMIT
        first = parts(text, longest, self._own)
        return [piece for one in first for piece in parts(one, self._context, self._needed)]

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [int(n) for n in self._decoder.tokens(texts)]

    def _own(self, text: str) -> int:
        return self._count([text])[0]

    def _needed(self, text: str) -> int:
        """Return the tokens that a text, and the longest answer to it, take of the context."""
        prompt = self._count([self.prompt(text)])[0]
        answer = self.manner.lengths.most(prompt - self._around)
        return max(prompt, answer) if self.manner.wording is None else prompt + answer

    def _written(self, texts: Sequence[str], listen: Listener) -> list[Written]:
        prompts = [self.prompt(text) for text in texts]
        sizes = self._count(prompts)
        groups: dict[int, list[int]] = {}
        for i, size in enumerate(sizes):
            groups.setdefault(self._room(size), []).append(i)
        found: dict[int, Written] = {}
        began = time.perf_counter()
        listen(Started("Writing", len(texts)))
        for most, rows in sorted(groups.items()):
            style = replace(self.manner.style, max_tokens=most)
            hear = partial(_relayed, listen, len(found))
            answers = self._decoder.write([prompts[i] for i in rows], style, hear)
            found |= zip(rows, answers, strict=True)
            listen(Stepped("Writing", len(found)))
        listen(Finished("Writing", time.perf_counter() - began))
        fenced = self.manner.wording is not None and self.manner.wording.fence
        ordered = [found[i] for i in range(len(texts))]
        return [replace(one, text=without_fences(one.text)) if fenced else one for one in ordered]

    def _room(self, prompt: int) -> int:
        """Return the most tokens of an answer, of few sizes, so that many are written together."""
        wanted = self.manner.lengths.most(prompt - self._around)
        if self.manner.lengths.ratio:  # else they are all alike, and may be the user's own
            wanted = 1 << (wanted - 1).bit_length()
        return min(wanted, self._context - (0 if self.manner.wording is None else prompt))

    def _joined(self, answered: Sequence[tuple[str, Written | None]]) -> Written:
        written = [one for _, one in answered if one is not None]
        if not written:
            return Written("", "stop")
        if len(written) == 1:
            return replace(written[0], text=written[0].text.strip())
        if self.manner.kind == "translation":
            text = "".join(_between(part, one) for part, one in answered).strip()
        else:
            text = " ".join(one.text.strip() for one in written if one.text.strip())
        cut = any(one.finish == "length" for one in written)
        mean = float(np.mean([one.log_probability for one in written]))
        return Written(text, "length" if cut else "parts", mean)


def _relayed(listen: Listener, before: int, event: Event) -> None:
    """Tell of the answers of one group as of those of a whole run."""
    if isinstance(event, Stepped):
        listen(replace(event, job="Writing", done=before + event.done))
    elif not isinstance(event, (Started, Finished)):
        listen(event)


def _between(part: str, written: Written | None) -> str:
    """Return an answer with the blanks that stood around its part."""
    if written is None:
        return part
    begin = len(part) - len(part.lstrip())
    return part[:begin] + written.text.strip() + part[len(part.rstrip()) :]
