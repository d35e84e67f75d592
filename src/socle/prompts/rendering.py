"""Prompts from a wording, labels, examples and a document.

All prompts of a run begin with the same string, which an engine reads once. What comes from rows,
documents and examples alike, is made harmless on its way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from socle.errors import PromptError
from socle.prompts import Count, Shot, Wording
from socle.prompts.fencing import fenced, harmless, mark_of
from socle.prompts.fields import checked, filled, literal


def render(
    wording: Wording,
    labels: Sequence[str],
    shots: Sequence[Shot],
    text: str,
    specials: Sequence[str] = (),
) -> str:
    """Return the prompt for one document; see `Renderer` for many."""
    return Renderer(wording, labels, shots, specials).prompt(text)


def words_of(wording: Wording, labels: Sequence[str]) -> tuple[str, ...]:
    """Return what the model reads and answers for each label.

    Raises:
        PromptError: two labels share a word, one has none, or a word is for no label.
    """
    _refuse_foreign(wording, tuple(labels))
    by_word: dict[str, str] = {}
    for label in labels:
        word = wording.words.get(label, label)
        if not word.strip():
            raise PromptError(
                f"The label {label!r} has no word to be answered with.", "Give it one in [words]."
            )
        if word in by_word:
            raise PromptError(
                f"The labels {by_word[word]!r} and {label!r} are both answered with {word!r}.",
                "Give one of them another word in [words].",
            )
        by_word[word] = label
    return tuple(by_word)


class Renderer:
    """Makes the prompts of a run."""

    def __init__(
        self,
        wording: Wording,
        labels: Sequence[str] = (),
        shots: Sequence[Shot] = (),
        specials: Sequence[str] = (),
    ) -> None:
        """Write what stands before and behind the document.

        Args:
            wording: what is told.
            labels: all that may be answered; none where the model writes freely.
            shots: examples in the order in which they are shown; the answer of one that is a label
                is shown as its word.
            specials: texts that the tokenizer reads as special tokens.

        Raises:
            PromptError: the wording is off, or does not suit the labels.
        """
        self.wording = checked(wording)
        self.labels, self.shots, self.specials = tuple(labels), tuple(shots), tuple(specials)
        self.words = tuple(harmless(word, specials) for word in words_of(wording, labels))
        self._frame = () if wording.fence else _frame_of(wording)
        self._word_of = dict(zip(self.labels, self.words, strict=True))
        self.start = self._head() + literal(wording.question, wording.names)
        """What stands before the document, the same in all prompts."""
        self.end = literal(wording.question, wording.names, after="text")
        """What stands behind it, up to where the answer begins."""

    @property
    def options(self) -> tuple[str, ...]:
        """What may follow a prompt, one for each label: its word with the space before it."""
        return tuple(f" {word}" for word in self.words)

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts at which an answer has ended: what the wording writes between two examples."""
        example, names = self.wording.example, self.wording.names
        between = literal(example, names, after="answer") + literal(example, names)
        return (between.rstrip() or between,)

    def prompt(self, text: str) -> str:
        """Return the prompt for a document."""
        return self.start + self._placed(text) + self.end

    def showing(self, shots: Sequence[Shot]) -> Renderer:
        """Return the same with other examples."""
        return Renderer(self.wording, self.labels, shots, self.specials)

    def _head(self) -> str:
        wording, names = self.wording, self.wording.names
        said = [filled(wording.instructions, {**names, "labels": ", ".join(self.words)})]
        said.append(filled(wording.fence, names))
        for label, meaning in wording.descriptions.items():
            values = {**names, "label": self._word_of[label], "description": meaning}
            said.append(filled(wording.description, values))
        for shot in self.shots:
            answer = harmless(self._word_of.get(shot.answer, shot.answer), self.specials)
            values = {**names, "text": self._placed(shot.text), "answer": answer}
            said.append(filled(wording.example, values))
        return "".join(said)

    def _placed(self, text: str) -> str:
        safe = harmless(text, self.specials, self._frame)
        return fenced(safe, mark_of(safe)) if self.wording.fence else safe


@dataclass(frozen=True)
class Fitted:
    """The examples that fit beside the longest document, and those that do not."""

    renderer: Renderer
    """With the examples that fit."""
    left_out: tuple[Shot, ...]
    """The others, in the order in which they would have been shown; to be told to the user."""
    tokens: int
    """Of the prompt for that document."""
    room: int

    @property
    def fits(self) -> bool:
        """Whether the document fits at all; one that does not must be read in parts."""
        return self.tokens <= self.room


def fitting(
    renderer: Renderer, text: str, room: int, count: Count, useful: Sequence[int] | None = None
) -> Fitted:
    """Drop the least useful examples until the prompt for a text fits.

    Args:
        renderer: with all the examples, as they are to be shown.
        text: the longest document.
        room: tokens that a prompt may have: the context less the longest answer.
        count: counts the tokens of a text.
        useful: numbers of all examples, the most useful first; as they are shown by default.
    """
    shots = renderer.shots
    order = list(range(len(shots)) if useful is None else useful)
    if sorted(order) != list(range(len(shots))):
        raise ValueError("useful must name every example once")

    def tried(kept: int) -> Fitted:
        chosen = set(order[:kept])
        shown = renderer.showing([shot for i, shot in enumerate(shots) if i in chosen])
        others = tuple(shot for i, shot in enumerate(shots) if i not in chosen)
        return Fitted(shown, others, count(shown.prompt(text)), room)

    best, low, high = tried(len(shots)), 0, len(shots)
    if best.fits or not shots:
        return best
    best = tried(0)
    # More examples are more tokens, so the greatest number that fits is found by halving.
    while best.fits and high - low > 1:
        middle = (low + high) // 2
        now = tried(middle)
        if now.fits:
            best, low = now, middle
        else:
            high = middle
    return best


def room_for_text(renderer: Renderer, room: int, count: Count) -> int:
    """Return how many tokens a document, or a part of one, may have.

    Raises:
        PromptError: what stands around it leaves no room.
    """
    around = count(renderer.prompt(""))
    if around >= room:
        raise PromptError(
            f"The instructions and examples have {around} tokens; the model can read {room}.",
            "Show fewer examples, or shorten the instructions and descriptions.",
        )
    return room - around


def _frame_of(wording: Wording) -> tuple[str, ...]:
    """Return what the lines around documents begin with, such as `Text:` and `Label:`."""
    values = {**wording.names, "text": "\0", "answer": "\0"}
    lines = (filled(wording.example, values) + "\n" + filled(wording.question, values)).splitlines()
    return tuple(dict.fromkeys(line.split("\0")[0] for line in lines))


def _refuse_foreign(wording: Wording, labels: tuple[str, ...]) -> None:
    """Refuse words and descriptions of what is no label: it would be a mistake never noticed.

    Raises:
        PromptError: one is for none of the labels.
    """
    for key in ("words", "descriptions"):
        for name in getattr(wording, key):
            if name not in labels:
                near = get_close_matches(name, labels, n=1)
                there = near[0] if near else ", ".join(labels[:20]) or "none"
                raise PromptError(
                    f"The wording has {name!r} under [{key}], which is no label.",
                    f"Did you mean: {there}?" if near else f"Labels: {there}",
                )
