"""First tours: from a network, from the shortest edges, or given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order
from scipy.spatial import cKDTree

from hopopt import Diagonal, Monitor, Network, Polytope, Sinkhorn, Softmax, Status
from problems.tours.assignment import Assignment
from problems.tours.candidates import Candidates
from problems.tours.distances import Distances
from problems.tours.heuristics import follow, greedy_edges
from problems.tours.instance import Instance
from problems.tours.ring import Ring

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

STARTS = ("auto", "ring", "assignment", "cycles", "random", "greedy")
CLASSICAL = ("random", "greedy")
FRAGMENTS_NEAR = 8
CYCLES_CITIES = 3000


class StartInterrupted(KeyboardInterrupt):
    """Ctrl-C while a network was making a first tour; `order` is as far as it came."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


def first_tour(
    problem: Instance, start: str, near: Candidates, rng: np.random.Generator, monitor: Monitor
) -> Order:
    """Return a tour to begin with.

    Parameters
    ----------
    problem : Instance
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
    """Return the cycles of the linear assignment network, joined two by two by others.

    Sinkhorn units with H = ⟨D, V⟩ at T → 0 come to rest, in one step, at the permutation of least
    length, most often several cycles. No unit couples to another, so that this state is that of a
    linear assignment problem, and SciPy's exact solver finds it (`Polytope.vertex`).

    Two cycles become one where i → s(i) and j → s(j) are exchanged for i → s(j) and j → s(i). In
    every city a winner-take-all network (softmax units at T → 0) chooses the j that lengthens the
    tour least; of these exchanges those are made that are the shortest for both of their cycles,
    until one cycle is left. It is what Karp's patching does, by networks, many cycles at a time.

    References
    ----------
    Karp, "A patching algorithm for the nonsymmetric traveling-salesman problem", 1979.
    """
    matrix = distances.matrix()
    city, far = np.arange(len(matrix)), 2 * matrix.sum(axis=1).max() + 1
    np.fill_diagonal(matrix, far)
    following = at_rest(matrix, Sinkhorn())
    while True:
        steps = csr_array((np.ones(len(city)), (city, following)))
        count, cycle = connected_components(steps, directed=False)
        if count == 1:
            return depth_first_order(steps, 0, return_predecessors=False).astype(np.intp)
        longer = matrix[:, following] - matrix[city, following][:, None]
        longer += longer.T
        longer[cycle[:, None] == cycle] = far
        partner = at_rest(longer, Softmax(1))
        free = np.ones(len(matrix), dtype=bool)
        for i in longer[city, partner].argsort(kind="stable").tolist():
            j = partner[i]
            if free[cycle[i]] and free[cycle[j]]:
                free[cycle[[i, j]]] = False
                following[[i, j]] = following[[j, i]]


def at_rest(costs: Floats, units: Polytope) -> Order:
    """Return which unit of every row is on in the network with H = ⟨costs, V⟩ as T → 0."""
    network = Network(Diagonal(costs.shape, 0.0, costs), units, T=0.0)
    return np.asarray(network.output(-costs)[0].argmax(axis=1))


def greedy(problem: Instance, near: Candidates) -> Order:
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
