"""SetFit on the draws of `few_labels.py`, in an environment of its own.

    python benchmarks/setfit_rival.py ../shared/data/classification \\
        --python /path/to/an/environment/with/setfit/bin/python

The rival has its own defaults and the files of the same base: means of tokens, brought to length 1,
and windows as long as ours. Its rows stand in the file of `few_labels.py`, as strategy `setfit`.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from few_labels import NAME, Draw, drawn, measured_row, options_of, row_of, summary
from measure import add_row, quiet

from socle.bases import finding

quiet()

_LENGTH = 256
_RIVAL = """
import json, sys, time
import sentence_transformers as st
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments
task = json.load(open(sys.argv[1]))
try:
    from sentence_transformers.models import Normalize, Pooling, Transformer
except ImportError:
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
read = Transformer(task["base"], max_seq_length=task["length"])
width = json.load(open(task["base"] + "/config.json"))["hidden_size"]
body = st.SentenceTransformer(modules=[read, Pooling(width, "mean"), Normalize()], device="cpu")
body.save(sys.argv[3])
model = SetFitModel.from_pretrained(sys.argv[3], labels=sorted(set(task["labels"])), device="cpu")
prefix = task["prefix"]
train = Dataset.from_dict({"text": [prefix + t for t in task["texts"]], "label": task["labels"]})
arguments = TrainingArguments(
    output_dir=sys.argv[3] + "/run", seed=task["seed"], report_to="none", save_strategy="no"
)
wall, cpu = time.perf_counter(), time.process_time()
trainer = Trainer(model=model, args=arguments, train_dataset=train)
trainer.train()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
test = [prefix + t for t in task["test_texts"]]
model.predict(test[:8])
began = time.perf_counter()
said = [str(one) for one in model.predict(test)]
asked = time.perf_counter() - began
json.dump({"said": said, "seconds": wall, "cpu": cpu, "asked": asked}, open(sys.argv[2], "w"))
"""


def main() -> None:
    """Fit the rival on every draw that the command line names."""
    parser = options_of(__doc__)
    parser.add_argument("--python", required=True, help="of the environment with SetFit")
    options = parser.parse_args()
    for name in options.sets.split(","):
        for size in map(int, options.sizes.split(",")):
            for seed in range(options.first, options.draws):
                draw = drawn(options.data / name, size, seed, options.test_rows)
                base, found = fitted(options.python, draw, seed)
                add_row(NAME, row_of(name, size, seed, "setfit", base) | found)
    print(summary())


def fitted(python: str, draw: Draw, seed: int) -> tuple[str, dict[str, Any]]:
    """Let the rival learn a draw; return the base's name and what was measured.

    Raises:
        SystemExit: it failed, with what it said.
    """
    located = finding.find(finding.default_for(draw.texts))
    with tempfile.TemporaryDirectory() as folder:
        task, out = Path(folder) / "task.json", Path(folder) / "out.json"
        own = {"base": str(located.folder), "prefix": located.base.prefix, "length": _LENGTH}
        task.write_text(json.dumps({**draw._asdict(), **own, "seed": seed}))
        words = [python, "-c", _RIVAL, str(task), str(out), str(Path(folder) / "body")]
        offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=offline)
        if done.returncode:
            raise SystemExit(done.stderr)
        found = json.loads(out.read_text())
    right = np.array(found["said"]) == np.array(draw.test_labels)
    row = measured_row(right, found["cpu"], found["seconds"], found["asked"])
    return located.base.name, {"n_train": len(draw.texts), **row}


if __name__ == "__main__":
    main()
