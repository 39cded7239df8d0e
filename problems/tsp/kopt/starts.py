"""First tours: from a network, from the shortest edges, or given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hopopt import Monitor
from problems.tsp.assignment import Assignment
from problems.tsp.heuristics import follow, greedy_edges
from problems.tsp.kopt.candidates import Candidates
from problems.tsp.ring import Ring

if TYPE_CHECKING:
    from problems.tsp.problem import TSP

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

STARTS = ("auto", "ring", "assignment", "random", "greedy")
CLASSICAL = ("greedy",)
FRAGMENTS_NEAR = 8


def first_tour(
    problem: TSP, start: str, near: Candidates, rng: np.random.Generator, monitor: Monitor
) -> Order:
    """Return a tour to begin with.

    Parameters
    ----------
    problem : TSP
    start : {"auto", "ring", "assignment", "random", "greedy"}
        A ring or an assignment network, a random order, or the shortest feasible edges, which is a
        classical constructor. "auto" is the ring, around embedded cities where there are no
        coordinates, and the random order for asymmetric distances.
    near : Candidates
    rng, monitor
        As for a method.
    """
    if start == "auto":
        start = "ring" if problem.distances.symmetric else "random"
    if start == "greedy":
        return greedy(problem, near)
    if start == "random":
        return rng.permutation(problem.distances.n)
    method = Ring("majorize") if start == "ring" else Assignment("exponential-euler")
    quiet = Monitor(monitor.deadline, record=False)
    return problem.route.encode(problem.order(method.attempt(problem, rng, quiet).x))


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
