"""Small files of sentences: a treebank, entities in three schemes, and relations."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

Line = tuple[str, str, str, int, str]
"""Form, lemma, UPOS, head and relation of a word."""

_NOUNS = (
    ("chat", "m"),
    ("voisin", "m"),
    ("médecin", "m"),
    ("élève", "m"),
    ("voisine", "f"),
    ("reine", "f"),
    ("fille", "f"),
    ("tante", "f"),
)
_VERBS = ("regarde", "cherche", "appelle", "invite", "aide")
_LEMMAS = {"appelle": "appeler"}
_ADVERBS = ("souvent", "parfois", "vite")
_PEOPLE = ("Zoé Martin", "Éric", "Anna", "Paul Durand", "Léa", "Hugo Petit")
_PLACES = ("Lyon", "La Rochelle", "Nîmes", "Paris", "Saint Malo", "Brest")
_SAID = {
    "works-in(e1,e2)": "{a} travaille à {b}",
    "born-in(e1,e2)": "{a} est né à {b}",
    "born-in(e2,e1)": "{b} a vu naître {a}",
    "Other": "{a} parle de {b}",
}
_WHEN = ("", " hier", " depuis mai", " selon la presse", " en été")


def trees(n: int = 60, seed: int = 0) -> Iterator[list[Line]]:
    """Yield sentences of subject, verb and object with their trees; no two are the same."""
    dice, known = random.Random(seed), set[tuple[str, ...]]()
    while len(known) < n:
        (one, sex), (other, its) = dice.sample(_NOUNS, 2)
        verb, adverb = dice.choice(_VERBS), dice.choice(("", *_ADVERBS))
        key = (one, verb, adverb, other)
        if key in known:
            continue
        known.add(key)
        article = {"m": "le", "f": "la"}
        yield [
            (article[sex].capitalize(), "le", "DET", 2, "det"),
            (one, one, "NOUN", 3, "nsubj"),
            (verb, _LEMMAS.get(verb, f"{verb}r"), "VERB", 0, "root"),
            *([(adverb, adverb, "ADV", 3, "advmod")] if adverb else []),
            (article[its], "le", "DET", 6 if adverb else 5, "det"),
            (other, other, "NOUN", 3, "obj"),
            (".", ".", "PUNCT", 3, "punct"),
        ]


def conllu(path: Path, sentences: Iterator[list[Line]], *, heads: bool = True) -> Path:
    """Write sentences as CoNLL-U, with their trees or without."""
    blocks = []
    for lines in sentences:
        text = " ".join(form for form, *_ in lines).replace(" .", ".")
        rows = [f"# text = {text}"]
        for number, (form, lemma, upos, head, relation) in enumerate(lines, start=1):
            tree = (str(head), relation) if heads else ("_", "_")
            glued = number == len(lines) - 1
            misc = "SpaceAfter=No" if glued else "_"
            rows.append("\t".join((str(number), form, lemma, upos, "_", "_", *tree, "_", misc)))
        blocks.append("\n".join(rows) + "\n\n")
    path.write_text("".join(blocks), encoding="utf-8")
    return path


def entities(n: int = 60, seed: int = 0) -> Iterator[list[tuple[str, str]]]:
    """Yield sentences as words with tags in BIO; two people stand beside each other in some."""
    dice = random.Random(seed)
    for i in range(n):
        a, b = dice.sample(_PEOPLE, 2)
        place, when = dice.choice(_PLACES), dice.choice(_WHEN)
        words = _tagged(a, "PER")
        # Without a word between them: what IOB1 writes otherwise than BIO.
        words += _tagged(b, "PER") if i % 3 == 0 else []
        words += [(word, "O") for word in dice.choice(("habite à", "reste à", "va à")).split()]
        words += [*_tagged(place, "LOC"), *((word, "O") for word in when.split()), (".", "O")]
        yield words


def _tagged(name: str, kind: str) -> list[tuple[str, str]]:
    first, *rest = name.split()
    return [(first, f"B-{kind}"), *((word, f"I-{kind}") for word in rest)]


def as_iob1(tags: list[str]) -> list[str]:
    """Return tags of BIO in IOB1: B only where the same kind goes on."""
    return [
        f"I-{tag[2:]}" if tag[0] == "B" and (not i or tags[i - 1][2:] != tag[2:]) else tag
        for i, tag in enumerate(tags)
    ]


def as_bioes(tags: list[str]) -> list[str]:
    """Return tags of BIO in BIOES: S for a single word, E for the last one."""
    found = []
    for tag, following in zip(tags, [*tags[1:], "O"], strict=True):
        last = following[0] != "I"
        found.append({"B": "S", "I": "E"}.get(tag[0], "O") + tag[1:] if last else tag)
    return found


def conll(
    path: Path,
    sentences: Iterator[list[tuple[str, str]]],
    spelt: Callable[[list[str]], list[str]] = list,
) -> Path:
    """Write sentences as words and tags, in another scheme if one is given."""
    blocks = []
    for words in sentences:
        tags = spelt([tag for _, tag in words])
        rows = [f"{form}\t{tag}" for (form, _), tag in zip(words, tags, strict=True)]
        blocks.append("\n".join(rows) + "\n\n")
    path.write_text("".join(blocks), encoding="utf-8")
    return path


def relations(path: Path, n: int = 100, seed: int = 0) -> Path:
    """Write rows of a text, the places of two entities, and their relation."""
    dice, names = random.Random(seed), list(_SAID)
    lines = []
    for i in range(n):
        label = names[i % len(names)]
        a, b, when = dice.choice(_PEOPLE), dice.choice(_PLACES), dice.choice(_WHEN)
        text = _SAID[label].format(a=a, b=b) + f"{when}."
        e1, e2 = ([text.index(name), text.index(name) + len(name)] for name in (a, b))
        row = {"text": text, "e1": e1, "e2": e2, "label": label}
        lines.append(json.dumps(row, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
