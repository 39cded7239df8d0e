"""Balance and budgets at equal CPU seconds: partitions beside METIS and KaHIP, packings by HiGHS.

Graphs by name: gnp-N-DEGREE, regular-N-DEGREE, cluster-N (powerlaw), ba-N (preferential
attachment), delaunay-N, geometric-N-DEGREE and grid-SIDE; packings as `Packing.load` knows them,
random-N-M-SEED, and covers as `SetCover.load` does, cover-M-N-SEED. HiGHS counts seconds of wall
time, of which it is given as many more as the machine is busy with other work; the CPU seconds
that each took are in the file. NAME/numpy is a method without compiled loops.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import networkx as nx
import numpy as np
from _shared import CpuMonitor, busy, markdown, parser, save, tell
from scipy import sparse
from scipy.spatial import Delaunay, cKDTree

from hopopt import Problem
from hopopt.fast import installed
from problems import Packing, Partition, SetCover
from problems.classes.loops import loops
from problems.shared.external import External

PARTITION = ["balanced", "balanced/numpy", "multilevel", "mean-field", "metis", "kahip"]
PACKING = ["exchanges", "prices", "milp", "greedy"]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_constraints.py gnp-1000-8 delaunay-2000 random-100-5-1")
    options.add_argument("instances", nargs="+", help="names of graphs or packings")
    options.add_argument("--seconds", type=float, default=1.0, help="CPU, for a run")
    options.add_argument("--seeds", type=int, default=2, help="runs of each method")
    options.add_argument("--parts", type=int, default=2, help="classes of a graph")
    options.add_argument("--methods", nargs="+", metavar="NAME", help="by default all")
    options.add_argument("--drawn", type=int, default=77, help="seed of the graphs")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    loops(compiled=True if installed() else None, size=0)
    rows = []
    for name in arguments.instances:
        problem = named(name, arguments.drawn, arguments.parts)
        known = PARTITION if isinstance(problem, Partition) else PACKING
        for method in arguments.methods or known:
            rows.append(row(problem, name, method, arguments.seconds, arguments.seeds))
    cells = [[r["instance"], r["method"], r["kind"], r["mean"], r["costs"]] for r in rows]
    print(markdown(("instance", "method", "kind", "mean", "runs"), cells))
    save(arguments.json, rows)
    return 0


def row(problem: Problem, name: str, method: str, seconds: float, seeds: int) -> dict[str, Any]:
    """Return the costs of a method's runs, none where its package is not there."""
    tell(f"{name} {method} {seconds:g} s")
    bare, _, plain = method.partition("/")
    options = {"compiled": False} if plain else {}
    chosen, costs, began = problem.method(bare, **options), [], time.process_time()
    if not chosen.refusal(problem):
        for seed in range(seeds):
            monitor = CpuMonitor(seconds * busy() if method == "milp" else seconds)
            if isinstance(chosen, External):
                monitor.deadline = time.process_time() + seconds
            with patch("problems.shared.external.now", time.process_time):
                attempt = chosen.attempt(problem, np.random.default_rng(seed), monitor)
            costs.append(problem.cost(attempt.x))
    mean = float(np.mean(costs)) if costs else None
    taken = (time.process_time() - began) / max(1, len(costs))
    known = {"instance": name, "method": method, "kind": chosen.kind, "mean": mean}
    return {**known, "costs": costs, "cpu_seconds": taken}


def named(name: str, seed: int, parts: int) -> Problem:
    """Return the graph of this name to be cut, or the packing."""
    kind, *sizes = name.split("-")
    if kind in ("random", "cover"):
        return {"random": Packing, "cover": SetCover}[kind].load("-".join(["random", *sizes]))
    n, degree = int(sizes[0]), int(sizes[1]) if len(sizes) > 1 else 4
    if kind in ("delaunay", "geometric"):
        return Partition(mesh(kind, n, degree, seed), parts=parts, instance=name)
    graphs = {
        "gnp": lambda: nx.fast_gnp_random_graph(n, degree / (n - 1), seed=seed),
        "regular": lambda: nx.random_regular_graph(degree, n, seed=seed),
        "cluster": lambda: nx.powerlaw_cluster_graph(n, 4, 0.6, seed=seed),
        "ba": lambda: nx.barabasi_albert_graph(n, 4, seed=seed),
        "grid": lambda: nx.grid_graph([n, n, n]),
    }
    if kind not in graphs:
        raise SystemExit(f"no graph of the name {name}")
    return Partition.from_graph(graphs[kind](), None, parts=parts, instance=name)


def mesh(kind: str, n: int, degree: int, seed: int) -> sparse.csr_array[Any]:
    """Return the adjacency of random points in the unit square."""
    points = np.random.default_rng(seed).random((n, 2))
    if kind == "geometric":
        i, j = cKDTree(points).query_pairs(np.sqrt(degree / (np.pi * n)), output_type="ndarray").T
    else:
        corners = Delaunay(points).simplices
        pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
        i, j = np.unique(np.sort(pairs, axis=1), axis=0).T
    both = np.concatenate([i, j]), np.concatenate([j, i])
    return sparse.csr_array((np.ones(2 * len(i)), both), shape=(n, n))


if __name__ == "__main__":
    sys.exit(main())
