"""Partition from coarse to fine, in two classes or, side by side again, in more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, Method, Monitor
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.classes.bisections import Bisections, parted
from problems.classes.exchanges import exchanged
from problems.classes.pairs import paired

Classes = NDArray[np.intp]

SECONDS = 5.0
PATIENCE = 60
EXCHANGED = 20_000  # nodes times classes, up to which single exchanges follow


class Graph(Protocol):
    """What the method sees of a problem: a graph of nonnegative weights, and how many classes."""

    @property
    def adjacency(self) -> sparse.csr_array[Any]: ...

    @property
    def size(self) -> int: ...

    @property
    def parts(self) -> int: ...

    def cut(self, classes: Classes) -> float: ...

    def solution(self, classes: Classes) -> Any: ...


class Multilevel(Method):
    """Contract heavy edges, part the coarsest graph by a network, refine on the way back.

    Two classes go on from V-cycle to V-cycle and are crossed with earlier ones (`Bisections`);
    more classes are sides of sides (`parted`), and then pairs of them are parted anew (`paired`).

    References
    ----------
    Karypis & Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs",
    1998.
    """

    name: ClassVar[str] = "multilevel"
    summary: ClassVar[str] = "contracted graphs, a network on the coarsest, moves on the way back"
    kind: Kind = "hybrid"

    def budget(self, problem: Graph) -> float:
        return SECONDS

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = multilevel(problem, rng, monitor)
        found = search(rounds, monitor, patience=PATIENCE, decode=problem.solution)
        return Attempt.of(found, "none", problem.solution)


def multilevel(
    problem: Graph, rng: np.random.Generator, monitor: Monitor, known: bool = False
) -> Iterator[Incumbent]:
    """Yield the classes of each round, and their cut.

    Where a solution is `known`, not even the first round goes on when the time is over.
    """
    W, n, k = problem.adjacency, problem.size, problem.parts
    if k == 1 or not W.nnz:
        classes = np.arange(n) % k
        yield Incumbent(classes, problem.cut(classes))
        return
    if k == 2:
        bisections = Bisections(W, n // 2, rng, monitor, urgent=known)
        cut, side = bisections.first()
        while True:
            yield Incumbent(side.astype(np.intp), cut)
            cut, side = bisections.step()
    sizes = [n // k + (c < n % k) for c in range(k)]
    while True:
        classes = parted(W, sizes, rng, monitor, known)
        known = True
        for mended in (False, True):
            if mended:
                classes = paired(W, classes, k, rng, monitor)
            if n * k <= EXCHANGED:
                classes = exchanged(W, classes, k, monitor.over)
            yield Incumbent(classes, problem.cut(classes))
