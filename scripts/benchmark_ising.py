"""MaxCut, QUBO and Ising instances at equal CPU seconds: hopopt's methods beside other samplers.

Peers that are installed take part: dwave-samplers' simulated annealing and tabu search, openjij's
simulated annealing, the bifurcations of mindquantum's QAIA. Their models are built outside the
clock; ours is presolved inside it. A peer's sweeps are chosen, from a shorter read, to fill the
time. Where numba is installed, our loops are compiled before the first clock starts; NAME/numpy is
a method without them, anneal/annealed one whose populations do not begin with inertia, and `auto`
what a problem takes first.

`--dense` is a table of its own, in some ten CPU minutes, two with `--quick`: ±1 and normal
couplings of all pairs, by the names under which `Ising.load` draws them.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _samplers import PEERS, Solve, alone, installed
from _shared import CpuMonitor, count, markdown, mean, parser, save_table, tell
from scipy.stats import binomtest

from hopopt.fast import ising_loops
from hopopt.search import presolve
from problems import QUBO, Ising, MaxCut
from problems.spins.ising import DRAW

CLOSE = 1e-6  # by how much, as a share, costs may differ and be the same


class Row(NamedTuple):
    """Instances, how long a solver has for each run, and how many runs of each it makes."""

    names: Sequence[str]
    seconds: float
    seeds: int


FIVE = [f"bimodal-1000-{seed}" for seed in range(2, 7)]
QUICK = [Row(FIVE, 0.7, 1)]
DENSE = [
    Row(FIVE, 0.7, 2),
    Row(FIVE, 2.0, 1),
    Row(["sk-1000-0"], 0.7, 3),
    Row(["sk-1000-0"], 2.0, 2),
    Row(["bimodal-2000-1"], 2.0, 3),
    Row(["bimodal-2000-1"], 8.0, 1),
    Row(["bimodal-4000-1"], 8.0, 1),
]
OPTIONS = {"numpy": ("compiled", False), "annealed": ("inertia", False)}
DENSE_METHODS = ["auto/numpy", "auto", "inertial"]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_ising.py path/to/gset/G14.txt --seconds 1 10")
    options.add_argument("names", nargs="*", help=".txt (Gset) and .qubo files, or kind-N-SEED")
    options.add_argument("--dense", action="store_true", help="the table of dense couplings")
    options.add_argument("--quick", action="store_true", help="its first row, once")
    options.add_argument("--seconds", nargs="+", type=float, default=[1.0], help="CPU, for a run")
    options.add_argument("--seeds", type=count, default=3, help="runs of each method")
    options.add_argument("--methods", nargs="+", metavar="NAME", help="default: anneal")
    options.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=sorted(PEERS))
    options.add_argument(
        "--runs", type=Path, metavar="FILE", help="keep each run there, and make none again"
    )
    options.add_argument("--table", type=Path, metavar="FILE", help="write it for the docs")
    arguments = options.parse_args(argv)
    if not arguments.names and not (arguments.dense or arguments.quick):
        options.error("give names of instances, or --dense")
    if installed("numba"):
        ising_loops(compiled=True, size=0)
    rows = graded(list(measured(arguments)))
    print(markdown(HEADINGS, lines(rows)))
    save_table(arguments.table, CAPTION, HEADINGS, lines(rows))
    return 0


def measured(arguments: Any) -> Iterator[dict[str, Any]]:
    """Yield one run after another: instance, solver, seconds, seed, cost, CPU seconds."""
    dense = arguments.dense or arguments.quick
    solvers = list(arguments.methods or (DENSE_METHODS if dense else ["anneal"]))
    solvers += [name for name in arguments.peers if installed(PEERS[name][0])]
    plan = [Row([name], t, arguments.seeds) for name in arguments.names for t in arguments.seconds]
    plan += (QUICK if arguments.quick else DENSE) if dense else []
    steps = sorted((name, row.seconds, row.seeds) for row in plan for name in row.names)
    kept = arguments.runs is not None and arguments.runs.exists()
    lines = arguments.runs.read_text(encoding="utf-8").splitlines() if kept else []
    done = list(map(json.loads, lines))
    for name, budgets in groupby(steps, key=lambda step: step[0]):
        problem = load(name)
        known = {"instance": problem.instance, "n": problem.size}
        known |= {"left": presolve(problem.energy).energy.size}
        known |= {"sense": problem.loss(1.0), "optimum": problem.optimum}
        wanted = [(seconds, seed) for _, seconds, seeds in budgets for seed in range(seeds)]
        for solver in solvers:
            solve = None
            for seconds, seed in wanted:
                run = {"instance": problem.instance, "solver": solver}
                run |= {"seconds": seconds, "seed": seed}
                before = [old for old in done if run.items() <= old.items()]
                if not before:
                    tell(f"{problem.instance} {solver} {seconds:g} s")
                    solve = solve or sampler(problem, solver)
                    cost, cpu = solve(seconds, seed)
                    before = [{**known, **run, "cost": cost, "cpu": cpu}]
                    keep(arguments.runs, before[0])
                yield before[0]


def keep(path: Path | None, run: dict[str, Any]) -> None:
    """Append a run to a file, where one is asked for."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


def sampler(problem: Any, name: str) -> Solve:
    return alone(PEERS[name][1](problem)) if name in PEERS else own(problem, name)


def load(name: str) -> Any:
    if name.split("-")[0] in DRAW:
        return Ising.load(name)
    bits = name.endswith(".qubo")  # the OR-Library's, to be maximised
    return QUBO.load(name, sense="max") if bits else MaxCut.load(name)


def graded(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each kind of instances, time and solver: gaps to the best known or seen.

    A run that was ended has no cost, and came to nothing.
    """
    best: dict[str, float] = {}
    for run in runs:
        seen = [cost for cost in (run["cost"], run["optimum"]) if cost is not None]
        losses = [run["sense"] * cost for cost in seen]
        best[run["instance"]] = min([*losses, best.get(run["instance"], np.inf)])
    groups: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for run in runs:
        kind = re.sub(r"^([a-z]+-[0-9]+)-[0-9]+$", r"\1", run["instance"])
        groups.setdefault((kind, run["seconds"], run["solver"]), []).append(run)
    rows = []
    for (kind, seconds, solver), mine in groups.items():
        ended = [run for run in mine if run["cost"] is not None]
        lows = [best[run["instance"]] for run in ended]
        losses = [run["sense"] * run["cost"] for run in ended]
        gaps = [(loss - low) / abs(low or 1.0) for loss, low in zip(losses, lows, strict=True)]
        hits = sum(gap <= CLOSE for gap in gaps)
        cpu = sum(run["cpu"] for run in mine) / len(mine)
        tts, low, high = tts99(hits, len(mine), max(cpu, seconds))
        rows.append(
            {
                "instance": kind,
                "spins": f"{mine[0]['left']}/{mine[0]['n']}",
                "seconds": seconds,
                "solver": solver,
                "gap": mean(gaps),
                "hits": hits,
                "runs": len(mine),
                "tts99": tts,
                "interval": [low, high],
                "cost": mean([run["cost"] for run in ended]),
                "cpu": cpu,
            }
        )
    return sorted(rows, key=lambda row: (row["instance"], row["seconds"]))


def tts99(hits: int, runs: int, seconds: float) -> tuple[float | None, ...]:
    """Return the seconds after which restarts have found the best with 99 %, and its 95 % interval.

    Clopper and Pearson's for the share of runs that found it; None is infinite.
    """
    ends = binomtest(hits, runs).proportion_ci(0.95)
    shares = (hits / runs, ends.high, ends.low)
    return tuple(
        None if p <= 0 else float(seconds * max(1, np.log(0.01) / np.log1p(-min(p, 1 - 1e-12))))
        for p in shares
    )


def own(problem: Any, name: str) -> Solve:
    """Return one of hopopt's methods, its time limit in CPU seconds."""
    known, *words = name.split("/")
    chosen = problem.ranking()[0] if known == "auto" else known
    numpy = {} if chosen == "inertial" else dict(OPTIONS[word] for word in words)

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        began = time.process_time()
        method = problem.method(chosen, **numpy)
        attempt = method.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))
        return problem.cost(attempt.x), time.process_time() - began

    return solve


CAPTION = (
    "Gaps in per cent to the lowest energy known or seen here, runs that came to it, and the "
    "seconds after which restarts have come to it with 99 % (95 % interval, Clopper & Pearson)."
)
HEADINGS = (
    *("instance", "spins left", "s", "solver", "gap %", "at the best"),
    *("TTS99 s", "mean cost", "CPU s"),
)


def lines(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            r["instance"],
            r["spins"],
            f"{r['seconds']:g}",
            r["solver"],
            "–" if r["gap"] is None else f"{100 * r['gap']:.3f}",
            f"{r['hits']}/{r['runs']}",
            f"{bound(r['tts99'])} ({' … '.join(map(bound, r['interval']))})",
            "–" if r["cost"] is None else f"{r['cost']:.1f}",
            f"{r['cpu']:.2f}",
        )
        for r in rows
    ]


def bound(value: float | None) -> str:
    return "∞" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
