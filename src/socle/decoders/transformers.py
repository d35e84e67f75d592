"""Run a language model in torch, as transformers writes it: exact, for every architecture.

To score options, all of them are read at once behind a prompt: the tokens at which they part stand
there as a tree, and a mask lets each see the prompt and its own ancestors only. Where an
architecture does not take such a mask, which a small probe tells, options are read row by row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located, attention, folders, halving, loading
from socle.bases.grammar import Grammar
from socle.bases.hearing import Heard
from socle.bases.vocabulary import Vocabulary
from socle.decoders import (
    Decoder,
    Layout,
    Precision,
    Style,
    Tokenised,
    Tree,
    batches_by_tokens,
    no_writer_here,
    shared_start,
    told,
)
from socle.events import Listener, silent
from socle.examples import Written
from socle.machine import physical_cores

Reading = Literal["tree", "rows", "single rows"]
"""How options are read: as a tree; as rows, in batches that share what they begin with; or as rows
one by one and whole, which any architecture takes."""

_READ = 2048
"""Padded tokens of a batch that are read anew."""
_KEPT = 16_384
"""Tokens of a batch whose keys and values are in memory."""
_LOGITS = 1 << 26
"""Logits of a batch in memory, 256 MB."""
_AGREE = 1e-3


class TransformersDecoder(Tokenised):
    """A transformers model in evaluation mode."""

    def __init__(self, model: Any, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._chosen: Any = None
        self._head = model.get_output_embeddings()
        self._head.register_forward_pre_hook(self._choose)
        self.reading: Reading = "single rows"
        """How options are read; `settle` finds the best way."""

    def write(
        self, prompts: Sequence[str], style: Style, listen: Listener = silent
    ) -> list[Written]:
        """Return what the model writes behind each prompt, in order."""
        import torch

        rows = self._vocabulary.prompts(prompts, style.max_tokens)
        steer = partial(_steering, self._vocabulary, style, self._head.weight.shape[0])
        longest = max(map(len, rows), default=0) + style.max_tokens
        apart = style.beams > 1 or self._vocabulary.paired or self.reading == "single rows"
        # Padding stands behind what is shared, and a window would count it.
        apart = apart or not attention.sees(self._model.config, longest)
        found: dict[int, Written] = {}
        with self._running():
            torch.manual_seed(style.seed)
            shared = 0 if apart else shared_start(rows)
            start = attention.read(self._model, rows[0][:shared]) if shared else None
            few = max(1, _KEPT // (longest * style.beams))
            batches = batches_by_tokens([len(row) - shared for row in rows], _READ, few)
            for batch in told(batches, "Writing", len(rows), listen):
                given = [rows[i] for i in batch]
                pairs = zip(batch, self._written(given, shared, start, steer), strict=True)
                for i, (ids, heard) in pairs:
                    if heard is None:
                        heard = self._read([rows[i][shared:]], Tree.of([ids]), start, shared)[0]
                    mean = float(heard[: len(ids)].sum()) / max(1, len(ids))
                    found[i] = self._vocabulary.written(ids, style.stop, mean)
        return [found[i] for i in range(len(rows))]

    def settle(self) -> None:
        """Find the fastest way to read options that gives the numbers of the plain one."""
        if self._vocabulary.paired:
            self.reading = "rows"
            return
        size = int(self._head.weight.shape[0])
        drawn = np.random.default_rng(0).integers(0, size, 24).tolist()
        rows = [drawn[:5] + drawn[5:9], drawn[:5] + drawn[9:15]]
        tree = Tree.of([drawn[15:16], drawn[15:17], [drawn[15], *drawn[17:19]], drawn[19:22]])
        plain = self._answers(rows, tree)
        ways: list[Reading] = ["rows", "single rows"]
        for way in ["tree", *ways] if attention.is_plain(self._model.config) else ways:
            self.reading = way
            # Whatever an architecture raises, it says that it does not take this way.
            with contextlib.suppress(Exception):
                if np.allclose(self._answers(rows, tree), plain, atol=_AGREE):
                    return

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        import torch

        torch.set_num_threads(physical_cores())
        with torch.random.fork_rng(devices=[]), torch.inference_mode(), loading.quietly():
            yield

    def _choose(self, head: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the head only the states that it is asked for, in its own precision."""
        states = given[0].to(head.weight.dtype)
        if self._chosen is not None:
            states = states.gather(1, self._chosen[:, :, None].expand(-1, -1, states.shape[-1]))
        return (states, *given[1:])

    def _logits(self, columns: Any, **given: Any) -> Any:
        """Return logits at columns of each row, (rows, columns, vocabulary), in float32."""
        self._chosen = columns
        try:
            return self._model(**given).logits.float()
        finally:
            self._chosen = None

    def _answers(
        self, rows: Sequence[Sequence[int]], tree: Tree, listen: Listener = silent
    ) -> NDArray[np.float64]:
        """Return log-probabilities of what a tree asks behind prompts, (prompts, asked)."""
        found = np.zeros((len(rows), len(tree.asked)))
        if not rows or not tree.asked:
            return found
        width, single = len(tree.nodes), self.reading == "single rows"
        with self._running():
            shared = 0 if single or self._vocabulary.paired else shared_start(rows)
            start = attention.read(self._model, rows[0][:shared]) if shared else None
            own = [list(row[shared:]) for row in rows]
            few = min(_LOGITS // (self._head.weight.shape[0] * width), _KEPT // (shared + width))
            lengths = [len(row) + width for row in own]
            batches = batches_by_tokens(lengths, _READ, 1 if single else max(1, few))
            for batch in told(batches, "Scoring answers", len(rows), listen):
                found[batch] = self._read([own[i] for i in batch], tree, start, shared)
        return found

    def _read(
        self, rows: Sequence[list[int]], tree: Tree, start: Any, shared: int
    ) -> NDArray[np.float64]:
        """Return what a tree asks behind rows, given without the `shared` tokens of `start`."""
        if self.reading == "tree":
            return self._by_tree(rows, tree, start, shared)
        found = np.zeros((len(rows), len(tree.asked)))
        if self._vocabulary.paired:
            self._by_pairs(rows, tree, found)
        else:
            self._by_rows(rows, tree, (start, shared), found)
        return found

    def _by_tree(
        self, rows: Sequence[list[int]], tree: Tree, start: Any, shared: int
    ) -> NDArray[np.float64]:
        """Read rows, padded on the left, with the nodes of the tree behind each."""
        import torch

        layout = Layout.of(rows, tree, shared)
        table = self._model.get_input_embeddings()
        kind = table(torch.zeros(1, 1, dtype=torch.long)).dtype
        seen, distance = torch.from_numpy(layout.seen), torch.from_numpy(layout.distance)
        columns = torch.arange(layout.ids.shape[1])[-len(tree.nodes) :].expand(len(rows), -1)
        with attention.beside(self._model, start) as given:
            logits = self._logits(
                columns,
                input_ids=torch.from_numpy(layout.ids),
                position_ids=torch.from_numpy(layout.places),
                attention_mask=attention.masks(self._model.config, seen, distance, kind),
                **given,
            )
        nodes, tokens = zip(*tree.asked, strict=True)
        return _picked(logits, nodes, tokens)

    def _by_rows(
        self,
        rows: Sequence[list[int]],
        tree: Tree,
        before: tuple[Any, int],
        found: NDArray[np.float64],
    ) -> None:
        """Read every branch behind rows, padded on the right; fill in what is asked along it."""
        import torch

        start, shared = before
        ends = torch.tensor([[len(row)] for row in rows])
        for branch, passed in tree.branches:
            size = int(ends.max()) + len(branch)
            ids = torch.zeros(len(rows), size, dtype=torch.long)
            for i, row in enumerate(rows):
                ids[i, : len(row) + len(branch)] = torch.tensor([*row, *branch])
            mask = torch.arange(size) < ends + len(branch)
            whole = torch.cat([torch.ones(len(rows), shared, dtype=torch.bool), mask], 1).long()
            columns = ends - 1 + torch.arange(len(branch) + 1)
            given = {"attention_mask": whole, **attention.behind(start, len(rows))}
            logits = self._logits(columns, input_ids=ids, **given)
            _fill(found, tree, passed, logits)

    def _by_pairs(self, rows: Sequence[list[int]], tree: Tree, found: NDArray[np.float64]) -> None:
        """Let the encoder read rows, and the decoder every branch."""
        import torch

        ids, mask = _padded(rows, self._vocabulary.pad)
        states = self._model.get_encoder()(input_ids=ids, attention_mask=mask)
        starts = self._vocabulary.starts
        for branch, passed in tree.branches:
            answer = torch.tensor([[*starts, *branch]]).expand(len(rows), -1)
            columns = torch.arange(len(starts) - 1, answer.shape[1]).expand(len(rows), -1)
            given = {"encoder_outputs": states, "attention_mask": mask, "use_cache": False}
            logits = self._logits(columns, decoder_input_ids=answer, **given)
            _fill(found, tree, passed, logits)

    def _written(
        self,
        rows: Sequence[Sequence[int]],
        shared: int,
        start: Any,
        steer: Callable[[int], _Steering],
    ) -> list[tuple[list[int], NDArray[np.float64] | None]]:
        """Return the tokens that are written behind rows, with the one that ends them.

        With each, their log-probabilities, None for those of beams, which change places on the way.
        """
        import torch

        words = self._vocabulary
        ids, mask = _padded([row[shared:] for row in rows], words.pad, left=not words.paired)
        if shared:
            before = torch.tensor([list(rows[0][:shared])]).expand(len(rows), -1)
            ids, mask = torch.cat([before, ids], 1), torch.cat([torch.ones_like(before), mask], 1)
        given: dict[str, Any] = attention.behind(start, len(rows)) if shared else {}
        begin = ids.shape[1]
        if words.paired:
            begin = len(words.starts)
            given["decoder_input_ids"] = torch.tensor([words.starts]).expand(len(rows), -1)
        steering = steer(begin)
        found = self._model.generate(ids, attention_mask=mask, **given, **steering.given)
        written = [_cut(row, words) for row in found[:, begin:].tolist()]
        heard: Any = [None] * len(rows) if steering.heard is None else steering.heard.told(found)
        return [(row, own if row else np.zeros(0)) for row, own in zip(written, heard, strict=True)]


class TransformersEngine:
    """The option."""

    def suits(self, located: Located) -> str | None:
        """Return why transformers cannot run a base, or None if it can."""
        from transformers.models.auto import modeling_auto as known

        if reason := no_writer_here(located):
            return reason
        kind = folders.read_config(located.folder).get("model_type")
        if kind in known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            return None
        if kind in known.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
            return None
        return f"this version of transformers has no network of the kind {kind!r} that writes"

    def prepare(self, located: Located, folder: Path, precision: Precision) -> Decoder:
        """Load a base; nothing is converted.

        Raises:
            ValueError: int8 was asked for.
        """
        if precision == "int8":
            raise ValueError("transformers runs in full or half precision; ctranslate2 in int8")
        model: Any = loading.load_decoder(located)
        # What a base prefers for writing would fill in whatever a style leaves open.
        model.generation_config = type(model.generation_config)()
        decoder = TransformersDecoder(model, Vocabulary(located))
        decoder.settle()
        if precision == "half" and halving.gains():
            halving.halve(model)
        return decoder


OPTION = TransformersEngine()


def _picked(logits: Any, columns: Sequence[int], tokens: Sequence[int]) -> NDArray[np.float64]:
    """Return log-probabilities of tokens, each at a column, (rows, tokens)."""
    found = logits[:, list(columns), list(tokens)] - logits.logsumexp(-1)[:, list(columns)]
    return np.asarray(found.numpy(), dtype=np.float64)


def _fill(found: NDArray[np.float64], tree: Tree, passed: list[int], logits: Any) -> None:
    """Put in what is asked along a branch, given the logits behind each node that it passes."""
    asked = [(i, k, one) for k, node in enumerate(passed) for i, one in tree.questions[node]]
    which, columns, tokens = zip(*asked, strict=True)
    found[:, list(which)] = _picked(logits, columns, tokens)


def _padded(rows: Sequence[Sequence[int]], pad: int, *, left: bool = False) -> tuple[Any, Any]:
    """Return tokens and mask of rows, padded on one side, each (rows, longest)."""
    import torch

    size = max(map(len, rows))
    ids = torch.full((len(rows), size), pad)
    mask = torch.zeros(len(rows), size, dtype=torch.long)
    for i, row in enumerate(rows):
        where = slice(size - len(row), None) if left else slice(len(row))
        ids[i, where] = torch.tensor(list(row), dtype=torch.long)
        mask[i, where] = 1
    return ids, mask


def _cut(ids: list[int], words: Vocabulary) -> list[int]:
    """Return an answer up to the token that ends it, without padding."""
    end = next((k + 1 for k, one in enumerate(ids) if one in words.ends), len(ids))
    while end and ids[end - 1] == words.pad not in words.ends:
        end -= 1
    return ids[:end]


@dataclass(frozen=True)
class _Steering:
    """What `generate` is given, and what hears how likely its tokens are."""

    given: dict[str, Any]
    heard: Heard | None


def _steering(words: Vocabulary, style: Style, size: int, begin: int) -> _Steering:
    """Return what tells `generate` how to write behind `begin` tokens that were given."""
    import torch
    from transformers import generation
    from transformers.generation.logits_process import LogitsProcessor

    known: Any = generation

    class Answer(LogitsProcessor):
        """Look at the answer alone: what stands in a prompt may stand in it again."""

        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __call__(self, ids: Any, scores: Any) -> Any:
            return self.inner(ids[:, begin:], scores)

    def fit(ids: Any, scores: Any) -> Any:
        for i, allowed in enumerate(grammar.allowed(ids.tolist())):
            if allowed is not None:
                scores[i, ~torch.from_numpy(allowed)] = -torch.inf
        return scores

    def stopped(ids: Any, scores: Any) -> Any:
        return torch.tensor([words.stopped(row[begin:], style.stop) for row in ids.tolist()])

    heard = Heard() if style.beams == 1 else None
    processors: list[Any] = [] if heard is None else [heard]
    if words.pad not in words.ends:
        processors.append(known.SuppressTokensLogitsProcessor([words.pad]))
    if style.repetition_penalty != 1:
        processors.append(known.RepetitionPenaltyLogitsProcessor(style.repetition_penalty))
    if style.no_repeat:
        processors.append(known.NoRepeatNGramLogitsProcessor(style.no_repeat))
    if style.schema is not None:
        grammar = Grammar(words, style.schema, size)
        processors.append(fit)
    drawing = {"temperature": style.temperature, "top_p": style.top_p, "top_k": 0}
    settings = known.GenerationConfig(
        max_new_tokens=style.max_tokens,
        num_beams=style.beams,
        do_sample=style.temperature > 0,
        eos_token_id=list(words.ends) or None,
        pad_token_id=words.pad,
        decoder_start_token_id=words.starts[0] if words.paired else None,
        **(drawing if style.temperature > 0 else {}),
    )
    given = {
        "generation_config": settings,
        "logits_processor": known.LogitsProcessorList(map(Answer, processors)),
        "stopping_criteria": [stopped] if style.stop else [],
    }
    return _Steering(given, heard)
