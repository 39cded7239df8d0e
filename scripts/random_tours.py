"""Tours through random cities of the unit square, as learned solvers are graded: mean lengths."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import count, markdown, mean, parser, percent, save, tell

from hopopt.solve import compare
from problems import TSP

CONSTANT = 0.7124
HEADINGS = (
    "cities",
    "instances",
    "method",
    "s",
    "CPU s",
    "length",
    "over .7124·√(nA)",
    "over best",
)


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "random_tours.py --sizes 500 1000 --seconds 3 10")
    options.add_argument("--sizes", type=count, nargs="+", default=[500, 1000], metavar="N")
    options.add_argument("--instances", type=count, default=16, help="their seeds: 0, 1, …")
    options.add_argument("--methods", nargs="+", default=["k-opt", "fast-tsp"], metavar="NAME")
    options.add_argument("--seconds", type=float, nargs="+", default=[3.0], help="of each run")
    options.add_argument(
        "--together", action="store_true", help="all in one process: cuts none off"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the runs to a file")
    arguments = options.parse_args(argv)
    runs = [
        {**run, "n": n, "instance": k}
        for n in arguments.sizes
        for k in range(arguments.instances)
        for run in measured(TSP.load(f"random-{n}-{k}"), arguments)
    ]
    print(markdown(HEADINGS, table(runs)))
    save(arguments.json, runs)
    return 0


def measured(problem: TSP, arguments: Any) -> list[dict[str, Any]]:
    """Return the runs on one instance: length None where there is none."""
    runs = []
    for method in arguments.methods:
        timed = getattr(TSP.methods.get(method), "timed", True)
        for seconds in arguments.seconds if timed else [max(arguments.seconds)]:
            tell(f"{problem.instance} {method} {seconds:g} s")
            (row,) = compare(problem, [method], time_limit=seconds, isolated=not arguments.together)
            known = {"length": row["best_cost"], "cpu": row["cpu_seconds"]}
            runs.append({"method": method, "seconds": seconds, **known})
    return runs


def table(runs: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return a row for each size, method and limit: means over the instances that have a tour."""
    best: dict[tuple[int, int], float] = {}
    for run in runs:
        at = run["n"], run["instance"]
        best[at] = min(best.get(at, np.inf), run["length"] or np.inf)
    rows = []
    for n, method, seconds in dict.fromkeys((r["n"], r["method"], r["seconds"]) for r in runs):
        mine = [r for r in runs if (r["n"], r["method"], r["seconds"]) == (n, method, seconds)]
        mine = [r for r in mine if r["length"] is not None]
        length, cpu = mean([r["length"] for r in mine]), mean([r["cpu"] for r in mine])
        over = mean([r["length"] / best[n, r["instance"]] - 1 for r in mine])
        law = None if length is None else length / (CONSTANT * np.sqrt(n)) - 1
        cells = ("–", "–") if length is None else (f"{cpu:.1f}", f"{length:.3f}")
        rows.append(
            (n, len(mine), method, f"{seconds:g}", *cells, percent(law, 2), percent(over, 3))
        )
    return rows


if __name__ == "__main__":
    sys.exit(main())
