"""How good tags and trees are: the scores of the CoNLL 2018 shared task on Universal Dependencies.

Gold and system may cut the same text differently. Their words are aligned by the characters that
they cover, and within multiword tokens by the longest common subsequence of their forms; every
score is the F1 of words that are aligned and right. Where both have the same words, that is plain
accuracy. As in the task's own script (Zeman et al. 2018), a relation counts without its subtype
(`nsubj:pass` as `nsubj`), and only the features that are universal count.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from socle.errors import RowsError
from socle.examples import Sentence, Word

NAMES = (
    *("tokens", "sentences", "words", "upos", "xpos", "ufeats", "alltags", "lemma"),
    *("uas", "las", "clas"),
)
"""The scores, in the order of the rows of `sentence_counts`."""
Counts = NDArray[np.int64]
"""Last axis: right, system, gold."""

_CONTENT = frozenset(
    {
        *("nsubj", "obj", "iobj", "csubj", "ccomp", "xcomp", "obl", "vocative", "expl"),
        *("dislocated", "advcl", "advmod", "discourse", "nmod", "appos", "nummod", "acl", "amod"),
        *("conj", "fixed", "flat", "compound", "list", "parataxis", "orphan", "goeswith"),
        *("reparandum", "root", "dep"),
    }
)
"""Relations between content words, which CLAS counts."""
_UNIVERSAL = frozenset(
    {
        *("PronType", "NumType", "Poss", "Reflex", "Foreign", "Abbr", "Gender", "Animacy"),
        *("Number", "Case", "Definite", "Degree", "VerbForm", "Mood", "Tense", "Aspect", "Voice"),
        *("Evident", "Polarity", "Person", "Polite"),
    }
)
_ROOT, _NO_HEAD, _UNALIGNED, _NO_SYSTEM_HEAD = -1, -2, -3, -4


@dataclass(frozen=True, slots=True)
class _Word:
    """A word over the characters of the whole text, spaces left out."""

    start: int
    end: int
    multiword: bool
    """Whether it shares its characters with the other words of a multiword token."""
    form: str
    parent: int
    """Place of its head in the list of all words."""
    relation: str
    feats: str
    word: Word


@dataclass
class _Layout:
    """Sentences laid end to end."""

    characters: str = ""
    tokens: list[tuple[int, int]] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    words: list[_Word] = field(default_factory=list)


def scores(gold: Sequence[Sentence], system: Sequence[Sentence]) -> dict[str, float]:
    """Return the F1, in 0..1, of each of `NAMES`.

    Raises:
        RowsError: the two are not made of the same characters.
    """
    return {
        name: 2 * right / (said + there) if said + there else 0.0
        for name, (right, said, there) in counts(gold, system).items()
    }


def counts(gold: Sequence[Sentence], system: Sequence[Sentence]) -> dict[str, tuple[int, int, int]]:
    """Return for each of `NAMES` how many are right, in the system's answer, and in gold.

    A head that is not known (None) is never right. Lemmas count as right where gold has none.

    Raises:
        RowsError: the two are not made of the same characters.
    """
    there, said = _laid_out(gold), _laid_out(system)
    _refuse_other_characters(there.characters, said.characters)
    pairs = _aligned(there.words, said.words)
    right = {
        "tokens": _same_spans(there.tokens, said.tokens),
        "sentences": _same_spans(there.sentences, said.sentences),
        "words": len(pairs),
        **_right(there.words, said.words, pairs),
    }
    return {name: (right[name], _total(said, name), _total(there, name)) for name in NAMES}


def _total(side: _Layout, name: str) -> int:
    if name == "clas":
        return sum(word.relation in _CONTENT for word in side.words)
    if name in ("tokens", "sentences"):
        return len(side.tokens if name == "tokens" else side.sentences)
    return len(side.words)


def sentence_counts(gold: Sentence, system: Sentence) -> Counts:
    """Return the counts of one sentence: rows as `NAMES`; columns right, system, gold.

    They add up: the sum over any choice of sentences, given to `f1_of`, is their score. That is
    exact where both sides have the same tokens; where not, the script may align a word across the
    end of a sentence, which is rare.

    Raises:
        RowsError: the two are not made of the same characters.
    """
    return np.array(list(counts([gold], [system]).values()), dtype=np.int64)


def f1_of(counts: NDArray[np.integer] | NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the F1 of counts, (..., 3) -> (...); 0 where there is nothing to count."""
    under = (counts[..., 1] + counts[..., 2]).astype(np.float64)
    f1: NDArray[np.float64] = np.zeros_like(under)
    np.divide(2.0 * counts[..., 0], under, out=f1, where=under > 0)
    return f1


def _laid_out(sentences: Sequence[Sentence]) -> _Layout:
    layout = _Layout()
    parts: list[str] = []
    at = 0
    for sentence in sentences:
        start, offset = at, len(layout.words)
        for form, numbers, multiword in _tokens(sentence):
            bare = _without_spaces(form)
            place = (at, at + len(bare))
            at += len(bare)
            parts.append(bare)
            layout.tokens.append(place)
            for number in numbers:
                word = sentence.words[number - 1]
                layout.words.append(_word(word, place, multiword, offset))
        layout.sentences.append((start, at))
    layout.characters = "".join(parts)
    return layout


def _tokens(sentence: Sentence) -> Iterator[tuple[str, range, bool]]:
    """Yield form and numbers of words of each token, and whether it is a multiword token."""
    starts = {multiword.first: multiword for multiword in sentence.multiwords}
    number = 1
    while number <= len(sentence.words):
        if number in starts:
            multiword = starts[number]
            yield multiword.form, range(number, multiword.last + 1), True
            number = multiword.last + 1
        else:
            yield sentence.words[number - 1].form, range(number, number + 1), False
            number += 1


@lru_cache(maxsize=1 << 14)
def _without_spaces(form: str) -> str:
    return form if form.isalpha() else "".join(c for c in form if unicodedata.category(c) != "Zs")


def _word(word: Word, place: tuple[int, int], multiword: bool, offset: int) -> _Word:
    form = word.form if multiword else _without_spaces(word.form)
    parent = _ROOT if word.head == 0 else _NO_HEAD
    if word.head:
        parent = offset + word.head - 1
    relation = word.deprel.split(":")[0]
    return _Word(*place, multiword, form.lower(), parent, relation, _universal(word.feats), word)


@lru_cache(maxsize=1 << 14)
def _universal(feats: str) -> str:
    return "|".join(sorted(f for f in feats.split("|") if f.split("=", 1)[0] in _UNIVERSAL))


def _refuse_other_characters(gold: str, system: str) -> None:
    if gold == system:
        return
    pairs = enumerate(zip(gold, system, strict=False))
    at = next((at for at, (g, s) in pairs if g != s), min(len(gold), len(system)))
    raise RowsError(
        f"The two are not the same text: {gold[at : at + 20]!r} stands in gold where the other has "
        f"{system[at : at + 20]!r} (spaces left out).",
        "Compare the analysis of exactly the text that gold has, in the same order.",
    )


def _same_spans(gold: Sequence[tuple[int, int]], system: Sequence[tuple[int, int]]) -> int:
    return len(set(gold) & set(system))


def _right(
    gold: Sequence[_Word], system: Sequence[_Word], pairs: Sequence[tuple[int, int]]
) -> dict[str, int]:
    gold_of = {s: g for g, s in pairs} | {_ROOT: _ROOT, _NO_HEAD: _NO_SYSTEM_HEAD}
    totals = dict.fromkeys(NAMES[3:], 0)
    for g, s in pairs:
        one, other = gold[g], system[s]
        a, b = one.word, other.word
        upos, xpos, feats = a.upos == b.upos, a.xpos == b.xpos, one.feats == other.feats
        headed = one.parent == gold_of.get(other.parent, _UNALIGNED)
        related = headed and one.relation == other.relation
        totals["upos"] += upos
        totals["xpos"] += xpos
        totals["ufeats"] += feats
        totals["alltags"] += upos and xpos and feats
        totals["lemma"] += a.lemma in ("_", b.lemma)
        totals["uas"] += headed
        totals["las"] += related
        totals["clas"] += related and one.relation in _CONTENT
    return totals


def _aligned(gold: Sequence[_Word], system: Sequence[_Word]) -> list[tuple[int, int]]:
    """Return which words are the same, as pairs of places in the two lists."""
    pairs = []
    g = s = 0
    while g < len(gold) and s < len(system):
        one, other = gold[g], system[s]
        if one.multiword or other.multiword:
            (g, g_end), (s, s_end) = _multiword_stretch(gold, system, g, s)
            pairs += [(g + i, s + j) for i, j in _in_common(gold[g:g_end], system[s:s_end])]
            g, s = g_end, s_end
        elif (one.start, one.end) == (other.start, other.end):
            pairs.append((g, s))
            g, s = g + 1, s + 1
        elif one.start <= other.start:
            g += 1
        else:
            s += 1
    return pairs


def _multiword_stretch(
    gold: Sequence[_Word], system: Sequence[_Word], g: int, s: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the least stretches of words of both sides that no multiword token crosses."""
    if gold[g].multiword:
        end = gold[g].end
        if not system[s].multiword and system[s].start < gold[g].start:
            s += 1
    else:
        end = system[s].end
        if gold[g].start < system[s].start:
            g += 1
    first = (g, s)
    while not _beyond(gold, g, end) or not _beyond(system, s, end):
        if g < len(gold) and (s >= len(system) or gold[g].start <= system[s].start):
            end = _extended(gold[g], end)
            g += 1
        else:
            end = _extended(system[s], end)
            s += 1
    return (first[0], g), (first[1], s)


def _beyond(words: Sequence[_Word], at: int, end: int) -> bool:
    if at >= len(words):
        return True
    return words[at].start >= end if words[at].multiword else words[at].end > end


def _extended(word: _Word, end: int) -> int:
    return max(word.end, end) if word.multiword else end


def _in_common(gold: Sequence[_Word], system: Sequence[_Word]) -> list[tuple[int, int]]:
    """Return a longest common subsequence of the forms, as pairs of places."""
    rows, columns = len(gold), len(system)
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for g in reversed(range(rows)):
        for s in reversed(range(columns)):
            longest[g][s] = max(
                longest[g + 1][s],
                longest[g][s + 1],
                longest[g + 1][s + 1] + 1 if gold[g].form == system[s].form else 0,
            )
    pairs = []
    g = s = 0
    while g < rows and s < columns:
        if gold[g].form == system[s].form:
            pairs.append((g, s))
            g, s = g + 1, s + 1
        elif longest[g][s] == longest[g + 1][s]:
            g += 1
        else:
            s += 1
    return pairs
