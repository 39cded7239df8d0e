"""First tours: from a network, from the shortest edges, or given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hopopt import Diagonal, Monitor, Network, Sinkhorn, Status
from problems.tsp.assignment import Assignment
from problems.tsp.distances import Distances
from problems.tsp.heuristics import follow, greedy_edges
from problems.tsp.kopt.candidates import Candidates
from problems.tsp.kopt.chains import settled
from problems.tsp.ring import Ring

if TYPE_CHECKING:
    from problems.tsp.problem import TSP

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

STARTS = ("auto", "ring", "assignment", "cycles", "random", "greedy")
CLASSICAL = ("greedy",)
FRAGMENTS_NEAR = 8
CYCLES_CITIES = 3000
MOST_JOINED = 64


class StartInterrupted(KeyboardInterrupt):
    """Ctrl-C while a network was making a first tour; `order` is as far as it came."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


def first_tour(
    problem: TSP, start: str, near: Candidates, rng: np.random.Generator, monitor: Monitor
) -> Order:
    """Return a tour to begin with.

    Parameters
    ----------
    problem : TSP
    start : {"ring", "assignment", "cycles", "random", "greedy"}
        A ring, around embedded cities where there are no coordinates, an assignment network, a
        linear network whose cycles are joined, a random order, or the shortest feasible edges,
        which is a classical constructor.
    near : Candidates
    rng, monitor
        As for a method.

    Raises
    ------
    StartInterrupted
        By Ctrl-C: a network stops at a tour of its own, and whoever asked for it has to stop too.
    """
    if start == "cycles":
        return joined_cycles(problem.distances)
    if start == "greedy":
        return greedy(problem, near)
    if start == "random":
        return rng.permutation(problem.distances.n)
    method = Ring("majorize") if start == "ring" else Assignment("exponential-euler")
    quiet = Monitor(monitor.deadline, record=False)
    attempt = method.attempt(problem, rng, quiet)
    order = problem.route.encode(problem.order(attempt.x))
    if attempt.status is Status.INTERRUPTED:
        raise StartInterrupted(order)
    return order


def joined_cycles(distances: Distances) -> Order:
    """Return the cycles of the linear assignment network, cut and joined by a chain network.

    Sinkhorn units with H = ⟨D, V⟩ at T → 0 come to rest, in one step, at the permutation of least
    length, most often several cycles. No unit couples to another, so that this state is that of a
    linear assignment problem, and SciPy's exact solver finds it (`Polytope.vertex`). Each cycle is
    cut at its longest edge, and the T → 0 network of chains orders the pieces, up to 64 of them;
    beyond, they stay in the order of their cities. It is what Karp's patching does, by networks.

    References
    ----------
    Karp, "A patching algorithm for the nonsymmetric traveling-salesman problem", 1979.
    """
    matrix = distances.matrix()
    np.fill_diagonal(matrix, 2 * matrix.sum(axis=1).max() + 1)
    network = Network(Diagonal(matrix.shape, 0.0, matrix), Sinkhorn(), T=0.0)
    following = network.output(-matrix)[0].argmax(axis=1)
    pieces, seen = [], np.zeros(len(matrix), dtype=bool)
    for city in range(len(matrix)):
        cycle = []
        while not seen[city]:
            seen[city] = True
            cycle.append(city)
            city = int(following[city])
        if cycle:
            longest = int(matrix[cycle, following[cycle]].argmax())
            pieces.append(np.roll(np.array(cycle), -longest - 1))
    if 2 < len(pieces) <= MOST_JOINED:
        W = np.full((2 * len(pieces), 2 * len(pieces)), np.inf)
        W[::2, ::2] = matrix[np.ix_([p[-1] for p in pieces], [p[0] for p in pieces])]
        orders, _ = settled(W[None], np.arange(0, 2 * len(pieces), 2)[None])
        pieces = [pieces[o // 2] for o in orders[0]]
    return np.concatenate(pieces)


def greedy(problem: TSP, near: Candidates) -> Order:
    """Return the tour that the shortest feasible edges make (Bentley 1992).

    Among the candidate edges first; then the ends of the fragments are joined through a k-d tree,
    round after round. Without coordinates all pairs are looked at.
    """
    distances, points = problem.distances, problem.distances.coordinates
    if points is None or not distances.symmetric:
        return follow(greedy_edges(distances))
    n = distances.n
    fragments = Fragments(n)
    a, b = np.repeat(np.arange(n), near.out.shape[1]), near.out.ravel()
    fragments.join(a, b, distances(a, b))
    width = FRAGMENTS_NEAR
    while fragments.edges < n - 1:
        ends = np.array([k for k in range(n) if len(fragments.links[k]) < 2])
        width = min(2 * width, len(ends))
        found = cKDTree(points[ends]).query(points[ends], k=width)[1].reshape(len(ends), width)
        a, b = np.repeat(ends, width), ends[found.ravel()]
        fragments.join(a, b, distances(a, b))
    return follow(fragments.links)


class Fragments:
    """Paths that grow together, edge by edge; `far` holds the other end of each end's path."""

    def __init__(self, n: int) -> None:
        self.links: list[list[int]] = [[] for _ in range(n)]
        self.far = list(range(n))
        self.edges = 0

    def join(self, a: Order, b: Order, lengths: Floats) -> None:
        """Add edges in order of their length, where they leave a set of paths."""
        links, far = self.links, self.far
        shortest = np.argsort(lengths, kind="stable")
        for i, j in zip(a[shortest].tolist(), b[shortest].tolist(), strict=True):
            if i != j and len(links[i]) < 2 and len(links[j]) < 2 and far[i] != j:
                links[i].append(j)
                links[j].append(i)
                self.edges += 1
                one, other = far[i], far[j]
                far[one], far[other] = other, one
