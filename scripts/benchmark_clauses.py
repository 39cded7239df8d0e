"""Clauses at equal CPU seconds: networks of their own order beside the encoding and controls.

Instances are drawn by name: random-N-A-SEED holds A·N random clauses of three of N variables,
planted-N-A-SEED has a solution. Where numba is installed, loops are compiled before the clock runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import CpuMonitor, markdown, parser, save, tell

from hopopt.fast import installed, ising_loops, term_loops
from problems import SAT, MaxSAT
from problems.spins.walksat import kernel

METHODS = ["replicas", "boltzmann", "mean-field", "quadratic", "probsat", "walksat"]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_clauses.py random-500-6-1 random-500-6-2 --seconds 1")
    options.add_argument("instances", nargs="+", help="names of random or planted clauses")
    options.add_argument("--sat", action="store_true", help="stop only where no clause breaks")
    options.add_argument("--seconds", type=float, default=1.0, help="CPU, for a run")
    options.add_argument("--methods", nargs="+", default=METHODS, metavar="NAME")
    options.add_argument("--interpreted", action="store_true", help="take no compiled loops")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    if installed() and not arguments.interpreted:
        ising_loops(compiled=True, size=0)
        term_loops(compiled=True, size=0)
        kernel(True, 0)
    kind = SAT if arguments.sat else MaxSAT
    problems = [kind.load(name) for name in arguments.instances]
    rows = [
        row(problems, name, arguments.seconds, arguments.interpreted) for name in arguments.methods
    ]
    print(markdown(("method", "kind", "broken", "mean", "solved", "median s"), map(line, rows)))
    save(arguments.json, rows)
    return 0


def row(problems: Sequence[Any], name: str, seconds: float, interpreted: bool) -> dict[str, Any]:
    """Return what a method leaves broken of each instance, and the CPU seconds that it took."""
    tell(f"{name} {seconds:g} s")
    broken, taken = [], []
    for seed, problem in enumerate(problems):
        method, began = problem.method(name), time.process_time()
        if interpreted and hasattr(method, "compiled"):
            method.compiled = False
        attempt = method.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))
        taken.append(time.process_time() - began)
        broken.append(int(problem.broken(attempt.x).sum()))
    return {"method": name, "kind": method.kind, "broken": broken, "cpu_seconds": taken}


def line(found: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the table; an instance that is not solved takes for ever."""
    pairs = zip(found["broken"], found["cpu_seconds"], strict=True)
    times = [seconds if not broken else np.inf for broken, seconds in pairs]
    return (
        found["method"],
        found["kind"],
        ", ".join(map(str, found["broken"])),
        f"{np.mean(found['broken']):.1f}",
        f"{sum(np.isfinite(times))} of {len(times)}",
        f"{np.median(times):.2f}",
    )


if __name__ == "__main__":
    sys.exit(main())
