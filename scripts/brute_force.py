"""Small instances of every problem, solved by hopopt and by looking at all solutions.

Every class has a row: how many random instances of at most eight decisions were drawn, in how many
the answer was not the best, or not feasible where a feasible one exists. Tours are drawn with
constraints, of four kinds of distances, at three scales.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _shared import markdown, parser, save, tell
from numpy.typing import NDArray

import problems
from hopopt import Problem, minimize

Array = NDArray[Any]
Rng = np.random.Generator

MOST, CITIES = 8, 7
SCALES = (1e-30, 1.0, 1e30)
CLOSE = 1e-9


@cache
def permutations(n: int) -> Array:
    return np.array(list(itertools.permutations(range(n))), dtype=np.intp).reshape(-1, n)


@cache
def words(n: int, letters: int) -> Array:
    """All words of n letters, a row each."""
    return np.array(list(itertools.product(range(letters), repeat=n)), dtype=np.intp)


def graph(rng: Rng, n: int, weights: Array | None = None) -> Array:
    """A random symmetric matrix without a diagonal; 0 is no edge."""
    on = np.triu(rng.random((n, n)) < rng.uniform(0.2, 0.9), 1)
    W = on * (1 if weights is None else weights)
    return np.asarray(W + W.T, dtype=float)


def numbers(rng: Rng, *shape: int) -> Array:
    """Whole or real numbers, of either sign."""
    drawn = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4)
    return np.rint(drawn) if rng.random() < 0.5 else drawn


def qubo(rng: Rng, n: int) -> tuple[Problem, float]:
    Q, sense = numbers(rng, n, n), ("min", "max")[rng.integers(2)]
    x = words(n, 2)
    values = ((x @ Q) * x).sum(1)
    return problems.QUBO(Q, sense=sense), float(values.min() if sense == "min" else values.max())


def ising(rng: Rng, n: int) -> tuple[Problem, float]:
    J, h, s = numbers(rng, n, n), numbers(rng, n), 2 * words(n, 2) - 1
    J = J + J.T
    return problems.Ising(J, h), float((-((s @ J) * s).sum(1) / 2 - s @ h).min())


def maxcut(rng: Rng, n: int) -> tuple[Problem, float]:
    W, side = graph(rng, n, numbers(rng, n, n)), words(n, 2)
    cuts = ((side @ W) * (1 - side)).sum(1)
    return problems.MaxCut.from_matrix(W), float(cuts.max())


def hubo(rng: Rng, n: int) -> tuple[Problem, float]:
    """A polynomial of up to the fourth order, of bits or of spins."""
    spins, sense = bool(rng.random() < 0.5), ("min", "max")[rng.integers(2)]
    orders = np.minimum(n, rng.integers(1, 5, rng.integers(1, 13)))
    keys = [tuple(rng.choice(n, k, replace=False).tolist()) for k in orders]
    terms = dict(zip(keys, numbers(rng, len(keys)).tolist(), strict=True))
    x = 2 * words(n, 2) - 1 if spins else words(n, 2)
    values = sum(value * x[:, key].prod(1) for key, value in terms.items())
    labels = [((k,), 0.0) for k in range(n) if (k,) not in terms]  # all variables, in order
    problem = problems.HUBO({**dict(labels), **terms}, spins=spins, sense=sense)
    return problem, float(np.min(values) if sense == "min" else np.max(values))


def clauses(rng: Rng, n: int) -> tuple[list[tuple[int, ...]], Array]:
    """Random clauses, and which of all assignments break each, shape (2ⁿ, M)."""
    count = int(rng.integers(1, 5 * n + 1))
    lengths = np.minimum(n, rng.integers(1, 4, count))
    made = [rng.choice(n, k, replace=False) for k in lengths]
    signs = [rng.choice([-1, 1], len(part)) for part in made]
    s = 2 * words(n, 2) - 1
    broken = [(s[:, part] != sign).all(1) for part, sign in zip(made, signs, strict=True)]
    literals = [tuple(((p + 1) * q).tolist()) for p, q in zip(made, signs, strict=True)]
    return literals, np.stack(broken, axis=1)


def maxsat(rng: Rng, n: int) -> tuple[Problem, float]:
    """Soft clauses with weights, and one or two that are hard."""
    literals, broken = clauses(rng, n)
    hard = int(rng.integers(0, min(3, len(literals))))
    weights = rng.integers(1, 20, len(literals) - hard)
    costs = broken[:, hard:] @ weights
    allowed = ~broken[:, :hard].any(1)
    best = float(costs[allowed].min()) if allowed.any() else np.inf
    return problems.MaxSAT(literals[hard:], weights, hard=literals[:hard], size=n), best


def sat(rng: Rng, n: int) -> tuple[Problem, float]:
    literals, broken = clauses(rng, n)
    return problems.SAT(literals, size=n), 0.0 if (~broken.any(1)).any() else np.inf


def packing(rng: Rng, n: int) -> tuple[Problem, float]:
    m, x = int(rng.integers(1, 4)), words(n, 2)
    w, v = rng.integers(0, 30, (m, n)), rng.integers(1, 100, n)
    bounds = np.floor(w.sum(1) * rng.random(m))
    fits = (x @ w.T <= bounds).all(1)
    return problems.Packing(w, v, bounds), float((x @ v)[fits].max())


def set_cover(rng: Rng, n: int) -> tuple[Problem, float]:
    m, x = int(rng.integers(1, 7)), words(n, 2)
    held, costs = rng.random((m, n)) < 0.4, rng.integers(0, 20, n)
    held[np.arange(m), rng.integers(0, n, m)] = True
    sets = [np.flatnonzero(column).tolist() for column in held.T]
    return problems.SetCover(sets, costs), float((x @ costs)[(x @ held.T > 0).all(1)].min())


def independent(A: Array) -> Array:
    """Which sets of nodes hold no edge, and how large they are: −1 where they hold one."""
    x = words(len(A), 2)
    return np.where(((x @ A) * x).sum(1) > 0, -1, x.sum(1))


def independent_set(rng: Rng, n: int) -> tuple[Problem, float]:
    A = graph(rng, n)
    return problems.IndependentSet(A), float(independent(A).max())


def clique(rng: Rng, n: int) -> tuple[Problem, float]:
    A = graph(rng, n)
    return problems.Clique(A), float(independent(1 - A - np.eye(n)).max())


def vertex_cover(rng: Rng, n: int) -> tuple[Problem, float]:
    A = graph(rng, n)
    return problems.VertexCover(A), float(n - independent(A).max())


def knapsack(rng: Rng, n: int) -> tuple[Problem, float]:
    w, v = rng.integers(1, 10 ** rng.integers(1, 4), n), rng.integers(1, 100, n)
    room = int(w.sum() * rng.random())
    x = words(n, 2)
    best = np.where(x @ w <= room, x @ v, 0).max()
    return problems.Knapsack(w, v, room), float(best)


def number_partition(rng: Rng, n: int) -> tuple[Problem, float]:
    a = rng.integers(1, 10 ** rng.integers(1, 13), n)
    return problems.NumberPartition(a), float(np.abs((2 * words(n, 2) - 1) @ a).min())


def coloring(rng: Rng, n: int) -> tuple[Problem, float]:
    n = min(n, 6)
    A, x = graph(rng, n), words(n, n)
    i, j = np.nonzero(np.triu(A))
    proper = (x[:, i] != x[:, j]).all(1)
    return problems.Coloring(A), float(min(len(set(row)) for row in x[proper].tolist()))


def partition(rng: Rng, n: int) -> tuple[Problem, float]:
    parts = int(rng.integers(1, min(n, 4) + 1))
    W, x = graph(rng, n, np.abs(numbers(rng, n, n))), words(n, parts)
    sizes = (x[:, :, None] == np.arange(parts)).sum(1)
    x = x[np.ptp(sizes, axis=1) <= 1]
    i, j = np.nonzero(np.triu(W))
    cuts = ((x[:, i] != x[:, j]) * W[i, j]).sum(1)
    return problems.Partition(W, parts=parts), float(cuts.min())


def queens(rng: Rng, n: int) -> tuple[Problem, float]:
    p = permutations(n)
    i, j = np.triu_indices(n, 1)
    peace = (np.abs(p[:, i] - p[:, j]) != j - i).all(1).any()
    return problems.Queens(n), 0.0 if peace else np.inf


def assignment(rng: Rng, n: int) -> tuple[Problem, float]:
    C, p = numbers(rng, n, n), permutations(n)
    return problems.LinearAssignment(C), float(C[np.arange(n), p].sum(1).min())


def qap(rng: Rng, n: int) -> tuple[Problem, float]:
    n = min(n, 6)
    A, B, p = numbers(rng, n, n), numbers(rng, n, n), permutations(n)
    costs = (A * B[p[:, :, None], p[:, None, :]]).sum((1, 2))
    return problems.QuadraticAssignment(A, B), float(costs.min())


def matching(rng: Rng, n: int) -> tuple[Problem, float]:
    n = min(n, 6)
    A, B, p = graph(rng, n), graph(rng, n), permutations(n)
    weights = (A * B[p[:, :, None], p[:, None, :]]).sum((1, 2)) / 2
    return problems.GraphMatching(A, B), float(weights.max())


def forbidding_assignment(rng: Rng, n: int) -> tuple[Problem, float]:
    """Of two sizes, with pairs that cannot be."""
    m = int(rng.integers(1, MOST + 1))
    C = np.where(rng.random((n, m)) < 0.3, np.inf, numbers(rng, n, m))
    wide = C if n <= m else C.T
    p = permutations(m if n <= m else n)[:, : len(wide)]
    best = wide[np.arange(len(wide)), p].sum(1).min()
    return problems.LinearAssignment(C), float(best)


def placing(rng: Rng, n: int) -> tuple[Problem, float]:
    """A quadratic assignment with free places, a linear term, some known, and of either sense."""
    m = min(n, 6)
    n, sense = int(rng.integers(1, m + 1)), ("min", "max")[rng.integers(2)]
    A, B, C = numbers(rng, n, n), numbers(rng, m, m), numbers(rng, n, m)
    p = permutations(m)[:, :n]
    count = int(rng.integers(0, n + 1))
    known = dict(
        zip(rng.permutation(n)[:count].tolist(), rng.permutation(m).tolist(), strict=False)
    )
    for facility, place in known.items():
        p = p[p[:, facility] == place]
    costs = (A * B[p[:, :, None], p[:, None, :]]).sum((1, 2)) + C[np.arange(n), p].sum(1)
    problem = problems.QuadraticAssignment(A, B, linear=C, sense=sense, partial_match=known)
    return problem, float(costs.min() if sense == "min" else costs.max())


def lengths(D: Array, closed: bool = True) -> Array:
    """The lengths of all tours, or open paths, a row of `permutations` each."""
    p = permutations(len(D))
    steps = D[p, np.roll(p, -1, axis=1)]
    return np.asarray((steps if closed else steps[:, :-1]).sum(1))


def tour(rng: Rng, n: int) -> tuple[Problem, float]:
    D = np.abs(numbers(rng, n, n))
    D = D + D.T
    np.fill_diagonal(D, 0)
    return problems.TSP.from_matrix(D), float(lengths(D).min())


def asymmetric_tour(rng: Rng, n: int) -> tuple[Problem, float]:
    D = np.abs(numbers(rng, n, n))
    np.fill_diagonal(D, 0)
    return problems.TSP.from_matrix(D), float(lengths(D).min())


def partial_tour(rng: Rng, n: int) -> tuple[Problem, float]:
    """On the arcs that there are, one way or both; there may be no tour on them."""
    D, share = rng.integers(1, 20, (n, n)).astype(float), rng.random()
    D[rng.random((n, n)) < share] = np.inf
    D = np.triu(D, 1) + np.triu(D, 1).T if rng.random() < 0.5 else D
    np.fill_diagonal(D, 0)
    closed = bool(rng.random() < 0.5)
    return problems.TSP.from_matrix(D, cycle=closed), float(lengths(D, closed).min())


CLASSES: dict[str, Callable[[Rng, int], tuple[Problem, float]]] = {
    "assignment": assignment,
    "assignment, pairs forbidden": forbidding_assignment,
    "clique": clique,
    "coloring": coloring,
    "HUBO": hubo,
    "independent set": independent_set,
    "Ising": ising,
    "knapsack": knapsack,
    "matching": matching,
    "max-cut": maxcut,
    "MaxSAT": maxsat,
    "number partition": number_partition,
    "packing": packing,
    "partition": partition,
    "QAP": qap,
    "QAP, partly placed": placing,
    "QUBO": qubo,
    "queens": queens,
    "SAT": sat,
    "set cover": set_cover,
    "tour": tour,
    "tour, asymmetric": asymmetric_tour,
    "tour, arcs missing": partial_tour,
    "vertex cover": vertex_cover,
}


def constraints(rng: Rng, n: int, symmetric: bool) -> dict[str, Any]:
    """Ends, or none, and up to two edges of one random tour, which therefore keeps them all."""
    order = rng.permutation(n).tolist()
    options: dict[str, Any] = {"cycle": bool(rng.random() < 0.5)}
    if not options["cycle"]:
        options |= {end: order[at] for end, at in (("start", 0), ("end", -1)) if rng.random() < 0.5}
    steps = list(itertools.pairwise(order))
    chosen = rng.permutation(len(steps))[: rng.integers(0, 3)].tolist()
    flips = rng.random(len(chosen)) < 0.5 * symmetric
    pairs = [steps[k][::-1] if flip else steps[k] for k, flip in zip(chosen, flips, strict=True)]
    return options | {"fixed": pairs}


def kept(n: int, options: dict[str, Any], symmetric: bool) -> Array:
    """Which of the permutations keep the constraints."""
    p = permutations(n)
    ok = np.ones(len(p), dtype=bool)
    for end, at in (("start", 0), ("end", -1)):
        if end in options:
            ok &= p[:, at] == options[end]
    after = np.roll(p, -1, axis=1) if options["cycle"] else p[:, 1:]
    before = p if options["cycle"] else p[:, :-1]
    for a, b in options["fixed"]:
        taken = ((before == a) & (after == b)).any(1)
        if symmetric:
            taken |= ((before == b) & (after == a)).any(1)
        ok &= taken
    return ok


def drawn_distances(rng: Rng, n: int, kind: str, scale: float) -> tuple[Array, dict[str, Any]]:
    """Distances of a kind as a matrix, and how to build the problem from them."""
    if kind == "metric":
        points = scale * rng.random((n, 2))
        D = np.hypot(*(points[:, None] - points).T).T
        return D, {"points": points}
    symmetric = bool(rng.random() < 0.5)
    D = rng.integers(0, 20, (n, n)).astype(float) if kind == "integer" else rng.random((n, n))
    if kind == "callable":
        D[0] = D[:, 0] = D[0] * (rng.random() < 0.5)  # a city that is near to all, or is not
    D = scale * (np.triu(D, 1) + np.triu(D, 1).T if symmetric else D)
    np.fill_diagonal(D, 0)
    if kind != "callable":
        return D, {"matrix": D}

    def away(a: Array, b: Array) -> float:
        return float(D[int(a[0]), int(b[0])])

    return D, {"points": np.arange(n)[:, None], "metric": away, "symmetric": symmetric}


KINDS = ("metric", "callable", "integer", "float")


def constrained(rng: Rng, kind: str, scale: float) -> tuple[Problem, float]:
    """A tour with constraints, and the length of the shortest that keeps them."""
    n = int(rng.integers(3, CITIES + 1))
    D, source = drawn_distances(rng, n, kind, scale)
    symmetric = bool((D == D.T).all()) and source.get("symmetric", True)
    options = constraints(rng, n, symmetric)
    best = lengths(D, options["cycle"])[kept(n, options, symmetric)].min()
    if "matrix" in source:
        return problems.TSP.from_matrix(source["matrix"], **options), float(best)
    return problems.TSP.from_points(**source, **options), float(best)


def verdict(problem: Problem, best: float, seconds: float) -> str:
    """Return "best", or what is wrong with the answer; `best` is infinite where there is none."""
    result = minimize(problem, rng=0, time_limit=seconds)
    if result.success is not problem.feasible(result.x):
        return "success is not feasibility"
    if not result.success:
        return "best" if np.isinf(best) else "infeasible"
    if abs(problem.cost(result.x) - best) <= CLOSE * abs(best):
        return "best"
    return f"{result.fun:.10g} for {best:.10g}"


def instances(seeds: range) -> Iterator[tuple[str, int, Callable[[], tuple[Problem, float]]]]:
    """Yield the name of a row, a seed and how to draw the instance."""
    for name, draw in CLASSES.items():
        for seed in seeds:
            rng = np.random.default_rng(seed)
            size = int(rng.integers(1, MOST + 1))
            yield name, seed, lambda draw=draw, rng=rng, size=size: draw(rng, size)


def tours(seeds: range) -> Iterator[tuple[str, int, Callable[[], tuple[Problem, float]]]]:
    """Yield constrained tours, of every kind and scale in turn."""
    cases = list(itertools.product(KINDS, SCALES))
    for seed in seeds:
        kind, scale = cases[seed % len(cases)]
        rng = np.random.default_rng(seed)
        name = f"constrained, {kind}, {scale:g}"
        yield name, seed, lambda rng=rng, kind=kind, scale=scale: constrained(rng, kind, scale)


def main(argv: list[str] | None = None) -> int:
    """Draw, solve, compare; return 1 where an answer was not the best."""
    told = parser(__doc__, "brute_force.py --instances 300 --tours 1000 --seconds 0.2")
    told.add_argument("--instances", type=int, default=20, help="of every problem class")
    told.add_argument("--tours", type=int, default=60, help="with constraints")
    told.add_argument("--seconds", type=float, default=0.2, help="time limit of an answer")
    told.add_argument("--seed", type=int, default=0, help="of the first instance of each row")
    told.add_argument("--only", default="", help="rows whose names hold this text")
    told.add_argument("--json", type=Path, default=None, help="write the counts here, too")
    args: argparse.Namespace = told.parse_args(argv)
    seeds = [range(args.seed, args.seed + rows) for rows in (args.instances, args.tours)]
    counts: dict[str, Counter[str]] = {}
    for name, seed, draw in itertools.chain(instances(seeds[0]), tours(seeds[1])):
        if args.only not in name:
            continue
        said = verdict(*draw(), args.seconds)
        counts.setdefault(name, Counter())["best" if said == "best" else "wrong"] += 1
        if said != "best":
            tell(f"{name}, seed {seed}: {said}")
    rows = [(name, sum(row.values()), row["wrong"]) for name, row in counts.items()]
    print(markdown(["problem", "instances", "not the best"], rows))
    save(args.json, {name: dict(row) for name, row in counts.items()})
    return int(any(row["wrong"] for row in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
