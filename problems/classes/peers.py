"""Other packages' ways to part a graph, for comparison."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, Monitor
from problems.classes.exchanges import exchanged
from problems.shared.external import External, Stopwatch, whole_numbers

__all__ = ["Metis", "evened"]

Classes = NDArray[np.intp]

CUTS, MOST = 20, 10**6


class Metis(External):
    """pymetis: METIS with twenty cuts a call and one seed after another, evened where need be.

    METIS balances classes to a thousandth, not exactly: nodes then move, and single exchanges
    follow (`evened`).

    References
    ----------
    Karypis & Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs",
    1998.
    """

    name: ClassVar[str] = "metis"
    summary: ClassVar[str] = "METIS through pymetis, from seed to seed"
    package = module = "pymetis"

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        pymetis = import_module("pymetis")
        W, k, watch = problem.adjacency, problem.parts, Stopwatch(monitor)
        weights, scale = whole_numbers(W.data, MOST)
        graph = pymetis.CSRAdjacency(adj_starts=W.indptr.tolist(), adjacent=W.indices.tolist())
        best, least, rounds = None, np.inf, 0
        while best is None or watch.spent < watch.seconds:
            seed = int(rng.integers(2**31))
            _, found = pymetis.part_graph(
                k,
                graph,
                eweights=weights.tolist(),
                recursive=k == 2,
                options=pymetis.Options(seed=seed, ncuts=CUTS, ufactor=1),
            )
            classes = evened(W, np.asarray(found, dtype=np.intp), k)
            cut, rounds = problem.cut(classes), rounds + 1
            if cut < least:
                best, least = classes, cut
        x = problem.solution(best)
        return Attempt(x, watch.status, self.integrator(scale), nit=rounds)


def evened(W: sparse.csr_array[Any], classes: Classes, k: int) -> Classes:
    """Move nodes from classes that are too large to those that are too small, the cheapest first.

    Where some had to move, exchanges follow.
    """
    classes = classes.copy()
    sizes = np.bincount(classes, minlength=k)
    if np.ptp(sizes) <= 1:
        return classes
    near = np.stack([W @ (classes == c).astype(float) for c in range(k)])
    while np.ptp(sizes) > 1:
        large, small = int(sizes.argmax()), int(sizes.argmin())
        inside = np.flatnonzero(classes == large)
        node = inside[int((near[small, inside] - near[large, inside]).argmax())]
        row = slice(W.indptr[node], W.indptr[node + 1])
        near[large, W.indices[row]] -= W.data[row]
        near[small, W.indices[row]] += W.data[row]
        classes[node] = small
        sizes = np.bincount(classes, minlength=k)
    return exchanged(W, classes, k)
