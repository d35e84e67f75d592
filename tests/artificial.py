"""A language small enough to be learnt in seconds, in words that the tiny base knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from socle import plugins
from socle.data.dataset import Dataset
from socle.examples import Example, Multiword, Sentence, Word

_DETERMINERS = ("le", "la", "un", "une", "the", "a")
_NOUNS = ("film", "chambre", "camera", "restaurant", "room", "rain", "bank", "race")
_NAMES = ("paul", "anna")


def sentences(n: int, seed: int = 0, *, rare: bool = False) -> list[Sentence]:
    """Return sentences of determiner and noun in turn; every word hangs on the next one.

    A noun before the end is at times the name `paul anna`. With `rare` some columns hold `_`, and
    some nouns begin with a multiword token.
    """
    rng = np.random.default_rng(seed)
    return [_sentence(rng, rare) for _ in range(n)]


def _sentence(rng: np.random.Generator, rare: bool) -> Sentence:
    rows: list[tuple[str, str, str]] = []
    for _ in range(int(rng.integers(1, 4))):
        rows.append((str(rng.choice(_DETERMINERS)), "DET", "O"))
        if rng.random() < 0.3:
            rows += [(_NAMES[0], "PROPN", "B-PER"), (_NAMES[1], "PROPN", "I-PER")]
        else:
            rows.append((str(rng.choice(_NOUNS)), "NOUN", "O"))
    words: list[Word] = []
    at = 0
    for number, (form, upos, tag) in enumerate(rows, start=1):
        last = number == len(rows)
        deprel = "root" if last else "det" if upos == "DET" else "nmod"
        head = 0 if last else number + 1
        own = Word(form, at, at + len(form), form, upos, head=head, deprel=deprel, tag=tag)
        words.append(_rarely(own, rng) if rare else own)
        at += len(form) + 1
    text = " ".join(word.form for word in words)
    if not rare or rng.random() < 0.5:
        return Sentence(text, tuple(words))
    # As in `du` of `de` and `le`: both stand for the whole token.
    end = words[1].end
    both = [_moved(word, 0, end) for word in words[:2]]
    return Sentence(text, (*both, *words[2:]), (Multiword(1, 2, text[:end]),))


def _rarely(word: Word, rng: np.random.Generator) -> Word:
    """Return a word, one time in five without its part of speech."""
    values: dict[str, Any] = {**vars(word), "feats": str(rng.choice(["_", "Number=Sing"]))}
    if rng.random() < 0.2:
        values["upos"] = "_"
    return Word(**values)


def _moved(word: Word, start: int, end: int) -> Word:
    return Word(**{**vars(word), "start": start, "end": end})


def dataset(found: list[Sentence], task: str = "labelling") -> Dataset[Sentence]:
    """Return sentences as examples, for labelling with their tags alone, for parsing with trees."""
    own = [_tags_alone(one) if task == "labelling" else _trees_alone(one) for one in found]
    return Dataset(tuple(Example(s.text, s, f"a.conllu:{i}") for i, s in enumerate(own)), "a")


def _tags_alone(one: Sentence) -> Sentence:
    words = tuple(Word(w.form, w.start, w.end, tag=w.tag) for w in one.words)
    return Sentence(one.text, words, one.multiwords)


def _trees_alone(one: Sentence) -> Sentence:
    words = tuple(Word(**{**vars(w), "tag": "_"}) for w in one.words)
    return Sentence(one.text, words, one.multiwords)


def related(n: int, seed: int = 0) -> list[dict[str, str]]:
    """Return rows of relations: the verb between two entities tells which, the order its way."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        one, two = rng.choice(_NOUNS, 2, replace=False)
        verb, label = (("delighted", "Pleases"), ("is", "Other"), ("beats", "Beats"))[i % 3]
        first, second = ("e1", "e2") if i % 2 else ("e2", "e1")
        way = "" if label == "Other" else "(e1,e2)" if i % 2 else "(e2,e1)"
        marked = f"the <{first}>{one}</{first}> {verb} the <{second}>{two}</{second}>"
        rows.append({"text": marked, "label": f"{label}{way}"})
    return rows


def learnt(data: Dataset[Any], task: str) -> Any:
    """Return a task with the classes of the data."""
    return plugins.load("tasks", task).learn(data)
