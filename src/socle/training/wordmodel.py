"""A head for words on a base that is ready to run: sentences in, what is thought of words out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from socle.engines import Encoder
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.examples import Sentence
from socle.heads.words import WordHead
from socle.training.batching import Windower, Windows
from socle.training.features import means_of, states_of_words
from socle.training.together import Means, Sharing
from socle.words.columns import Scored

_AT_ONCE = 256
_HEAD = "head."


class WordModel:
    """A restored head for words on its base."""

    def __init__(
        self,
        tensors: Mapping[str, NDArray[Any]],
        windower: Windower,
        encoder: Encoder,
        sharing: Sharing | None = None,
    ) -> None:
        """Take the tensors of an adaptation, of which the head's are named `head.`."""
        self.sharing = sharing
        own = {k[len(_HEAD) :]: v for k, v in tensors.items() if k.startswith(_HEAD)}
        self._head = WordHead(own)
        self._windower = windower
        self._encoder = encoder

    def ask(self, inputs: Sequence[Sentence]) -> Windows:
        """Return the windows that must be read to answer."""
        return self._windower.windows(inputs)

    def tell(
        self, inputs: Sequence[Sentence], windows: Windows, means: Sequence[Means]
    ) -> list[Scored]:
        """Return what is thought of words from the means of these windows."""
        seen = states_of_words(inputs, windows, means, self._head.mixed)
        told = self._head.scores(seen.states, seen.parts, seen.counts)
        return [Scored(one, tables) for one, tables in zip(inputs, told, strict=True)]

    def scores(self, inputs: Sequence[Sentence], listen: Listener = silent) -> list[Scored]:
        """Return for every sentence what the model thinks of its words."""
        found: list[Scored] = []
        job, many = "Reading sentences", len(inputs) > _AT_ONCE
        began = time.perf_counter()
        if many:
            listen(Started(job, len(inputs)))
        for start in range(0, len(inputs), _AT_ONCE):
            some = inputs[start : start + _AT_ONCE]
            windows = self.ask(some)
            found += self.tell(some, windows, means_of(windows, self._encoder))
            if many:
                listen(Stepped(job, len(found)))
        if many:
            listen(Finished(job, time.perf_counter() - began))
        return found
