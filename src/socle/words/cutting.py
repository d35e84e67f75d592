"""Raw text to sentences and words, learnt from a treebank or by rule.

A text is read as runs (letters, digits, or one other sign). A linear classifier says for the end
of each run whether a token ends there, and a sentence; a second one says whether a token such as
French `des` stands for several words. Both are logistic regressions over hashed features of the
neighbouring runs, so that a model is two small arrays and some JSON.
"""

from __future__ import annotations

import random
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from socle.errors import ModelError, RowsError
from socle.examples import Multiword, Sentence, Word
from socle.words.plain import ADDRESS, Cuts, plain_cuts
from socle.words.runs import BITS, NONE, SENTENCE, TOKEN, Runs, hash_of, labels_of, read_runs

VERSION = 1
_SMALL_BITS = 14
"""Buckets of the features of `contexts`, as a power of two."""

_Expansion = tuple[int, tuple[str, ...]]
"""How many last characters of a token are replaced, and by what: (1, ("e", "le")) for `du`."""


@dataclass(frozen=True)
class Cutter:
    """Cuts texts into sentences and words; it cuts by rule where it holds no weights."""

    expansions: Mapping[str, _Expansion] = field(default_factory=dict)
    """Tokens that may stand for several words, in lower case; `*'s` for all that end so."""
    bounds: NDArray[np.float16] | None = None
    """Shape (3, 2**17): weights for no end, end of a token, end of a sentence."""
    contexts: NDArray[np.float16] | None = None
    """Shape (2**14,): weights for a token of `expansions` to stand for several words here."""

    def cut(self, text: str) -> list[Sentence]:
        """Return the sentences of a text; none for an empty one. A blank line ends a sentence."""
        return self.cut_all([text])[0]

    def cut_all(self, texts: Sequence[str]) -> list[list[Sentence]]:
        """Return the sentences of each text, as `cut` does, in less time."""
        cuts = self._cuts(texts)
        return [self._sentences(text, own) for text, own in zip(texts, cuts, strict=True)]

    def _sentences(self, text: str, cuts: Cuts) -> list[Sentence]:
        sentences, first = [], 0
        for i, last in enumerate(cuts.last):
            if last:
                sentences.append(self._sentence(text, cuts, first, i + 1))
                first = i + 1
        return sentences

    def cut_words(self, text: str) -> Sentence:
        """Return a text as one sentence, without the blanks around it."""
        (cuts,) = self._cuts([text], sentences=False)
        return self._sentence(text, cuts, 0, len(cuts.ends))

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays, as values that JSON knows."""
        known = {key: [cut, *tails] for key, (cut, tails) in sorted(self.expansions.items())}
        return {"version": VERSION, "expansions": known}

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """Return the arrays by name; none for a cutter by rule."""
        held = {"bounds": self.bounds, "contexts": self.contexts}
        return {name: array for name, array in held.items() if array is not None}

    @classmethod
    def restore(cls, stored: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Cutter:
        """Return the cutter of `to_json` and `tensors`; ModelError where they do not fit."""
        shapes = {"bounds": (3, 1 << BITS), "contexts": (1 << _SMALL_BITS,)}
        try:
            if stored["version"] != VERSION:
                raise ValueError(f"version {stored['version']}")
            known = {
                k: (int(v[0]), tuple(map(str, v[1:]))) for k, v in stored["expansions"].items()
            }
            if any(cut < 0 or len(tails) < 2 for cut, tails in known.values()):
                raise ValueError("an expansion of fewer than two words")
            for name, array in tensors.items():
                if array.shape != shapes[name]:
                    raise ValueError(f"{name} of shape {array.shape}")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"The cutter of this model cannot be read: {error}.", "Train the model again."
            ) from error
        arrays = {name: np.asarray(array, np.float16) for name, array in tensors.items()}
        return cls(known, arrays.get("bounds"), arrays.get("contexts"))

    def _cuts(self, texts: Sequence[str], sentences: bool = True) -> list[Cuts]:
        if self.bounds is None:
            return [plain_cuts(text, sentences) for text in texts]
        if not texts:
            return []
        runs = [read_runs(text) for text in texts]
        labels = labels_of(runs, self.bounds, sentences)
        return [_cut(*given) for given in zip(texts, runs, labels, strict=True)]

    def _sentence(self, text: str, cuts: Cuts, first: int, last: int) -> Sentence:
        if first == last:
            return Sentence("", ())
        base = cuts.starts[first]
        spans = [(cuts.starts[i], cuts.ends[i]) for i in range(first, last)]
        forms = [text[start:end] for start, end in spans]
        words: list[Word] = []
        multiwords: list[Multiword] = []
        for i, (form, (start, end)) in enumerate(zip(forms, spans, strict=True)):
            found = _find(self.expansions, form) if self.expansions else None
            if found and self._expands(found[0], forms, i):
                pieces = _pieces(form, found[1])
                multiwords.append(Multiword(len(words) + 1, len(words) + len(pieces), form))
                words += [Word(piece, start - base, end - base) for piece in pieces]
            else:
                words.append(Word(form, start - base, end - base))
        return Sentence(text[base : cuts.ends[last - 1]], tuple(words), tuple(multiwords))

    def _expands(self, key: str, forms: Sequence[str], at: int) -> bool:
        if self.contexts is None:
            return True
        return bool(self.contexts[_context(key, forms, at)].sum(dtype=np.float32) > 0)


def learn_cutter(sentences: Sequence[Sentence], seed: int = 0) -> Cutter:
    """Return a cutter that cuts as these sentences are; RowsError where they hold no word.

    Neighbouring sentences should stand in their order; blank lines stand where a comment begins
    with `# newdoc` or `# newpar`, and at random elsewhere, as do line ends.
    """
    held = [sentence for sentence in sentences if sentence.words]
    if not held:
        raise RowsError("There is no word to learn from.", "Give sentences cut into words.")
    dice = random.Random(seed)
    # Shuffled once or twice more, so that ends of sentences meet many beginnings.
    order = list(held)
    for _ in range(2 if len(held) < 5000 else 1):
        order += dice.sample(held, len(held))
    text, ends, last = _joined(order, dice)
    runs = read_runs(text)
    labels = np.isin(runs.ends, ends).astype(np.int64) + np.isin(runs.ends, last)
    weights = np.zeros((3, 1 << BITS), np.float16)
    classes, learnt = _regression(runs.features(0, len(labels)), labels, 1 << BITS)
    weights[classes] = learnt if len(learnt) == len(classes) else np.stack([-learnt[0], learnt[0]])
    tokens = [_tokens(sentence) for sentence in held]
    expansions = _expansions([token for line in tokens for token in line])
    return Cutter(expansions, weights, _learn_contexts(tokens, expansions))


def plain_cutter() -> Cutter:
    """Return a cutter by rule for French and English, as the tokens of CoNLL files are cut."""
    return Cutter()


def _cut(text: str, runs: Runs, labels: NDArray[np.int64]) -> Cuts:
    some = any(sign in text for sign in ("@", "://", "www."))
    for match in ADDRESS.finditer(text) if some else ():
        # Treebanks hold too few addresses to learn from.
        first, end = np.searchsorted(runs.ends, match.span(), side="right").tolist()
        labels[first : end - 1] = NONE
        labels[first:end][-1:] = np.maximum(labels[first:end][-1:], TOKEN)
    behind = np.flatnonzero(labels)
    first = np.concatenate(([0], behind[:-1] + 1)) if len(behind) else behind
    last = (labels[behind] == SENTENCE).tolist()
    return Cuts(runs.starts[first].tolist(), runs.ends[behind].tolist(), last)


def _joined(sentences: Sequence[Sentence], dice: random.Random) -> tuple[str, list[int], list[int]]:
    """Return one text of all, and the offsets behind tokens and behind sentences."""
    parts: list[str] = []
    ends: list[int] = []
    last: list[int] = []
    at = 0
    for sentence in sentences:
        new = any(comment.startswith(("# newdoc", "# newpar")) for comment in sentence.comments)
        # Users' files hold sentences a line, blank lines and wrapped lines; treebanks do not.
        new = new and dice.random() < 0.5
        gap = "\n\n" if new else dice.choices((" ", "\n", "\n\n"), (8, 1, 1))[0]
        text = sentence.text
        if dice.random() < 0.1:
            text = re.sub(" ", lambda _: "\n" if dice.random() < 0.08 else " ", text)
        base = at + len(gap)
        ends += [base + word.end for word in sentence.words]
        last.append(base + sentence.words[-1].end)
        parts += [gap, text]
        at = base + len(text)
    return "".join(parts), ends, last


def _regression(
    buckets: NDArray[np.int64], labels: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the classes met and the weights, shape (classes, or 1 for two; width)."""
    classes = np.unique(labels)
    if len(classes) == 1:
        return classes, np.full((1, width), 1.0 / buckets.shape[1])
    rows = np.arange(0, buckets.size + 1, buckets.shape[1])
    ones = np.ones(buckets.size, np.float32)
    matrix = csr_matrix((ones, buckets.ravel(), rows), shape=(len(labels), width))
    with warnings.catch_warnings():
        # A few hundred steps more move no boundary.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=150, tol=1e-4)
        model.fit(matrix, labels)
    return classes, model.coef_


def _tokens(sentence: Sentence) -> list[tuple[str, tuple[str, ...]]]:
    """Return the tokens of a sentence with the words that each stands for."""
    multi = {m.first - 1: m for m in sentence.multiwords}
    tokens, at = [], 0
    while at < len(sentence.words):
        last = multi[at].last if at in multi else at + 1
        form = multi[at].form if at in multi else sentence.words[at].form
        tokens.append((form, tuple(word.form for word in sentence.words[at:last])))
        at = last
    return tokens


def _key(form: str) -> str:
    return form.lower().replace("’", "'")


def _expansions(tokens: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, _Expansion]:
    """Return the most frequent expansion of each token, and those that an ending foretells."""
    whole: dict[str, Counter[_Expansion]] = defaultdict(Counter)
    endings: dict[str, Counter[_Expansion | None]] = defaultdict(Counter)
    for form, words in tokens:
        key = _key(form)
        rule = _rule(key, tuple(map(_key, words))) if len(words) > 1 else None
        if rule:
            whole[key][rule] += 1
        for length in range(2, min(5, len(key))):
            if not key[-length:].isalnum():
                endings["*" + key[-length:]][rule] += 1
    known: dict[str, _Expansion] = {}
    for ending, counted in endings.items():
        rule, count = counted.most_common(1)[0]
        if rule and count >= 3 and count > counted.total() / 2 and len(rule[1]) == 2:
            known[ending] = rule
    for key, rules in whole.items():
        best = rules.most_common(1)[0][0]
        if (found := _find(known, key)) is None or found[1] != best:
            known[key] = best
    return known


def _rule(key: str, words: Sequence[str]) -> _Expansion:
    kept = 0
    while kept < min(len(key), len(words[0])) and key[kept] == words[0][kept]:
        kept += 1
    return len(key) - kept, (words[0][kept:], *words[1:])


def _find(known: Mapping[str, _Expansion], form: str) -> tuple[str, _Expansion] | None:
    key = _key(form)
    if key in known:
        return key, known[key]
    if not key.isalnum():
        for length in range(min(4, len(key) - 1), 1, -1):
            ending = "*" + key[-length:]
            if ending in known:
                return ending, known[ending]
    return None


def _pieces(form: str, expansion: _Expansion) -> list[str]:
    cut, tails = expansion
    kept = len(form) - cut
    if "".join(tails) == _key(form)[kept:]:
        ends = np.cumsum([kept + len(tails[0]), *map(len, tails[1:])]).tolist()
        return [form[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    first = form.lower()[:kept] + tails[0]
    if form[0].isupper():
        first = first.upper() if form.isupper() else first[:1].upper() + first[1:]
    return [first, *tails[1:]]


def _context(key: str, forms: Sequence[str], at: int) -> list[int]:
    """Return the buckets of the features of a token that may stand for several words."""
    before, before2 = (forms[at - i].lower() if at >= i else "^" for i in (1, 2))
    after, after2 = (forms[at + i] if at + i < len(forms) else "$" for i in (1, 2))
    low = after.lower()
    seen = (
        key, _key(forms[at]), before, low, f"{before} {low}", before[-3:], before[-2:], low[-3:],
        low[-1:], after[:1].isupper(), f"{before2} {before}", before2, f"{before[-2:]} {low[-2:]}",
        after2.lower(), f"{low[-1:]} {after2[-1:]}", forms[at][:1].isupper(), before[-4:],
    )  # fmt: skip
    return [hash_of(f"{i} {key} {value}") * 0x9E3779B1 >> 20 & (1 << _SMALL_BITS) - 1
            for i, value in enumerate(seen)]  # fmt: skip


def _learn_contexts(
    sentences: Sequence[Sequence[tuple[str, tuple[str, ...]]]], known: Mapping[str, _Expansion]
) -> NDArray[np.float16] | None:
    buckets, labels = [], []
    for tokens in sentences:
        forms = [form for form, _ in tokens]
        for i, (form, words) in enumerate(tokens):
            if found := _find(known, form):
                buckets.append(_context(found[0], forms, i))
                labels.append(len(words) > 1)
    if len(set(labels)) < 2:
        return None
    held = np.array(buckets, np.int64), np.array(labels, np.int64)
    weights = _regression(*held, 1 << _SMALL_BITS)[1]
    return np.asarray(weights[0], np.float16)
