"""Seconds asked and taken by every problem class at a large size, set-up and all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from _shared import markdown, parser, save_table, tell
from scipy import sparse

import problems
from hopopt import Problem, minimize
from hopopt.core import now

MORE, SLACK = 1.1, 0.5  # of what was asked, and seconds
COLUMNS = ("problem", "size", "asked s", "taken s", "CPU s", "method", "in time")
CAPTION = "Seconds of wall time asked and taken, instances built beforehand."


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def graph(n: int, edges: int) -> sparse.csr_array:
    """A random graph as a symmetric matrix of ones."""
    i, j = rng().integers(0, n, (2, edges))
    W = sparse.csr_array((np.ones(edges), (i, j)), shape=(n, n))
    W = sparse.csr_array(W + W.T)
    W.setdiag(0)
    W.eliminate_zeros()
    W.data[:] = 1
    return W


def dense(n: int, share: float = 0.5) -> np.ndarray:
    upper = np.triu(rng().random((n, n)) < share, 1).astype(float)
    return upper + upper.T


def clauses(n: int, count: int) -> list[list[int]]:
    drawn = rng().permuted(np.tile(np.arange(1, n + 1, dtype=np.int32)[:60], (count, 1)), axis=1)
    offset = rng().integers(0, n - 60, count)[:, None]
    literals = (drawn[:, :3] + offset) * rng().choice([-1, 1], (count, 3))
    return literals.tolist()


def planted(n: int, count: int) -> list[list[int]]:
    """Clauses that all variables true satisfy."""
    return [[abs(a), b, c] for a, b, c in clauses(n, count)]


def spins(n: int, couplings: int) -> problems.Ising:
    i, j = rng().integers(0, n, (2, couplings))
    kept = i != j
    J = sparse.csr_array((rng().choice([-1.0, 1.0], kept.sum()), (i[kept], j[kept])), (n, n))
    return problems.Ising(J + J.T)


def matrix(n: int, symmetric: bool) -> problems.TSP:
    D = rng().integers(1, 1000, (n, n)).astype(float)
    D = D + D.T if symmetric else D
    np.fill_diagonal(D, 0)
    return problems.TSP.from_matrix(D)


CASES: Mapping[str, Callable[[], Problem]] = {
    "assignment": lambda: problems.LinearAssignment(rng().random((2000, 2000))),
    "assignment, whole": lambda: problems.LinearAssignment(rng().integers(0, 100, (200, 200))),
    "clique": lambda: problems.Clique(dense(2000)),
    "coloring": lambda: problems.Coloring(graph(20_000, 100_000)),
    "hubo": lambda: problems.HUBO(
        {tuple(map(abs, one)): 1.0 + k % 7 for k, one in enumerate(clauses(10_000, 50_000))}
    ),
    "independent-set": lambda: problems.IndependentSet(graph(50_000, 200_000)),
    "ising, sparse": lambda: spins(100_000, 300_000),
    "ising, dense": lambda: problems.Ising(dense(3000) - 0.5),
    "knapsack": lambda: problems.Knapsack(*rng().integers(1, 1000, (2, 100_000)), 10**7),
    "matching": lambda: problems.GraphMatching(dense(200), dense(200)),
    "maxcut": lambda: problems.MaxCut(20_000, tuple(rng().integers(0, 20_000, (2, 60_000)))),
    "maxsat": lambda: problems.MaxSAT(clauses(10_000, 50_000)),
    "number-partition": lambda: problems.NumberPartition(rng().integers(1, 10**9, 5000)),
    "packing": lambda: problems.Packing(
        rng().integers(1, 1000, (100, 3000)), rng().integers(1, 1000, 3000), np.full(100, 4e5)
    ),
    "partition, dense": lambda: problems.Partition(dense(2000), parts=4),
    "partition, sparse": lambda: problems.Partition(graph(60_000, 200_000), parts=2),
    "qap": lambda: problems.QuadraticAssignment(
        rng().integers(0, 100, (200, 200)), rng().integers(0, 100, (200, 200))
    ),
    "qubo": lambda: problems.QUBO(dense(2000) - 0.6),
    "queens": lambda: problems.Queens(500),
    "sat": lambda: problems.SAT(planted(10_000, 50_000)),
    "set-cover": lambda: problems.SetCover.load("random-500-5000"),
    "tsp, points": lambda: problems.TSP.load("random-200000"),
    "tsp, symmetric": lambda: matrix(3000, True),
    "tsp, asymmetric": lambda: matrix(3000, False),
    "tsp, correlation": lambda: problems.TSP.from_points(rng().random((5000, 20)), "correlation"),
    "vertex-cover": lambda: problems.VertexCover(graph(50_000, 200_000)),
}


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "limits.py --seconds .1 1")
    options.add_argument("--seconds", type=float, nargs="+", default=[0.1, 1.0], metavar="S")
    options.add_argument("--problems", nargs="+", default=list(CASES), choices=list(CASES))
    options.add_argument("--method", default="auto", help="of the problems that are chosen")
    options.add_argument("--table", type=Path, metavar="FILE", help="write it for the docs")
    arguments = options.parse_args(argv)
    rows = []
    for name in arguments.problems:
        problem = CASES[name]()
        for seconds in arguments.seconds:
            began, cpu = now(), time.process_time()
            result = minimize(problem, arguments.method, rng=0, time_limit=seconds)
            taken, cpu = now() - began, time.process_time() - cpu
            fits = "yes" if taken <= MORE * seconds + SLACK else "no"
            fits += "" if result.success else ", infeasible"
            told = [f"{number:.2f}" for number in (taken, cpu)]
            rows.append([name, problem.size, f"{seconds:g}", *told, result.method, fits])
            tell(" ".join(map(str, rows[-1])))
    print(markdown(COLUMNS, rows))
    save_table(arguments.table, CAPTION, COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
