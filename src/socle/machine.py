"""What this machine is: a figure without its machine says little."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

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


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
