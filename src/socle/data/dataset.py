"""`Dataset`: examples that belong together, immutable, with a fingerprint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from socle.examples import Example, T_co
from socle.files import sha256_of_texts


@dataclass(frozen=True)
class Dataset(Generic[T_co]):
    """Examples that belong together; every operation returns a new one."""

    examples: tuple[Example[T_co], ...]
    name: str = "data"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[Example[T_co]]:
        return iter(self.examples)

    @cached_property
    def texts(self) -> list[str]:
        """The texts, in order."""
        return [example.text for example in self.examples]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over texts and targets, in order: two equal ones are the same data."""
        return sha256_of_texts(
            part
            for e in self.examples
            for part in (e.text, repr(e.target), e.group or "", *map(repr, e.spans))
        )

    def subset(self, indices: Sequence[int]) -> Dataset[T_co]:
        """Return the examples at `indices`, in that order."""
        return Dataset(tuple(self.examples[i] for i in indices), self.name, self.notes)
