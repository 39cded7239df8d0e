"""Tours by networks alone: the ring, clamped relaxation, and its controls, at equal CPU seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import CpuMonitor, count, markdown, parser, percent, save, tell

from hopopt import Attempt, Method
from problems import TSP
from problems.tours.clamped import Clamped
from problems.tours.ring import Ring

INSTANCES = [
    "berlin52",
    "kroA100",
    "ch150",
    "kroB200",
    "pr299",
    "rd400",
    "rat575",
    "rat783",
    "pr1002",
    "pcb1173",
    "pcb3038",
]
WAYS: dict[str, dict[str, Any] | None] = {
    "ring": None,
    "clamped": {},
    "K = 5": {"chains": 5},
    "K = 8": {"chains": 8},
    "T = 0": {"heat": 0},
    "T = 0, K = 8": {"heat": 0, "chains": 8},
    "flow, K = 8": {"motion": "flow", "chains": 8},
    "exact": {"motion": "exact"},
    "exact, K = 8": {"motion": "exact", "chains": 8},
    "random": {"motion": "random"},
    "random, K = 8": {"motion": "random", "chains": 8},
}


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "pure_tours.py path/to/tsplib --ways ring clamped exact")
    options.add_argument("folder", type=Path, help="with .tsp files, and optima.json")
    options.add_argument("--instances", nargs="+", default=INSTANCES)
    options.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options.add_argument("--seconds", type=float, default=10.0, help="CPU seconds of each run")
    options.add_argument("--seeds", type=count, default=3)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    rows = []
    for name in arguments.instances:
        problem = TSP.load(str(arguments.folder / f"{name}.tsp"))
        for way in arguments.ways:
            rows.append((name, way, *gaps(problem, way, arguments.seconds, arguments.seeds)))
    headings = ("instance", "way", "mean gap", "best", "worst", "CPU s")
    sys.stdout.write(markdown(headings, rows) + "\n")
    save(arguments.json, [dict(zip(headings, row, strict=True)) for row in rows])
    return 0


def gaps(problem: TSP, way: str, seconds: float, seeds: int) -> tuple[str, ...]:
    """Return mean, best and worst gap of some seeds, and the mean of their CPU seconds."""
    assert problem.optimum is not None
    found, spent = [], []
    for seed in range(seeds):
        began = time.process_time()
        attempt = attempted(problem, method(way), seconds, seed)
        spent.append(time.process_time() - began)
        found.append(problem.cost(attempt.x) / problem.optimum - 1)
        tell(f"{problem.instance} {way} {seed}: {found[-1]:.4f} {attempt.status.name}")
    mean = float(np.mean(found))
    return percent(mean), percent(min(found)), percent(max(found)), f"{np.mean(spent):.1f}"


def method(way: str) -> Method:
    options = WAYS[way]
    return Ring("majorize") if options is None else Clamped(**options)


def attempted(problem: TSP, method: Method, seconds: float, seed: int) -> Attempt:
    return method.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))


if __name__ == "__main__":
    sys.exit(main())
