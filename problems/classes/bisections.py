"""Two sides of a graph from coarse to fine: a network parts the coarsest graph, moves refine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import eigsh

from hopopt import Balance, Diagonal, ExponentialEuler, Monitor, Network, Quadratic, Tanh, anneal
from problems.classes.coarsening import coarsened
from problems.classes.refinement import Side, refined, weight_between

__all__ = ["CYCLES", "Bisections", "by_cut", "parted", "second_eigenvalue", "sides"]

REPLICAS, STAGES = 8, 60
COLD, FIELD, START = 0.03, 0.3, 0.01
CYCLES, POOL = 2, 3
HALVING = ExponentialEuler(float(np.log(2)), max_steps=1, tol=0, descends=False)

Graph = sparse.csr_array[Any]
Floats = NDArray[Any]


def second_eigenvalue(W: Graph) -> float:
    """Return the second largest eigenvalue of the weights: the first that balance leaves free."""
    if W.shape[0] < 6:
        return float(np.sort(np.linalg.eigvalsh(W.toarray()))[-2:].min()) or 1.0
    start = np.linspace(1, 2, W.shape[0])
    return float(eigsh(W, 2, which="LA", v0=start, tol=1e-3, return_eigenvectors=False).min())


def annealed(
    W: Graph,
    size: Floats,
    target: float,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    replicas: int = REPLICAS,
    stages: int = STAGES,
    strength: float = FIELD,
) -> Floats:
    """Return the outputs (replicas, n) of bipolar units in balance, cooled.

    H = −½·vᵀWv on the domain Σ m_i·v_i = 2t − Σ m_i. T falls from the second eigenvalue of W, where
    the sides part, to 3 % of it, a step a stage; a random field fades out, of a strength of its own
    in each replica.
    """
    if not W.nnz:
        return rng.standard_normal((replicas, len(size)))
    hot = max(second_eigenvalue(W), float(W.data.mean()))
    units = Balance(Tanh(), size, 2 * target - float(size.sum()), tol=1e-6)
    cut = Quadratic(-W)
    field = strength * hot * rng.uniform(size=(replicas, 1))
    field = field * rng.standard_normal((replicas, len(size))) if strength else field * 0

    def cooled() -> Iterator[Network]:
        for f in np.linspace(0, 1, stages):
            fading = Diagonal((len(size),), c=(1 - f) * field) if strength else None
            yield Network(cut if fading is None else cut + fading, units, T=hot * COLD**f)

    start = START * hot * rng.standard_normal((replicas, len(size)))
    watch = monitor.silent()
    return anneal(cooled(), HALVING, start, monitor=watch).uninterrupted().v


def sides(v: Floats, size: Floats, target: float) -> Side:
    """Return the nodes of the largest outputs that together weigh nearest to the target."""
    order = np.argsort(-v, kind="stable")
    count = int(np.abs(np.cumsum(size[order]) - target).argmin()) + 1
    side = np.zeros(len(v), dtype=bool)
    side[order[:count]] = True
    return side


class Bisections:
    """Two sides of given sizes, better and better: V-cycles, and crosses with the best few.

    A V-cycle contracts the graph, lets the network part the coarsest, and refines on the way back.
    Further cycles contract inside the sides that are there, which so survive to the coarsest graph
    and are refined at all scales; crosses contract inside the cells of two results, so that the
    better one is refined by moving whole cells.

    Parameters
    ----------
    W : sparse array, shape (n, n)
    target : int
        How many nodes the side True has; where n is odd and this its half, one more will do.
    rng : numpy.random.Generator
    monitor : Monitor
    exact : bool, default False
        Whether one more will not do.
    urgent : bool, default False
        Whether a cycle raises `TimeUp` when the time is over; after the first step it does.

    References
    ----------
    Sanders & Schulz, "Engineering multilevel graph partitioning algorithms", 2011, and "Distributed
    evolutionary graph partitioning", 2012.
    """

    def __init__(
        self,
        W: Graph,
        target: int,
        rng: np.random.Generator,
        monitor: Monitor,
        exact: bool = False,
        urgent: bool = False,
    ) -> None:
        self.W, self.rng, self.monitor, self.urgent = W, rng, monitor, urgent
        self.over = monitor.over
        n = W.shape[0]
        odd = 2 * target + 1 == n and not exact
        self.target, self.slack = (n / 2, 0.5) if odd else (float(target), 0.0)
        self.pool: list[tuple[float, Side]] = []

    def first(self) -> tuple[float, Side]:
        """Run one V-cycle to begin with; return its cut and its side."""
        self.pool, self.urgent = [self.cycle()], True
        return self.pool[0]

    def step(self) -> tuple[float, Side]:
        """Run one V-cycle with what follows it; return the best cut so far and its side."""
        known = self.cycle()
        for other in self.pool[:1]:
            known = self.cross(known, other)
        for _ in range(CYCLES):
            if not self.pool and self.monitor.over():
                break
            known = min(known, self.cycle(known[1].astype(np.intp)), key=by_cut)
        for other in self.pool[1:]:
            known = self.cross(known, other)
        self.pool = sorted([*self.pool, known], key=by_cut)[:POOL]
        self.urgent = True
        return self.pool[0]

    def cross(self, one: tuple[float, Side], other: tuple[float, Side]) -> tuple[float, Side]:
        """Return the better one, refined inside the cells of both, or as it is."""
        better, worse = sorted((one, other), key=by_cut)
        known = self.cycle(2 * better[1].astype(np.intp) + worse[1])
        return min(one, known, key=by_cut)

    def cycle(self, cells: NDArray[np.intp] | None = None) -> tuple[float, Side]:
        """Return the cut and the side of one V-cycle, inside cells if there are any.

        The side begins as the upper half of the cells.
        """
        levels, W, size, coarse = coarsened(
            self.W, self.rng, cells, self.monitor.check if self.urgent else lambda: None
        )
        slack = max(float(size.max()) / 2, self.slack)
        if coarse is None or cells is None:
            outputs = annealed(W, size, self.target, self.rng, self.monitor)
            found = (sides(v, size, self.target) for v in outputs[: 1 if self.over() else None])
            side = min(
                (refined(W, size, s, self.target, slack, self.over) for s in found),
                key=lambda s: weight_between(W, s),
            )
        else:
            side = refined(W, size, coarse > cells.max() // 2, self.target, slack, self.over)
        for W, size, parent in reversed(levels):
            if self.urgent:
                self.monitor.check()
            slack = self.slack if size.max() <= 1 else max(float(size.max()) / 2, self.slack)
            side = refined(W, size, side[parent], self.target, slack, self.over)
        if not levels:
            side = refined(W, size, side, self.target, self.slack, self.over)
        return weight_between(self.W, side), side


def by_cut(known: tuple[float, Side]) -> float:
    """Return the cut, to compare sides by."""
    return known[0]


def along(W: Graph, target: int) -> Side:
    """Return the first nodes in Cuthill and McKee's order, from neighbour to neighbour."""
    side = np.zeros(W.shape[0], dtype=bool)
    side[reverse_cuthill_mckee(W, symmetric_mode=True)[:target]] = True
    return side


def parted(
    W: Graph, sizes: list[int], rng: np.random.Generator, monitor: Monitor, urgent: bool = False
) -> NDArray[np.intp]:
    """Return classes of these sizes: the graph in two sides, and each of them likewise.

    Raises
    ------
    TimeUp
        Where it is `urgent` and the time is over.
    """
    if len(sizes) == 1:
        return np.zeros(W.shape[0], dtype=np.intp)
    half = len(sizes) // 2
    target = sum(sizes[:half])
    if monitor.over() and not urgent:
        side = along(W, target)
    else:
        _, side = Bisections(W, target, rng, monitor, True, urgent).step()
    classes = np.empty(W.shape[0], dtype=np.intp)
    for inside, part, first in ((side, sizes[:half], 0), (~side, sizes[half:], half)):
        nodes = np.flatnonzero(inside)
        inner = W[nodes][:, nodes]
        classes[nodes] = first + parted(inner, part, rng, monitor, urgent)
    return classes
