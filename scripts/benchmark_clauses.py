"""Clauses at equal CPU seconds: networks of their own order beside the encoding and controls.

Instances are drawn by name: random-N-A-SEED holds A·N random clauses of three of N variables,
planted-N-A-SEED has a solution. Where numba is installed, loops are compiled before the clock runs.
python-sat counts seconds of wall time, of which it is given as many more as the machine is busy.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import CpuMonitor, busy, markdown, parser, save, tell

from hopopt import Monitor
from hopopt.core import now
from hopopt.fast import installed
from problems import SAT, MaxSAT
from problems.spins.clause_peers import PySAT

METHODS = ["replicas", "boltzmann", "mean-field", "quadratic", "probsat", "walksat"]
WARM = 0.01  # seconds on a small instance first, in which loops are compiled
HEADINGS = ("instances", "method", "kind", "broken", "mean", "solved", "median s")


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_clauses.py random-500-6 --seeds 1 5 --seconds 1")
    options.add_argument("instances", nargs="+", help="names of random or planted clauses")
    options.add_argument("--seeds", nargs=2, type=int, metavar=("A", "B"), help="NAME-A … NAME-B")
    options.add_argument("--sat", action="store_true", help="stop only where no clause breaks")
    options.add_argument("--seconds", type=float, default=1.0, help="CPU, for a run")
    options.add_argument("--methods", nargs="+", default=METHODS, metavar="NAME")
    options.add_argument("--interpreted", action="store_true", help="take no compiled loops")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    kind, rows = SAT if arguments.sat else MaxSAT, []
    compiled = installed() and not arguments.interpreted
    for method in arguments.methods if compiled else ():
        row([kind.load("planted-40-4")], method, WARM, compiled)
    for name, members in groups(arguments.instances, arguments.seeds).items():
        problems = [kind.load(member) for member in members]
        for method in arguments.methods:
            tell(f"{name} {method} {arguments.seconds:g} s")
            found = row(problems, method, arguments.seconds, compiled)
            rows.append({"instances": name, **found})
    print(markdown(HEADINGS, list(map(line, rows))))
    save(arguments.json, rows)
    return 0


def groups(names: Sequence[str], seeds: Sequence[int] | None) -> dict[str, list[str]]:
    """Return the instances of each row: all together, or those of each name, seed after seed."""
    if seeds is None:
        return {"all": list(names)}
    first, last = seeds
    return {name: [f"{name}-{seed}" for seed in range(first, last + 1)] for name in names}


def row(problems: Sequence[Any], name: str, seconds: float, compiled: bool) -> dict[str, Any]:
    """Return what a method leaves broken of each instance, and the CPU seconds that it took."""
    broken, taken = [], []
    for seed, problem in enumerate(problems):
        method = problem.method(name)
        if hasattr(method, "compiled"):
            method.compiled = compiled
        wall = isinstance(method, PySAT)
        monitor = Monitor(now() + seconds * busy()) if wall else CpuMonitor(seconds)
        began = time.process_time()
        try:
            x = method.attempt(problem, np.random.default_rng(seed), monitor).x
            broken.append(int(problem.broken(x).sum()))
        except ValueError as error:  # python-sat ran out of time
            if not wall:
                raise
            tell(str(error))
            broken.append(None)
        taken.append(time.process_time() - began)
    return {"method": name, "kind": method.kind, "broken": broken, "cpu_seconds": taken}


def line(found: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the table; an instance that is not solved takes for ever."""
    pairs = zip(found["broken"], found["cpu_seconds"], strict=True)
    times = [seconds if broken == 0 else np.inf for broken, seconds in pairs]
    known = [broken for broken in found["broken"] if broken is not None]
    return (
        found["instances"],
        found["method"],
        found["kind"],
        ", ".join("–" if broken is None else str(broken) for broken in found["broken"]),
        f"{np.mean(known):.1f}" if known else "–",
        f"{sum(np.isfinite(times))} of {len(times)}",
        f"{np.median(times):.2f}",
    )


if __name__ == "__main__":
    sys.exit(main())
