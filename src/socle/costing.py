"""What a model costs to run: time, memory, energy, money; and what a hosted one would ask instead.

Peak memory and start-up belong to a process, so a model is measured in a fresh one:

    python -m socle.costing MODEL_FOLDER SECONDS BEGAN first|last   # texts on stdin, as JSON lines
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle.bases import Located, endpoints
from socle.bases.folders import model_files
from socle.errors import ResourceError, RowsError, UnreadableError
from socle.events import Finished, Listener, Started, silent
from socle.files import cache_folder
from socle.machine import QUIET, physical_cores
from socle.metrics import energy, prices
from socle.model import AdaptedModel, load

SECONDS = 20.0
"""How long the measurements of one model may take, start-up apart."""
POWERCAP = Path("/sys/class/powercap")
PRICES = "SOCLE_PRICES"
"""Environment variable with the path of a price table that replaces the built-in one."""
Count = Callable[[Sequence[str]], Sequence[int]]
"""Returns the number of tokens of each text."""

_MEGABYTE = 1 << 20
_MOST_TEXTS = 400
_MOST_CALLS = 200
_WARM_CALLS = 2
_SECONDS_ALONE = 5.0
_LEAST_PASS = 0.5
_SECONDS_TO_START = 300.0
_KILLED = -9


@dataclass(frozen=True)
class Cost:
    """What a model costs; None for what was not measured or not asked for."""

    documents_per_second: float
    """Many at once, the better of two passes."""
    cpu_seconds_per_1000: float
    """Processor time of all threads, in the same pass."""
    latency_p50_ms: float
    latency_p95_ms: float
    peak_memory_mb: float | None
    """Largest resident memory of the process, in units of 2**20 bytes, as `size_mb`."""
    startup_seconds: float
    """From the start of a Python process to its first answer, files already in the disk cache."""
    size_mb: float
    """The saved model with its base."""
    base_mb: float
    """The part of `size_mb` that is the base, which other models may share; 0 without one."""
    energy_wh_per_1000: float
    energy_mode: str
    """Where the energy comes from: counters of the whole machine, or an estimate, in words."""
    price_per_1000: float | None = None
    currency: str | None = None
    train_seconds: float | None = None
    """Filled in by who trained it, as the next."""
    train_cpu_seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON, numbers cut to four digits."""
        found = {name: _short(value) for name, value in dataclasses.asdict(self).items()}
        del found["base_mb"]
        return found


def cost(
    model: AdaptedModel | str | Path,
    texts: Sequence[str],
    *,
    price_per_hour: float | None = None,
    currency: str = "EUR",
    watts: float | None = None,
    seconds: float = SECONDS,
    listen: Listener = silent,
) -> Cost:
    """Measure what a model costs to run, in a process of its own.

    At most 400 of the texts, evenly drawn, are answered one by one (after a warm-up, for a quarter
    of `seconds` and 5 s at most), then as many at once as the rest of the time allows, in two
    passes of which the better counts: a busy machine makes a program slower, never faster. Even so,
    a neighbour that stays busy shows in every figure; and a short `seconds` leaves few texts for
    the passes, which then know less of speed and of peak memory. Engines that a first start
    compiles and keeps are compiled before.

    Energy is read from the processor's counters (RAPL) during the better pass where the system lets
    us; they count all that the machine does meanwhile. Elsewhere, or if `watts` is given, it is
    processor time times watts per core. `energy_mode` says which; the two are never mixed.

    Args:
        model: a model, or the folder of a saved one.
        texts: what it will meet; real ones, for their length decides.
        price_per_hour: what the machine costs, to have a price per 1,000 documents.
        currency: of that price.
        watts: what a busy core draws; `energy.WATTS_PER_CORE` when None.
        seconds: how long the measurements may take, start-up apart.
        listen: hears when it begins and ends.

    Raises:
        RowsError: there are no texts.
        ModelError: `model` is not the folder of a model.
        ResourceError: the process was killed, ran out of memory or time, or failed.
    """
    if not texts:
        raise RowsError("There are no texts to measure with.", "Give texts that the model answers.")
    job, began = "Measuring what it costs", time.perf_counter()
    listen(Started(job))
    with tempfile.TemporaryDirectory(prefix="socle-cost-") as place:
        if isinstance(model, AdaptedModel):
            located, folder = model.located, model.save(Path(place) / "model")
        else:
            located, folder = load(model).located, Path(model)
        found = _apart(folder, _drawn(list(texts), _MOST_TEXTS), seconds)
        own = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    listen(Finished(job, time.perf_counter() - began))
    measured = _cost(found, own, _base_bytes(located), watts)
    if price_per_hour is None:
        return measured
    price = prices.machine_per_1000(price_per_hour, measured.documents_per_second)
    return dataclasses.replace(measured, price_per_1000=price, currency=currency)


def _cost(found: dict[str, Any], own: int, base: int, watts: float | None) -> Cost:
    spent = energy.Spent(found["documents"], found["cpu_seconds"], found["joules"])
    watt_hours, mode = spent.per_1000(watts)
    return Cost(
        documents_per_second=spent.documents / found["seconds"],
        cpu_seconds_per_1000=spent.cpu_seconds * 1000 / spent.documents,
        latency_p50_ms=found["p50"] * 1000,
        latency_p95_ms=found["p95"] * 1000,
        peak_memory_mb=found["peak"],
        startup_seconds=found["startup"],
        size_mb=(own + base) / _MEGABYTE,
        base_mb=base / _MEGABYTE,
        energy_wh_per_1000=watt_hours,
        energy_mode=mode,
    )


def _base_bytes(located: Located | None) -> int:
    if located is None or endpoints.is_endpoint(located.base.name):
        return 0
    return sum((located.folder / name).stat().st_size for name in model_files(located.folder))


def _drawn(texts: list[str], n: int) -> list[str]:
    """Return n of the texts, evenly spread; all if there are no more."""
    n = min(n, len(texts))
    return [texts[i * len(texts) // n] for i in range(n)]


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _apart(folder: Path, texts: list[str], seconds: float) -> dict[str, Any]:
    """Run this module on a saved model, again if the first start had something to compile."""
    lines = "".join(f"{json.dumps(text)}\n" for text in texts)
    limit = _SECONDS_TO_START + 3 * seconds
    # As the command line does it: what is measured is what its user meets.
    setting = {**QUIET, **os.environ, "SOCLE_THREADS": str(physical_cores())}
    found: dict[str, Any] = {}
    for turn in ("first", "last"):
        words = _words(folder, seconds, turn)
        try:
            done = subprocess.run(
                words,
                input=lines,
                env=setting,
                timeout=limit,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
            )
        except subprocess.TimeoutExpired as error:
            raise _failure(f"it was not done after {limit:.0f} s") from error
        if done.returncode:
            raise _failure(_why(done.returncode, done.stderr))
        try:
            found = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise _failure("it ended without a result") from error
        if not found.get("compiled"):
            break
    return found


def _words(folder: Path, seconds: float, turn: str) -> list[str]:
    # -P: with -m alone, modules of the user's folder would stand in for those of Python.
    program = [sys.executable, "-P", "-m", "socle.costing"]
    return [*program, str(folder.resolve()), repr(seconds), repr(time.monotonic()), turn]


def _why(code: int, said: str) -> str:
    if code == _KILLED:
        return "it was killed, as a system does that runs out of memory"
    if code < 0:
        return f"it was ended by signal {-code}"
    last = (said.strip().splitlines() or [f"exit code {code}"])[-1]
    memory = any(sign in last for sign in ("MemoryError", "bad_alloc", "allocate memory"))
    return f"the memory was not enough ({last})" if memory else last


def _failure(why: str) -> ResourceError:
    return ResourceError(
        f"What the model costs could not be measured: {why}.",
        "Try again with more free memory, or with fewer or shorter texts; nothing was guessed.",
    )


def _answer(words: Sequence[str]) -> None:
    """Measure in this process, and write one JSON object."""
    folder, seconds, began, turn = words
    texts = [json.loads(line) for line in sys.stdin]
    with contextlib.redirect_stdout(sys.stderr):
        found = _measured(Path(folder), texts, float(seconds), float(began), turn == "first")
    sys.stdout.write(f"{json.dumps(found)}\n")


def _measured(
    folder: Path, texts: list[str], seconds: float, began: float, first: bool
) -> dict[str, Any]:
    import numpy as np

    known = _compiled()
    model = load(folder)
    model.predict(texts[:1])
    # One clock for all processes of a machine, so that the start of Python counts.
    startup = time.monotonic() - began
    if first and _compiled() != known:
        return {"compiled": True}
    end = time.perf_counter() + seconds
    alone = _alone(model, texts, min(_SECONDS_ALONE, seconds / 4))
    affordable = int((end - time.perf_counter()) / 2 / max(1e-9, float(np.median(alone))))
    some = _drawn(texts, max(1, affordable))
    best = min((_pass(model, some, min(_LEAST_PASS, seconds / 8)) for _ in range(2)), key=_pace)
    p50, p95 = np.percentile(alone, [50, 95])
    return {**best, "p50": float(p50), "p95": float(p95), "startup": startup, "peak": _peak()}


def _compiled() -> set[str]:
    try:
        place = cache_folder("engines")
        return {str(path) for path in place.rglob("*.onnx")}
    except ResourceError:  # a model without a base needs no cache
        return set()


def _alone(model: AdaptedModel, texts: list[str], seconds: float) -> list[float]:
    """Return the seconds that single documents took."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    for i in range(_WARM_CALLS + _MOST_CALLS):
        began = time.perf_counter()
        model.predict([texts[i % len(texts)]])
        now = time.perf_counter()
        took.append(now - began)
        if now > end and i >= _WARM_CALLS:
            break
    return took[_WARM_CALLS:]


def _pass(model: AdaptedModel, texts: list[str], least: float) -> dict[str, Any]:
    """Answer all texts at once, over again until `least` seconds have passed."""
    documents = 0
    before, cpu, began = counters(POWERCAP), time.process_time(), time.perf_counter()
    while documents == 0 or time.perf_counter() - began < least:
        model.predict(texts)
        documents += len(texts)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    joules = energy.joules(before, counters(POWERCAP))
    return {
        "documents": documents,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "joules": joules,
    }


def _pace(one: dict[str, Any]) -> float:
    return float(one["seconds"] / one["documents"])


def _peak() -> float | None:
    """Return the largest resident memory of this process so far, in units of 2**20 bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage also counts what the process held before it started this program.
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (_MEGABYTE if sys.platform == "darwin" else 1024)


def counters(powercap: Path) -> dict[str, energy.Counter]:
    """Return the energy counters of the processor packages below a `powercap` folder.

    Parts of a package (`intel-rapl:0:1`) and the whole platform (`psys`) are left out: they would
    count the same energy twice. Empty if there are none, or if any of them may not be read.
    """
    found = {}
    try:
        for zone in sorted(powercap.glob("intel-rapl:*")):
            name = (zone / "name").read_text().strip()
            if zone.name.count(":") == 1 and name.startswith("package"):
                now, most = (
                    int((zone / file).read_text()) for file in ("energy_uj", "max_energy_range_uj")
                )
                found[zone.name] = energy.Counter(now, most)
    except (OSError, ValueError):
        return {}
    return found


def price_table() -> list[prices.HostedPrice]:
    """Return the records of `prices.toml`, or of the table that `SOCLE_PRICES` names.

    Raises:
        UnreadableError: the table is missing, is not TOML, or a record does not fit.
    """
    path = Path(os.environ.get(PRICES) or Path(__file__).with_name("prices.toml"))
    try:
        return prices.parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        keys = ", ".join(field.name for field in dataclasses.fields(prices.HostedPrice))
        raise UnreadableError(
            f"{path} is not a price table: {error}.", f"Every record of [[models]] has: {keys}."
        ) from error


def hosted(
    texts: Sequence[str], labels: Sequence[str], tokens_of: Count | None = None
) -> dict[str, Any]:
    """Return what hosted language models would ask for the same answers, from a dated table.

    Nothing is sent anywhere. A prompt holds instructions that list all labels, then one text; the
    answer is a label of mean length and an end. Every provider cuts texts in its own way, and
    reasoning comes on top: this is an estimate, and rather low.

    Args:
        texts: what would be sent; 400 of them are counted.
        labels: all that may be answered.
        tokens_of: counts tokens; letters divided by four when None.

    Raises:
        RowsError: there are no texts.
        UnreadableError: the price table cannot be used.
    """
    if not texts:
        raise RowsError("There are no texts to count.", "Give texts that a model would answer.")
    table = price_table()
    count = tokens_of or prices.by_letters
    sample = _drawn(list(texts), _MOST_TEXTS)
    asked = sum(count([prices.INSTRUCTIONS.format(", ".join(labels))]))
    prompt = asked + sum(count(sample)) / len(sample)
    output = 1 + sum(count(list(labels))) / max(1, len(labels))
    how = "the tokenizer of another model" if tokens_of else "four letters to a token"
    return prices.quoted(table, prompt, output, how)


if __name__ == "__main__":
    _answer(sys.argv[1:])
