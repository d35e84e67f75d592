"""What this machine is, and how to be a good guest on it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

QUIET = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "3000",
    "TOKENIZERS_PARALLELISM": "true",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
"""What must stand in the environment before any heavy library is loaded; the user's choice wins.

Waiting threads that spin collapse when a neighbour holds a core; those that sleep at once wake too
late for the short products of a small base. So GNU's threads spin for a moment: a fifth faster than
none where two cores are idle, a fifth slower where a neighbour holds one of them.
"""
_TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def machine() -> dict[str, Any]:
    """Return the processor, its cores, the instructions that matter, memory in GB and the system.

    What cannot be found out is missing or empty; `cores` are those that this process may use.
    """
    text = _content(Path("/proc/cpuinfo"))
    names = [line.split(":")[1].strip() for line in text.splitlines() if "model name" in line]
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    found: dict[str, Any] = {
        "processor": names[0] if names else platform.processor(),
        "cores": len(usable) if usable else os.cpu_count() or 1,
        "instructions": [flag for flag in _TELLING if flag in flags],
        "system": f"{platform.system()}, Python {platform.python_version()}",
    }
    memory = [x for x in _content(Path("/proc/meminfo")).splitlines() if x.startswith("MemTotal")]
    return found | ({"memory_gb": round(int(memory[0].split()[1]) / 2**20)} if memory else {})


def physical_cores() -> int:
    """Return how many cores this process may use; `SOCLE_THREADS` overrides it."""
    asked = os.environ.get("SOCLE_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    logical = len(usable) if usable else os.cpu_count() or 1
    pairs = set()
    for cpu in usable or ():
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            pairs.add(siblings.read_text().strip())
        except OSError:
            return logical
    return len(pairs) or logical


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
