"""A text classifier: any encoder of transformers, the mean of its tokens' states, a linear layer.

`socle export --to huggingface` copies this file beside the weights, where transformers finds it
(`trust_remote_code=True`). It needs torch and transformers, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class SocleConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """The sizes of the network; `encoder` is the configuration of the encoder, as a dictionary."""

    model_type = "socle-pooled"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        encoder_options: dict[str, Any] | None = None,
        read: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Take also what every configuration of transformers takes.

        Args:
            encoder: the configuration of the encoder, with its `model_type`.
            encoder_options: what its constructor takes beside it.
            read: how a text is read: `layers` (as numbered in `hidden_states`, side by side in the
                head's input), `unit` (whether each is brought to length 1), `window` and `overlap`
                (tokens, for `classify`), and the token numbers that stand at the `start` of a
                window, as `prefix` before a text, and at the `end` of a window.
            kwargs: passed on.
        """
        super().__init__(**kwargs)
        self.encoder = dict(encoder or {})
        self.encoder_options = dict(encoder_options or {})
        self.read = {"layers": [-1], **(read or {})}


class SocleClassifier(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Texts to calibrated scores: softmax or sigmoid of the logits are the probabilities."""

    config_class = SocleConfig
    base_model_prefix = "encoder"
    main_input_name = "input_ids"
    _supports_sdpa = True

    def __init__(self, config: SocleConfig) -> None:
        super().__init__(config)
        sizes = dict(config.encoder)
        inner = AutoConfig.for_model(sizes.pop("model_type"), **sizes)
        self.encoder = AutoModel.from_config(inner, **config.encoder_options)  # type: ignore[no-untyped-call]
        width = self.encoder.get_input_embeddings().weight.shape[1]
        self.head = nn.Linear(width * len(config.read["layers"]), int(config.num_labels or 0))
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        inputs_embeds: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        return_dict: bool | None = None,
    ) -> Any:
        """Return the scores of one window per text, shape (texts, labels).

        Args:
            input_ids: token numbers, shape (texts, tokens), padded on the right.
            attention_mask: 1 for a token, 0 for padding, same shape.
            inputs_embeds: embeddings in place of token numbers.
            labels: with them a loss is returned as well.
            return_dict: False for a plain tuple.
        """
        logits = self._scores(self._pools(input_ids, attention_mask, inputs_embeds))
        loss = None if labels is None else self._loss(logits, labels)
        if return_dict is False:
            return (logits,) if loss is None else (loss, logits)
        return SequenceClassifierOutput(loss=loss, logits=logits)

    @torch.inference_mode()
    def classify(self, texts: list[str], tokenizer: Any, batch_size: int = 16) -> torch.Tensor:
        """Return probabilities, shape (texts, labels), of texts of any length.

        A text longer than a window is read in several overlapping ones, and its vector is their
        mean, weighted by their tokens. `tokenizer` is the one saved beside the model.
        """
        if not texts:
            return torch.zeros(0, self.head.out_features)
        windows, owners = [], []
        found = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        for i, ids in enumerate(found):
            for window in self._windows(list(ids)):
                windows.append(window)
                owners.append(i)
        lengths = torch.tensor([float(len(window)) for window in windows])
        pools = torch.zeros(len(windows), self.head.in_features)
        order = torch.argsort(-lengths).tolist()
        for start in range(0, len(order), batch_size):
            group = order[start : start + batch_size]
            rows = [torch.tensor(windows[i], device=self.device) for i in group]
            ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
            mask = nn.utils.rnn.pad_sequence([torch.ones_like(r) for r in rows], batch_first=True)
            pools[group] = self._pools(ids, mask).float().cpu()
        owner = torch.tensor(owners)
        total = torch.zeros(len(texts)).index_add(0, owner, lengths)
        share = (lengths / total[owner]).unsqueeze(1)
        whole = torch.zeros(len(texts), pools.shape[1]).index_add(0, owner, pools * share)
        scores = self._scores(whole.to(self.device)).float().cpu()
        return scores.sigmoid() if self._several() else scores.softmax(-1)

    def _pools(
        self,
        input_ids: torch.Tensor | None,
        attention_mask: torch.Tensor | None,
        inputs_embeds: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if inputs_embeds is None:
            inputs_embeds = self.encoder.get_input_embeddings()(input_ids)
        if attention_mask is None:
            attention_mask = inputs_embeds.new_ones(inputs_embeds.shape[:2], dtype=torch.long)
        states = self.encoder(
            inputs_embeds=inputs_embeds, attention_mask=attention_mask, output_hidden_states=True
        ).hidden_states
        weight = attention_mask.to(states[-1].dtype).unsqueeze(-1)
        count = weight.sum(1).clamp(min=1.0)
        means = [(states[layer] * weight).sum(1) / count for layer in self.config.read["layers"]]
        return torch.cat(means, dim=-1)

    def _scores(self, pools: torch.Tensor) -> torch.Tensor:
        if self.config.read.get("unit", False):
            width, layers = self.head.in_features, len(self.config.read["layers"])
            parts = pools.reshape(-1, layers, width // layers)
            pools = nn.functional.normalize(parts, dim=-1).reshape(-1, width)
        scores: torch.Tensor = self.head(pools)
        return scores

    def _windows(self, ids: list[int]) -> Iterator[list[int]]:
        read = self.config.read
        ids = [*read["prefix"], *ids]
        room = read["window"] - len(read["start"]) - len(read["end"])
        step = room - min(read["overlap"], max(0, room - 1))
        for start in range(0, max(1, len(ids)), step):
            yield [*read["start"], *ids[start : start + room], *read["end"]] or [0]
            if start + room >= len(ids):
                return

    def _several(self) -> bool:
        return bool(self.config.problem_type == "multi_label_classification")

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if self._several():
            return nn.functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        return nn.functional.cross_entropy(logits, labels)
