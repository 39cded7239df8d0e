"""Under what conditions a comparison ran: limits, seeds, versions, machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hopopt.solve.comparison import Entry
from hopopt.solve.result import package_version

PACKAGES = ("numpy", "scipy", "networkx", "matplotlib", "numba")
LONG_ENOUGH = 0.5
BUSY = 0.9


def conditions(entries: Sequence[Entry]) -> str:
    """Return the conditions that matter for reading the figures, in one or two sentences."""
    seeds = max(entry.seeds for entry in entries)
    limits = sorted({entry.time_limit for entry in entries if entry.time_limit is not None})
    said = " and ".join(f"{limit:g}" for limit in limits)
    time = f"{said} seconds a run" if limits else "no time limit"
    runs = "one run" if seeds == 1 else f"{seeds} runs"
    return f"{runs.capitalize()} of each method, {time}, one thread."


def provenance(entries: Sequence[Entry]) -> dict[str, str]:
    """Return what has to be known to run the comparison again."""
    seeds = max(entry.seeds for entry in entries)
    said = {
        "seeds": "0" if seeds == 1 else f"0 … {seeds - 1}",
        "versions": ", ".join(
            [f"hopopt {package_version()}", f"Python {platform.python_version()}", *_packages()]
        ),
        "machine": f"{_processor()}, {os.cpu_count()} cores; {platform.platform(terse=True)}",
        "run": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }
    share = core_share(entries)
    if share is not None and share < BUSY:
        said["note"] = (
            f"The machine was busy: the runs had {100 * share:.0f} % of a core, so that they did "
            "less in their time than they would have alone."
        )
    return said


def core_share(entries: Sequence[Entry]) -> float | None:
    """Return which share of a core the longer runs had; None where there are none."""
    results = [result for entry in entries for result in entry.results]
    long = [result for result in results if result.wall_seconds > LONG_ENOUGH]
    wall = sum(result.wall_seconds for result in long)
    return sum(result.cpu_seconds for result in long) / wall if long else None


def _packages() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
