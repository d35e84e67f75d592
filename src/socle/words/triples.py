"""Who does what to what, read from a tree of Universal Dependencies in French or English.

`triples` follows passives, relative clauses, coordination, control and gerunds; `simple_triples`
is the narrow rule by which parsers are scored, which takes pronouns as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from socle.errors import RowsError
from socle.examples import Sentence, Triple, Word

# fmt: off
_NEVER = frozenset(
    ("pas", "point", "jamais", "guère", "nullement", "aucunement", "not", "n't", "never")
)
_NOBODY = frozenset(
    ("rien", "personne", "aucun", "nul", "nobody", "nothing", "none", "no-one", "neither")
)
_NO = frozenset(("aucun", "nul", "no", "neither"))
_NOR = frozenset(("ni", "or", "nor", "ou"))
_WITH_NE_ALONE = frozenset(("pouvoir", "oser", "savoir", "cesser"))
_BY_SUBJECT = frozenset(("promettre", "jurer", "promise", "swear"))
_ADDRESSED = frozenset(
    ("demander", "permettre", "ordonner", "interdire", "conseiller", "proposer", "dire",
     "défendre", "commander", "recommander", "suggérer", "imposer")
)
_WHEN_AND_HOW = frozenset(
    ("day", "time", "year", "moment", "place", "way", "reason", "week", "month", "night", "hour")
)
_RELATIVES = frozenset(("qui", "que", "qu'", "qu’", "who", "whom", "which", "that"))
# fmt: on
_DEEP = 50
"""Verbs that hang on each other further than this share nothing."""
_OUTSIDE = ("conj", "cc", "punct", "case", "acl:relcl", "parataxis", "appos", "mark")


@dataclass(frozen=True)
class TripleScores:
    """Counts of triples, which add up over sentences."""

    matched: int = 0
    gold: int = 0
    predicted: int = 0

    def __add__(self, other: TripleScores) -> TripleScores:
        return TripleScores(
            self.matched + other.matched, self.gold + other.gold, self.predicted + other.predicted
        )

    @property
    def precision(self) -> float:
        """Share of the predicted triples that are right; 0 where none is predicted."""
        return self.matched / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold triples that are found; 0 where there is none."""
        return self.matched / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = self.gold + self.predicted
        return 2 * self.matched / total if total else 0.0


def triples(sentence: Sentence, intransitive: bool = False) -> list[Triple]:
    """Return who does what to what, by verb; pronouns of relative clauses become what they mean.

    Verbs without an object are left out, unless asked for with `intransitive`. A passive has its
    surface subject as object, and as subject its agent, or None. Copulas give no triple. Raises
    RowsError where the heads are no tree.
    """
    tree = _Tree(sentence)
    found: dict[tuple[int | None, int, int | None], Triple] = {}
    for verb, word in enumerate(sentence.words):
        if word.upos != "VERB" or "cop" in {tree.relation(c) for c in tree.children[verb]}:
            continue
        passive = tree.passive(verb)
        subjects: Sequence[int | None] = tree.subjects(verb)
        objects: Sequence[int | None] = tree.objects(verb)
        if passive:
            subjects, objects = tree.agents(verb), subjects
        if not objects and not (intransitive and subjects):
            continue
        if not subjects and not passive:
            continue
        negated = tree.negated(verb)
        for subject in subjects or [None]:
            for thing in objects or [None]:
                if subject != thing:
                    key = subject, verb, thing
                    found[key] = Triple(*key, negated=negated, passive=passive)
    return list(found.values())


def simple_triples(sentence: Sentence) -> list[Triple]:
    """Return the first subject and the first object of each verb that has both.

    A subject is a child `nsubj` of any subtype but `nsubj:pass`, an object a child `obj`.
    """
    subjects: dict[int, int] = {}
    objects: dict[int, int] = {}
    for i, word in enumerate(sentence.words):
        if word.head:
            base, _, subtype = word.deprel.partition(":")
            if base == "nsubj" and subtype != "pass":
                subjects.setdefault(word.head - 1, i)
            elif word.deprel == "obj":
                objects.setdefault(word.head - 1, i)
    verbs = (i for i, word in enumerate(sentence.words) if word.upos == "VERB")
    return [Triple(subjects[i], i, objects[i]) for i in verbs if i in subjects and i in objects]


def triple_scores(
    gold: Sequence[Iterable[Triple]], predicted: Sequence[Iterable[Triple]]
) -> TripleScores:
    """Count the triples of sentences that agree in subject, verb and object.

    Raises ValueError where there are not as many sentences on both sides.
    """
    total = TripleScores()
    for wanted, found in zip(gold, predicted, strict=True):
        right, given = ({(t.subject, t.verb, t.object) for t in side} for side in (wanted, found))
        total += TripleScores(len(right & given), len(right), len(given))
    return total


def as_text(sentence: Sentence, triple: Triple, phrases: bool = False) -> dict[str, Any]:
    """Return a triple as JSON: the lemma of the verb, and the head words or the whole phrases.

    Keys: subject, verb, object, negated, passive; None for a part that is not said.
    """
    verb = sentence.words[triple.verb]
    shown: dict[str, str | None] = {}
    for name, at in (("subject", triple.subject), ("object", triple.object)):
        whole = phrases and at is not None
        form = None if at is None else sentence.words[at].form
        shown[name] = _phrase(_Tree(sentence), at) if whole and at is not None else form
    return {
        "subject": shown["subject"],
        "verb": verb.form.lower() if verb.lemma == "_" else verb.lemma,
        "object": shown["object"],
        "negated": triple.negated,
        "passive": triple.passive,
    }


class _Tree:
    """A sentence with its children and what its verbs govern, by numbers from 0."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.words = sentence.words
        self.heads: list[int] = []
        self.children: list[list[int]] = [[] for _ in self.words]
        for i, word in enumerate(self.words):
            if word.head is None or not 0 <= word.head <= len(self.words):
                raise RowsError(
                    f"Word {i + 1}, {word.form!r}, has no head in its sentence.",
                    "Triples need a tree: parse the sentence first.",
                )
            self.heads.append(word.head - 1)
            if word.head:
                self.children[word.head - 1].append(i)
        # From the roots down, a word of a ring is never met.
        met = [i for i, head in enumerate(self.heads) if head < 0]
        for i in met:
            met += self.children[i]
        if len(met) < len(self.words):
            raise RowsError(
                f"The heads of {sentence.text[:60]!r} run in a ring.",
                "Each word must lead to the root, which has the head 0.",
            )

    def relation(self, at: int) -> str:
        """Return the relation without its subtype."""
        return self.words[at].deprel.partition(":")[0]

    def _lemma(self, at: int) -> str:
        word = self.words[at]
        return (word.form if word.lemma == "_" else word.lemma).lower()

    def having(self, at: int, *relations: str) -> list[int]:
        """Return the children whose relation, with or without its subtype, is one of these."""
        return [
            c
            for c in self.children[at]
            if self.relation(c) in relations or self.words[c].deprel in relations
        ]

    def passive(self, verb: int, depth: int = 0) -> bool:
        """Tell whether a verb stands in the passive, also by the one that it is coordinated to."""
        if self.having(verb, "aux:pass", "nsubj:pass", "csubj:pass", "expl:pass", "obl:agent"):
            return True
        if self.words[verb].deprel == "conj" and not self.having(verb, "nsubj", "aux", "obj"):
            head = self.heads[verb]
            alone = _participle(self.words[verb]) and head >= 0 and depth < _DEEP
            return alone and self.passive(head, depth + 1)
        # A bare participle such as `signed by the minister`.
        return (
            self.relation(verb) == "acl"
            and self.words[verb].deprel != "acl:relcl"
            and _participle(self.words[verb])
            and bool(self.agents(verb))
        )

    def agents(self, verb: int, depth: int = 0) -> list[int]:
        """Return by whom a passive is done; those of a later coordinated verb, if it has none."""
        found = self.having(verb, "obl:agent") or [
            c
            for c in self.having(verb, "obl")
            if any(self._lemma(m) in ("par", "by") for m in self.having(c, "case"))
            and self.words[c].deprel not in ("obl:tmod", "obl:mod")
        ]
        if not found and depth < _DEEP:
            for other in self.having(verb, "conj"):
                if not self.having(other, "nsubj", "aux") and _participle(self.words[other]):
                    found = found or self.agents(other, depth + 1)
        return self._all_of(found)

    def _all_of(self, heads: Iterable[int]) -> list[int]:
        """Return what words mean, with what is coordinated to them."""
        found: list[int] = []
        for head in heads:
            found.append(self._meant(head))
            found += self.having(head, "conj")
        return found

    def _meant(self, at: int) -> int:
        """Return the antecedent of a relative pronoun; any other word as it is."""
        word = self.words[at]
        named = {word.lemma.lower(), word.form.lower()} & _RELATIVES
        if "PronType=Rel" not in word.feats and not named:
            return at
        if word.upos not in ("PRON", "SCONJ", "_"):
            return at
        above = self.heads[at]
        for _ in self.words:
            if above < 0:
                break
            if self.words[above].deprel == "acl:relcl" and at < above:
                return self.heads[above]
            above = self.heads[above]
        return at

    def subjects(self, verb: int, depth: int = 0) -> list[int]:
        """Return who does, or in the passive undergoes, what a verb says; its own or inherited."""
        own = [c for c in self.having(verb, "nsubj") if self.relation(c) == "nsubj"]
        if own:
            return self._all_of(own)
        head, relation = self.heads[verb], self.words[verb].deprel
        if head < 0 or depth > _DEEP or self.having(verb, "csubj", "expl:subj"):
            return []
        base = relation.partition(":")[0]
        finite = "VerbForm=Fin" in self.words[verb].feats
        if base == "acl" and relation != "acl:relcl" and _participle_of_any_time(self.words[verb]):
            return self._all_of([head])
        if self.words[head].upos not in ("VERB", "AUX", "ADJ", "NOUN"):
            return []
        if base == "xcomp":
            return self._controllers(head, depth)
        if base == "conj" or (base == "advcl" and not finite):
            return self.subjects(head, depth + 1)
        return []

    def _controllers(self, head: int, depth: int) -> list[int]:
        """Return who does an infinitive below a verb: its object if it has one, or its subject."""
        if self._lemma(head) not in _BY_SUBJECT:
            if things := self.having(head, "obj"):
                return self._all_of(things)
            asked = self.having(head, "iobj")
            if self._lemma(head) in _ADDRESSED:
                asked = asked or self.having(head, "obl:arg")
            if asked:
                return self._all_of(asked)
        return self.subjects(head, depth + 1)

    def objects(self, verb: int) -> list[int]:
        """Return to what a verb is done: its objects, a clitic, or what a relative clause skips."""
        own = self.having(verb, "obj")
        if not own and not self.having(verb, "ccomp", "xcomp"):
            own = [
                c
                for c in self.having(verb, "iobj")
                if self.words[c].upos == "PRON" and self._lemma(c) not in ("en", "y")
            ]
            if not own and self.words[verb].deprel == "conj" and self.heads[verb] >= 0:
                own = self._shared(verb)
        return self._all_of(own) or self._skipped(verb)

    def _shared(self, verb: int) -> list[int]:
        """Return the objects that a coordinated verb has in common with the first one."""
        things = self.having(self.heads[verb], "obj")
        # `signs and publishes the decree`: it stands behind both, below the first.
        if behind := [c for c in things if c > verb]:
            return behind
        # `l'a signé et publié`: participles under one auxiliary share the clitic before it.
        alone = _participle(self.words[verb]) and not self.having(verb, "nsubj", "obl", "aux")
        return [c for c in things if alone and self.words[c].upos == "PRON" and c < verb]

    def _skipped(self, verb: int) -> list[int]:
        """Return the antecedent of an English relative clause without a pronoun."""
        clause = verb
        while self.words[clause].deprel == "xcomp" and self.heads[clause] >= 0:
            clause = self.heads[clause]
        if self.words[clause].deprel != "acl:relcl" or not self.having(clause, "nsubj"):
            return []
        inside = [clause, verb, *self.children[clause], *self.children[verb]]
        stranded = any(
            self.relation(c) == "case"
            or (self.relation(c) == "obl" and self.words[c].upos == "ADP")
            for c in inside
        )
        relative = any(
            "PronType=Rel" in self.words[c].feats or self._lemma(c) in ("that", "which", "where")
            for c in self._below(clause)
        )
        filled = self.having(verb, "obj", "ccomp", "xcomp", "cop") or self.passive(verb)
        antecedent = self.heads[clause]
        if stranded or relative or filled or self._lemma(antecedent) in _WHEN_AND_HOW:
            return []
        return [antecedent]

    def _below(self, at: int) -> list[int]:
        found = [at]
        for i in found:
            found += self.children[i]
        return found

    def negated(self, verb: int, depth: int = 0) -> bool:
        """Tell whether a verb is denied, itself or by the one that governs it."""
        lemmas = {self._lemma(c) for c in self.children[verb] if self.relation(c) != "conj"}
        forms = {self.words[c].form.lower() for c in self.children[verb]}
        ne = bool({"ne", "n'", "n’"} & (lemmas | forms))
        nearby = lemmas.union(*(self._ties(c) for c in self.children[verb]))
        if (lemmas | forms) & _NEVER or (ne and ("plus" in lemmas or "ni" in nearby)):
            return True
        for argument in self.having(verb, "nsubj", "obj", "iobj", "obl:agent"):
            dets = {self._lemma(c) for c in self.having(argument, "det")}
            # As a noun, French `personne` denies nothing.
            nobody = self.words[argument].upos == "PRON" and self._lemma(argument) in _NOBODY
            if nobody or dets & _NO:
                return True
        if ne and self._lemma(verb) in _WITH_NE_ALONE and "que" not in lemmas:
            return True
        head, relation = self.heads[verb], self.words[verb].deprel
        if head < 0 or depth > _DEEP:
            return False
        if relation == "xcomp" and self.words[head].upos in ("VERB", "AUX"):
            return self.negated(head, depth + 1)
        alone = not self.having(verb, "nsubj", "aux", "expl:subj")
        nor = bool(self._ties(verb) & _NOR)
        return relation == "conj" and alone and nor and self.negated(head, depth + 1)

    def _ties(self, at: int) -> set[str]:
        return {self._lemma(c) for c in self.having(at, "cc")}


def _participle(word: Word) -> bool:
    return "VerbForm=Part" in word.feats and "Tense=Pres" not in word.feats


def _participle_of_any_time(word: Word) -> bool:
    return "VerbForm=Part" in word.feats or "VerbForm=Ger" in word.feats


def _phrase(tree: _Tree, head: int) -> str:
    """Return the words around a head that belong to it, without what is coordinated to it."""
    inside = {head}
    below = [c for c in tree.children[head] if not tree.having(head, *_OUTSIDE).count(c)]
    for child in below:
        inside.update(tree._below(child))
    first = last = head
    while first - 1 in inside:
        first -= 1
    while last + 1 in inside:
        last += 1
    words = tree.words
    if first and (words[first - 1].start, words[first - 1].end) == (
        words[first].start,
        words[first].end,
    ):
        # `le` of `du` has no characters of its own.
        rest = tree.sentence.text[words[first].end : words[last].end] if last > first else ""
        return f"{words[first].form}{rest}"
    return tree.sentence.text[words[first].start : words[last].end]
