"""More than two classes, improved in pairs: two that meet are the sides of a graph of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Monitor
from problems.classes.bisections import CYCLES, Bisections, by_cut
from problems.classes.refinement import Side, weight_between

Graph = sparse.csr_array[Any]
Floats = NDArray[Any]


def paired(
    W: Graph, classes: NDArray[np.intp], k: int, rng: np.random.Generator, monitor: Monitor
) -> NDArray[np.intp]:
    """Return classes of the same sizes: pairs that meet are parted anew, till none gains.

    First by V-cycles inside their two sides; then by a new one, too, which is crossed with them. It
    ends where the time is over, whatever gains.

    References
    ----------
    Holtgrewe, Sanders & Schulz, "Engineering a scalable high quality graph partitioner", 2010.
    """
    classes = classes.copy()
    for fresh in (False, True):
        stale = np.ones((k, k), dtype=bool)
        while len(pairs := np.argwhere(stale & (meetings(W, classes, k) > 0))):
            for a, b in rng.permutation(pairs).tolist():
                if monitor.over():
                    return classes
                nodes = np.flatnonzero((classes == a) | (classes == b))
                side, stale[a, b] = classes[nodes] == a, False
                better = reparted(W[nodes][:, nodes], side, rng, monitor, fresh)
                if better is not None:
                    classes[nodes] = np.where(better, a, b)
                    stale[[a, b]] = stale[:, [a, b]] = True
    return classes


def meetings(W: Graph, classes: NDArray[np.intp], k: int) -> Floats:
    """Return the weight between each two classes, the first below the second."""
    ones = np.ones(len(classes))
    member = sparse.csr_array((ones, (np.arange(len(classes)), classes)), (len(classes), k))
    return np.triu((member.T @ W @ member).toarray(), 1)


def reparted(
    W: Graph, side: Side, rng: np.random.Generator, monitor: Monitor, fresh: bool
) -> Side | None:
    """Return a side of the same size that cuts less, None where none is found."""
    first, again = weight_between(W, side), Bisections(W, int(side.sum()), rng, monitor, True)
    known = first, side
    for _ in range(CYCLES):
        known = min(known, again.cycle(known[1].astype(np.intp)), key=by_cut)
    if fresh:
        known = again.cross(known, again.cycle())
    return known[1] if known[0] < first else None
