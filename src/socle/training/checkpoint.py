"""A run that was interrupted goes on where it was: weights and optimiser, never pickled."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from socle.files import folder_written_atomically, settle
from socle.training.averaging import Average, moved


class Checkpoint:
    """The state of one training run, in a folder of its own."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """`fingerprint` tells runs apart: another recipe or data never resumes this one."""
        self._folder = folder
        self._fingerprint = fingerprint
        self.precision = ""
        """What the run computes in. It was chosen by measuring, so a resumed run must not choose
        anew; empty before the choice."""

    def save(
        self, module: nn.Module, optimiser: torch.optim.Optimizer, average: Average, step: int
    ) -> None:
        """Write the trained weights, their mean and the optimiser's moments after `step` steps."""
        tensors = {f"mean.{name}": mean for name, mean in average.tensors.items()}
        for name, weight in moved(module):
            tensors[f"weight.{name}"] = weight.detach().contiguous()
            for key, value in optimiser.state.get(weight, {}).items():
                tensors[f"{key}.{name}"] = torch.as_tensor(value).contiguous()
        with folder_written_atomically(self._folder) as fresh:
            (fresh / "state.safetensors").write_bytes(save(tensors))
            about = {
                "step": step,
                "averaged": average.count,
                "fingerprint": self._fingerprint,
                "precision": self.precision,
            }
            (fresh / "about.json").write_text(json.dumps(about))

    def restore(self, module: nn.Module, optimiser: torch.optim.Optimizer, average: Average) -> int:
        """Bring back what `save` wrote and return its step; 0 if there is nothing that fits."""
        settle(self._folder)
        try:
            about = json.loads((self._folder / "about.json").read_text())
            tensors = load_file(self._folder / "state.safetensors")
        except (OSError, ValueError, SafetensorError):
            return 0
        if about.get("fingerprint") != self._fingerprint:
            return 0
        average.count = int(about.get("averaged", 0))
        with torch.no_grad():
            for name, weight in moved(module):
                if average.count:
                    average.tensors[name] = tensors[f"mean.{name}"]
                weight.copy_(tensors[f"weight.{name}"])
                state = {
                    key: tensors[f"{key}.{name}"]
                    for key in ("step", "exp_avg", "exp_avg_sq")
                    if f"{key}.{name}" in tensors
                }
                if state:
                    optimiser.state[weight] = state
        self.precision = str(about["precision"])
        return int(about["step"])
