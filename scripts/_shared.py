"""What the drivers share: arguments, progress, reference lengths, tables."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hopopt import Monitor, minimize
from problems import TSP
from problems.tours.exact import MOST_CITIES, held_karp
from problems.tours.local_search import TwoOpt

SPIN = 0.1  # seconds, to see how busy the machine is
GLANCE = 0.01  # seconds between two looks at the CPU clock, which may take long on shared machines
FAST = {
    "ring": "majorize",
    "assignment": "exponential-euler",
    "hopfield-tank-1985": "exponential-euler",
    "talavan-yanez-2002": "line-search",
}


class CpuMonitor(Monitor):
    """A monitor whose time limit counts the CPU seconds of this process.

    Between two looks at them, every second of wall time counts as one.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(record=False)
        self.left, self.seen = seconds, time.perf_counter()
        self.end = time.process_time() + seconds

    def remaining(self) -> float:
        passed = time.perf_counter() - self.seen
        if passed > min(GLANCE, self.left):
            self.left, passed = self.end - time.process_time(), 0.0
            self.seen = time.perf_counter()
        return self.left - passed

    def silent(self) -> Monitor:
        part = CpuMonitor(self.remaining())
        part.counts = self.counts
        return part


def busy() -> float:
    """Return how many seconds of wall time a CPU second takes here."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < SPIN:
        pass
    return (time.perf_counter() - wall) / SPIN


def parser(description: str | None, example: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        description=description,
        epilog=f"example: python scripts/{example}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )


def count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; got {number}")
    return number


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def reference(problem: TSP, starts: int = 0) -> tuple[float | None, str]:
    """Return a length to measure gaps from, and what it is.

    The optimum where it is known or can be computed; else the best of some 2-opt runs, if asked.
    """
    if problem.optimum is not None:
        return problem.optimum, "optimum"
    if problem.size <= MOST_CITIES:
        return held_karp(problem.distances.matrix())[0], "optimum"
    if not starts:
        return None, "unknown"
    best = minimize(problem, TwoOpt(), restarts=starts, rng=0).fun
    return best, f"best of {starts} 2-opt runs"


def percent(share: float | None, digits: int = 1) -> str:
    if share is None or not math.isfinite(share):
        return "–"
    return f"{100 * share:.{digits}f} %".replace("-0.0 %", "0.0 %")


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def markdown(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a markdown table, its columns aligned."""
    cells = [list(map(str, headings)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = (
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    )
    return "\n".join(f"| {line} |" for line in lines)


def save(path: Path | None, data: Any) -> None:
    """Write JSON, where a file is asked for."""
    if path is not None:
        path.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def save_table(
    path: Path | None, caption: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write a table as the documentation shows it, with the command that made it and the day."""
    if path is None:
        return
    told = {"caption": caption, "command": f"python scripts/{Path(sys.argv[0]).name} …"}
    told |= {"date": f"{date.today()}", "machine": "one core of a shared machine"}
    cells = ",\n  ".join(json.dumps(list(row), ensure_ascii=False) for row in rows)
    head = [f' "{key}": {json.dumps(text, ensure_ascii=False)}' for key, text in told.items()]
    head += [f' "columns": {json.dumps(list(columns), ensure_ascii=False)}']
    lines = ",\n".join([*head, f' "rows": [\n  {cells}\n ]'])
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
