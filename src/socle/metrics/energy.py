"""Energy: from the counters of a processor, or estimated from the time that it worked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WATTS_PER_CORE = 7.0
"""What a busy core is taken to draw when nothing measures it.

The thermal design power of a server processor shared out among its cores: Xeon Platinum 8380,
270 W for 40 cores, 6.8 W; Xeon Gold 6252, 150 W for 24 cores, 6.3 W; EPYC 7763, 280 W for 64
cores, 4.4 W; rounded up. The second was read in a data sheet, the others are from memory. Main
memory, power supply and cooling come on top, and where two threads share a core this counts it
twice.
"""
RAPL = "rapl (package, whole machine)"
"""How energy is known that counters of the processor gave (Running Average Power Limit)."""


@dataclass(frozen=True)
class Counter:
    """One energy counter at one moment, as Linux shows it below `powercap`."""

    microjoules: int
    most: int
    """Where it starts again from zero."""


def joules(before: Mapping[str, Counter], after: Mapping[str, Counter]) -> float | None:
    """Return the energy, in joules, that passed between two readings of the same counters.

    A counter that is lower than before has started again once; at 100 W that takes the better part
    of an hour. Returns None when nothing was counted: no counter, one of them missing on one side,
    or all of them standing still, as some virtual machines show them.
    """
    if not before or before.keys() != after.keys():
        return None
    total = 0
    for name, start in before.items():
        passed = after[name].microjoules - start.microjoules
        total += passed if passed >= 0 else passed + start.most
    return total / 1e6 if total > 0 else None


@dataclass(frozen=True)
class Spent:
    """What it took to answer some documents."""

    documents: int
    cpu_seconds: float
    """Processor time of all threads."""
    joules: float | None = None
    """What the counters say; None where there are none."""

    def per_1000(self, watts: float | None = None) -> tuple[float, str]:
        """Return watt-hours per 1,000 documents, and how they are known.

        They come from the counters; or, without any, or if `watts` is given, from processor time
        times watts per core. Never from both.
        """
        if watts is None and self.joules is not None:
            return self.joules / 3600 * 1000 / self.documents, RAPL
        each = WATTS_PER_CORE if watts is None else watts
        worked = self.cpu_seconds * 1000 / self.documents
        mode = f"estimate: {worked:.4g} CPU-seconds x {each:g} watts per core"
        return worked * each / 3600, mode
