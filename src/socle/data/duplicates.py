"""Texts that are the same, or nearly.

Two texts are the same when they differ only in case, blanks and Unicode presentation (NFKC).
They are near duplicates when the sets of their 5-character pieces have a Jaccard similarity of
at least `THRESHOLD`: about one word changed in twenty.

Near duplicates are found by an exact set-similarity join, not by hashing into bands: pieces are
ordered from the rarest, and two sets that are similar enough must share one of their first
pieces (prefix filter: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007), at
positions that leave room for the rest (positional filter: Xiao, Wang, Lin and Yu 2008), and with
bitmaps that do not differ too much (bitmap filter: Sandes, Teodoro and Melo 2020). Every pair above
the threshold is found, and every pair found is verified. Only a text of more than `SKETCH` distinct
pieces (about a page) stands for them by the smallest hashes (bottom-k sketch: Broder 1997), which
estimates the similarity with a standard error of about .013.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.8
PIECE = 5
SKETCH = 1024

_CHARACTERS_AT_ONCE = 1 << 21
_PAIRS_AT_ONCE = 1 << 20
_PIECES_AT_ONCE = 1 << 23
_BITS = 1024
_SETS_AT_ONCE = 1 << 12

Ints = NDArray[np.int64]


def normalised(text: str) -> str:
    """Return what two equal texts share: NFKC, case folded, every run of blanks one space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


class Links:
    """Items that are linked belong together: a union-find forest over `0..n-1`."""

    def __init__(self, n: int) -> None:
        self._parents = list(range(n))

    def root(self, item: int) -> int:
        """Return the item that stands for the whole group."""
        parents = self._parents
        while parents[item] != item:
            parents[item] = item = parents[parents[item]]
        return item

    def link(self, a: int, b: int) -> None:
        """Put the groups of `a` and `b` together."""
        a, b = self.root(a), self.root(b)
        self._parents[max(a, b)] = min(a, b)

    def roots(self) -> Ints:
        """Return for each item the one that stands for its group; shape (n,)."""
        return np.array([self.root(item) for item in range(len(self._parents))], dtype=np.int64)

    def groups(self) -> list[list[int]]:
        """Return the groups of two items and more, in the order of their first item."""
        found: dict[int, list[int]] = {}
        for item in range(len(self._parents)):
            found.setdefault(self.root(item), []).append(item)
        return [group for group in found.values() if len(group) > 1]


def groups_of_exact_duplicates(texts: Sequence[str]) -> list[list[int]]:
    """Return the indices of texts that are the same once normalised; empty texts are left out."""
    found: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        found.setdefault(normalised(text), []).append(i)
    return [group for text, group in found.items() if text and len(group) > 1]


def groups_of_near_duplicates(
    texts: Sequence[str], threshold: float = THRESHOLD
) -> list[list[int]]:
    """Return the indices of texts that are the same or nearly, groups of two and more.

    A group is a chain: each text in it is near to another one, not to all. Empty texts are never
    grouped, those of fewer than five characters only when they are the same.

    Args:
        texts: any texts.
        threshold: least Jaccard similarity of the sets of 5-character pieces, in 0.5..1.
    """
    return [list(group) for group in _grouped(tuple(texts), threshold)]


@lru_cache(maxsize=4)
def _grouped(texts: tuple[str, ...], threshold: float) -> tuple[tuple[int, ...], ...]:
    plain = [normalised(text) for text in texts]
    links = Links(len(plain))
    first: dict[str, int] = {}
    for i, text in enumerate(plain):
        if text:
            links.link(first.setdefault(text, i), i)
    distinct = np.array(list(first.values()), dtype=np.int64)
    if threshold < 1 and len(distinct) > 1:
        sets = _sets([plain[i] for i in distinct])
        _join(sets, threshold, distinct, links)
    return tuple(tuple(group) for group in links.groups())


@dataclass(frozen=True)
class _Sets:
    """A set of pieces per text: the pieces of text i are `pieces[starts[i]:starts[i + 1]]`."""

    pieces: Ints
    starts: Ints

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)


def _sets(texts: Sequence[str]) -> _Sets:
    """Return the sets with pieces numbered from the rarest on, each set in that order."""
    found = list(_hashes(texts))
    sizes = np.concatenate([counts for _, counts in found])
    _, ids, counts = np.unique(
        np.concatenate([hashes for hashes, _ in found]), return_inverse=True, return_counts=True
    )
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    pieces, owners = rank[ids], np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((pieces, owners))
    return _Sets(pieces[order], np.concatenate([[0], np.cumsum(sizes)]))


def _hashes(texts: Sequence[str]) -> Iterator[tuple[NDArray[np.uint64], Ints]]:
    """Yield, for some texts at a time, their distinct hashed pieces and how many each has."""
    begin, characters = 0, 0
    for end, text in enumerate(texts, start=1):
        characters += len(text)
        if characters > _CHARACTERS_AT_ONCE or end == len(texts):
            yield _hashed(texts[begin:end])
            begin, characters = end, 0


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], Ints]:
    # A short text is one piece, filled up with zeros: "ok" is near nothing but itself.
    filled = [text.ljust(PIECE, "\0") for text in texts]
    codes = np.frombuffer("".join(filled).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array([len(text) for text in filled])
    owners = np.repeat(np.arange(len(texts)), lengths)
    windows = len(codes) - PIECE + 1
    whole = owners[:windows] == owners[PIECE - 1 :]
    hashes = np.zeros(windows, dtype=np.uint64)
    for k in range(PIECE):
        hashes = _mixed(hashes + codes[k : k + windows].astype(np.uint64) + np.uint64(1))
    hashes, owners = hashes[whole], owners[:windows][whole]
    order = np.lexsort((hashes, owners))
    hashes, owners = hashes[order], owners[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    hashes, owners = hashes[new], owners[new]
    sizes = np.bincount(owners, minlength=len(texts))
    position = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return hashes[position < SKETCH], np.minimum(sizes, SKETCH)


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64 bits one to one (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    hashes = hashes * np.uint64(0x9E3779B97F4A7C15)
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


@dataclass(frozen=True)
class _Postings:
    """The first pieces of every set, sorted by piece, then by the size of the set."""

    pieces: Ints
    sizes: Ints
    owners: Ints
    positions: Ints
    ends: Ints
    """For each entry, where the entries stop that it may be paired with."""


def _postings(sets: _Sets, threshold: float) -> _Postings:
    sizes = sets.sizes
    # The smaller set of a pair needs fewer pieces looked at than the larger one.
    tail = 2 * threshold / (1 + threshold)
    reach = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    reach_small = sizes - np.ceil(tail * sizes - 1e-9).astype(np.int64) + 1
    owners = np.repeat(np.arange(len(sizes)), reach)
    positions = np.arange(len(owners)) - np.repeat(np.cumsum(reach) - reach, reach)
    pieces = sets.pieces[sets.starts[owners] + positions]
    order = np.lexsort((owners, sizes[owners], pieces))
    pieces, owners, positions = pieces[order], owners[order], positions[order]
    size = sizes[owners]
    base = int(size.max()) + 1
    keys = pieces * base + size
    largest = np.minimum(np.floor(size / threshold + 1e-9).astype(np.int64), base - 1)
    ends = np.searchsorted(keys, pieces * base + largest, side="right")
    ends = np.where(positions < reach_small[owners], ends, np.arange(len(ends)) + 1)
    return _Postings(pieces, size, owners, positions, ends)


def _join(sets: _Sets, threshold: float, names: Ints, links: Links) -> None:
    """Link the names of all sets that are similar enough."""
    postings, bitmaps = _postings(sets, threshold), _bitmaps(sets)
    counts = postings.ends - np.arange(len(postings.ends)) - 1
    # Neighbours first: in a large cluster they link nearly all, and the rest is skipped.
    for reach in (1, 8, len(counts)):
        some = np.where(_torn(postings, links.roots()[names]), np.minimum(counts, reach), 0)
        for begin, end in _chunks(some, _PAIRS_AT_ONCE):
            roots = links.roots()[names]
            a, b = _candidates(postings, some, begin, end, threshold, roots)
            likely = _likely(sets.sizes, bitmaps, a, b, threshold)
            a, b = a[likely], b[likely]
            for part, stop in _chunks(sets.sizes[a], _PIECES_AT_ONCE):
                near = _similarity(sets, a[part:stop], b[part:stop]) >= threshold - 1e-9
                for i, j in zip(a[part:stop][near], b[part:stop][near], strict=True):
                    links.link(int(names[i]), int(names[j]))


def _torn(postings: _Postings, roots: Ints) -> NDArray[np.bool_]:
    """Return for each entry whether the sets that share its piece are not all linked yet."""
    found = roots[postings.owners]
    starts = np.flatnonzero(np.diff(postings.pieces, prepend=-1))
    lengths = np.diff(np.append(starts, len(found)))
    torn = np.minimum.reduceat(found, starts) != np.maximum.reduceat(found, starts)
    return np.repeat(torn, lengths)


def _chunks(weights: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of about `most` in weight, at least one item each; nothing if all are 0."""
    total = np.cumsum(weights)
    if not len(total) or total[-1] == 0:
        return
    cuts = np.searchsorted(total, np.arange(most, int(total[-1]) + most, most), side="left") + 1
    edges = np.unique(np.concatenate([[0], np.minimum(cuts, len(weights))]))
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


def _candidates(
    postings: _Postings, counts: Ints, begin: int, end: int, threshold: float, roots: Ints
) -> tuple[Ints, Ints]:
    """Return pairs of sets that may be similar enough and are not linked yet."""
    left = np.repeat(np.arange(begin, end), counts[begin:end])
    before = np.cumsum(counts[begin:end]) - counts[begin:end]
    right = left + 1 + np.arange(len(left)) - np.repeat(before, counts[begin:end])
    apart = roots[postings.owners[left]] != roots[postings.owners[right]]
    left, right = left[apart], right[apart]
    small, large = postings.sizes[left], postings.sizes[right]
    needed = np.ceil(threshold / (1 + threshold) * (small + large) - 1e-9)
    room = np.minimum(small - postings.positions[left], large - postings.positions[right])
    fits = room >= needed
    n = len(roots)
    pairs = np.unique(postings.owners[left[fits]] * n + postings.owners[right[fits]])
    return pairs // n, pairs % n


def _bitmaps(sets: _Sets) -> NDArray[np.uint8]:
    """Return for each set, bit by bit, whether an odd number of its pieces falls on the bit."""
    found = []
    for begin in range(0, len(sets.sizes), _SETS_AT_ONCE):
        sizes = sets.sizes[begin : begin + _SETS_AT_ONCE]
        first = int(sets.starts[begin])
        bits = sets.pieces[first : first + int(sizes.sum())] % _BITS
        places = np.repeat(np.arange(len(sizes)), sizes) * _BITS + bits
        odd = np.bincount(places, minlength=len(sizes) * _BITS).astype(np.uint8) & 1
        found.append(np.packbits(odd.reshape(len(sizes), _BITS), axis=1))
    return np.concatenate(found)


def _likely(
    sizes: Ints, bitmaps: NDArray[np.uint8], a: Ints, b: Ints, threshold: float
) -> NDArray[np.bool_]:
    """Return which pairs may be similar enough: two sets differ at least where their bitmaps do."""
    ones = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(
        axis=1, dtype=np.uint8
    )
    kept = np.ones(len(a), dtype=bool)
    for begin in range(0, len(a), _PAIRS_AT_ONCE >> 4):
        part = slice(begin, begin + (_PAIRS_AT_ONCE >> 4))
        differ = ones[bitmaps[a[part]] ^ bitmaps[b[part]]].sum(axis=1, dtype=np.int64)
        both = sizes[a[part]] + sizes[b[part]]
        kept[part] = (both - differ) / 2 >= threshold / (1 + threshold) * both - 1e-9
    return kept


def _similarity(sets: _Sets, a: Ints, b: Ints) -> NDArray[np.float64]:
    """Return the Jaccard similarity of each pair; shape (pairs,)."""
    from scipy.sparse import csr_array

    shape = (len(sets.starts) - 1, int(sets.pieces.max()) + 1)
    table = csr_array((np.ones(len(sets.pieces), dtype=np.int32), sets.pieces, sets.starts), shape)
    shared = np.asarray(table[a].multiply(table[b]).sum(axis=1)).ravel()
    sizes = sets.sizes
    return np.asarray(shared / (sizes[a] + sizes[b] - shared), dtype=np.float64)
