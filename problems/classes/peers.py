"""Other packages' ways to part a graph, for comparison."""

from __future__ import annotations

from abc import abstractmethod
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Monitor
from problems.classes.exchanges import evened
from problems.shared.external import External, Stopwatch, whole_numbers

__all__ = ["Kahip", "Metis"]

Classes = NDArray[np.intp]

CUTS, MOST = 20, 10**6
MODES = ("fast", "eco", "strong", "fastsocial", "ecosocial", "strongsocial")


class Graph(NamedTuple):
    """Where the neighbours of each node begin, these, and the edges' weights."""

    starts: list[int]
    ends: list[int]
    weights: list[int]


class Cutter(External):
    """What other packages' partitioners share: one seed after another, classes evened.

    They balance classes within some per mille: nodes then move where they must (`evened`).
    """

    @abstractmethod
    def part(self, graph: Graph, k: int, seed: int) -> Any:
        """Return the classes of the nodes, from one seed."""

    def attempt(self, problem: Any, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if refusal := self.refusal(problem):
            raise ValueError(refusal)
        W, k, watch = problem.adjacency, problem.parts, Stopwatch(monitor)
        weights, scale = whole_numbers(W.data, MOST)
        graph = Graph(W.indptr.tolist(), W.indices.tolist(), weights.tolist())
        best, least, rounds = None, np.inf, 0
        while best is None or watch.spent < watch.seconds:
            found = self.part(graph, k, 2 * int(rng.integers(2**30)) + rounds % 2)
            classes = evened(W, np.asarray(found, dtype=np.intp), k)
            cut, rounds = problem.cut(classes), rounds + 1
            if cut < least:
                best, least = classes, cut
        return Attempt(problem.solution(best), watch.status, self.integrator(scale), nit=rounds)


class Metis(Cutter):
    """pymetis: METIS by recursive bisection, twenty cuts a call, and by all classes at once.

    The one keeps classes of equal size, the other does best with those that differ by 3 % before
    they are evened: more than two classes are found by either in turn.

    References
    ----------
    Karypis & Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs",
    1998.
    """

    name: ClassVar[str] = "metis"
    summary: ClassVar[str] = "METIS through pymetis, from seed to seed"
    package = module = "pymetis"

    def part(self, graph: Graph, k: int, seed: int) -> Any:
        pymetis = import_module("pymetis")
        halving = k == 2 or seed % 2 == 0
        options = {"ncuts": CUTS, "ufactor": 1} if halving else {}
        return pymetis.part_graph(
            k,
            pymetis.CSRAdjacency(adj_starts=graph.starts, adjacent=graph.ends),
            eweights=graph.weights,
            recursive=halving,
            options=pymetis.Options(seed=seed, **options),
        )[1]


class Kahip(Cutter):
    """KaHIP's KaFFPa, perfectly balanced; a call is not interrupted.

    Parameters
    ----------
    mode : {"fast", "eco", "strong", "fastsocial", "ecosocial", "strongsocial"}, default "eco"
        How much each call tries; the last three are for graphs without geometry.

    References
    ----------
    Sanders & Schulz, "Think locally, act globally: highly balanced graph partitioning", 2013.
    """

    name: ClassVar[str] = "kahip"
    summary: ClassVar[str] = "KaHIP's KaFFPa, from seed to seed"
    package = module = "kahip"
    install = "pip install kahip"

    def __init__(self, mode: str = "eco") -> None:
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}; got {mode!r}")
        self.mode = mode

    def part(self, graph: Graph, k: int, seed: int) -> Any:
        kahip = import_module("kahip")
        starts, ends, weights = graph
        even = [1] * (len(starts) - 1)
        mode = MODES.index(self.mode)
        return kahip.kaffpa(even, starts, weights, ends, k, 0.0, True, seed, mode)[1]
