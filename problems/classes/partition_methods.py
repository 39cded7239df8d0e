"""Ways to part a graph: annealed units, alone or with V-cycles and crosses; Kernighan–Lin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor, Status
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.classes.cycles import POOL, Cycles, Member, by_cut
from problems.classes.enumeration import MOST, count, least_cut
from problems.classes.multilevel import Graph, Multilevel
from problems.classes.networks import annealed, seated
from problems.classes.peers import Kahip, Metis

Array = NDArray[Any]
Classes = NDArray[np.intp]

REPLICAS, STAGES = 16, 300
FIELD = 0.35
SLOWER, SLOWEST = 3, 30_000
SECONDS = 5.0
PATIENCE = 120

# `Balanced`: the cut of meshes, as a share of random ones; stages of an annealing that is timed,
# and of one that counts, at most, and its share of the time left; crosses that follow, at most.
GEOMETRIC = 0.2
PROBE, MOST_STAGES, SHARE, CROSSES, TICK = 10, 2000, 0.7, 200, 1e-9


class MeanField(Method):
    """Units annealed in replicas, again and again: bipolar ones in balance, or Potts ones.

    Two classes are the signs of bipolar units on the domain of `Balance`, Σ v_i = 0, with
    H = −½·vᵀWv; T falls from λ₂(W) to 3 % of that, three times as slowly in every annealing, as far
    as the time allows. More classes are softmax units under pressure to balance,

    H = −½·Σ_ij w_ij·Σ_c v_ic·v_jc + (λ/2)·Σ_c (Σ_i v_ic − n/k)², λ one and a half times the mean
    of w over all pairs. Their T falls from where the classes part, λ₂(W)/k, to 15 % of that; in
    half of the replicas a random field fades out, of a strength of its own. Outputs decode to
    classes of equal size by `seated`.

    Parameters
    ----------
    replicas : int, default 16
        Annealings side by side.
    stages : int, default 300
        Number of temperatures, one step each; of two classes, in the second annealing.

    References
    ----------
    Peterson & Anderson, "Neural networks and NP-complete optimization problems: a performance study
    on the graph bisection problem", 1988.
    """

    name: ClassVar[str] = "mean-field"
    summary: ClassVar[str] = "bipolar units in balance, or Potts units under pressure, annealed"
    kind: Kind = "pure"
    integrator: ClassVar[str] = "none"

    def __init__(self, replicas: int = REPLICAS, stages: int = STAGES) -> None:
        if replicas < 1 or stages < 2:
            raise ValueError(
                f"replicas must be positive, stages at least 2; got {replicas}, {stages}"
            )
        self.replicas, self.stages = replicas, stages

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        rounds = self.rounds(problem, rng, monitor)
        found = search(rounds, monitor, patience=PATIENCE, decode=problem.decode)
        V = found.best.x
        sizes = np.sum(V > 0.5, axis=0) if V.ndim > 1 else np.array([np.sum(V > 0), np.sum(V < 0)])
        return Attempt.of(
            found,
            self.integrator,
            problem.decode,
            output=V,
            valid_before_decoding=bool(sizes.sum() == len(V) and np.ptp(sizes) <= 1),
        )

    def budget(self, problem: Graph) -> float:
        return SECONDS

    def rounds(
        self, problem: Graph, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield the outputs of the best replica after each annealing, and their cut."""
        for replicas in self.annealings(problem, rng, monitor):
            yield replicas[0]

    def annealings(
        self, problem: Graph, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[list[Incumbent]]:
        """Yield all replicas of each annealing, the best first."""
        n, k = problem.size, problem.parts
        if k == 1 or not problem.adjacency.nnz:  # any state will do
            classes = np.arange(n) % k
            yield [Incumbent(np.eye(k)[classes], problem.cut(classes))]
            return
        stages = self.stages if k > 2 else max(2, self.stages // SLOWER)
        while True:
            found: list[Incumbent] = []
            before = monitor.remaining()
            outputs = self._anneal(problem, stages, rng, monitor)
            if k == 2:
                after = monitor.remaining()
                left = stages * after / max(before - after, 1e-3) if after < np.inf else np.inf
                stages = int(max(2, min(SLOWER * stages, SLOWEST, left)))
            for v in outputs:
                found.append(Incumbent(v, problem.cut(seated(v))))
                if monitor.over():
                    break
            yield sorted(found, key=lambda known: known.cost)

    def _anneal(
        self, problem: Graph, stages: int, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        size, k = np.ones(problem.size), problem.parts
        options: Any = {"replicas": self.replicas, "stages": stages}
        options["field"] = FIELD if k > 2 else 0.0
        return annealed(problem.adjacency, size, k, rng, monitor, **options)


class Balanced(Multilevel):
    """V-cycles and their crosses, and a network on the whole graph where that leads: a hybrid.

    It is `Multilevel` where there are more than two classes, or the first V-cycle cuts less than a
    fifth of what random sides do, as on meshes. Of other graphs the network parts all nodes at
    once, as `MeanField` does, and longer from time to time; its replicas are improved by moves, and
    crossed with the best that is known. A graph of at most 20,000 partitions is solved by looking
    at all of them, which is classical, as the result says.

    Parameters
    ----------
    replicas : int, default 16
    compiled : bool, optional
        As for `Multilevel`.
    """

    name: ClassVar[str] = "balanced"
    summary: ClassVar[str] = "V-cycles and their crosses, a network on all nodes of many graphs"

    def __init__(self, replicas: int = REPLICAS, compiled: bool | None = None) -> None:
        super().__init__(compiled)
        if replicas < 1:
            raise ValueError(f"replicas must be positive; got {replicas}")
        self.replicas = replicas

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if count(problem.size, problem.parts) > MOST:
            return super().attempt(problem, rng, monitor)
        classes = least_cut(problem.adjacency, problem.parts)
        known = [Incumbent(classes, problem.cut(classes), bound=problem.cut(classes))]
        found = search(known, monitor, decode=problem.solution)
        return Attempt.of(found, "enumeration", problem.solution, kind="classical")

    def improved(self, cycles: Cycles) -> Iterator[Member]:
        rounds = super().improved(cycles)
        first = next(rounds)
        yield first
        few = GEOMETRIC * (1 - 1 / cycles.k) * float(cycles.W.data.sum()) / 2
        if cycles.k > 2 or first.cut <= few:
            yield from rounds
        while True:
            before = cycles.monitor.remaining()
            yield from self._annealed(cycles)
            until = 2 * cycles.monitor.remaining() - before
            for _ in range(CROSSES):
                yield cycles.step()
                if cycles.monitor.remaining() <= until:
                    break

    def _annealed(self, cycles: Cycles) -> Iterator[Member]:
        """Add the best replicas of an annealing of all nodes, in its share of the time left."""
        size, monitor = cycles.graph.size, cycles.monitor

        def outputs(stages: int) -> Array:
            options: Any = {"replicas": self.replicas, "stages": stages}
            return annealed(cycles.W, size, cycles.k, cycles.rng, monitor, **options)

        before = monitor.remaining()
        outputs(PROBE)
        after = monitor.remaining()
        seconds = max(TICK, (before - after) / PROBE)
        found = outputs(int(max(PROBE, min(MOST_STAGES, SHARE * after / seconds))))
        best = sorted((cycles.member(seated(v)) for v in found), key=by_cut)
        for member in best[: POOL // cycles.loops.haste]:
            yield cycles.add(member.classes)
            if monitor.over():
                break


class KernighanLin(Method):
    """networkx's Kernighan–Lin bisection, from a random one; two classes only.

    References
    ----------
    Kernighan & Lin, "An efficient heuristic procedure for partitioning graphs", 1970.
    """

    name: ClassVar[str] = "kernighan-lin"
    summary: ClassVar[str] = "networkx kernighan_lin_bisection, from random halves; two classes"
    kind: Kind = "classical"
    initial: Any = None

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if problem.parts != 2:
            raise ValueError(f"kernighan-lin makes 2 classes; got parts = {problem.parts}")
        G = nx.from_scipy_sparse_array(problem.adjacency)
        first, second = np.split(rng.permutation(problem.size), [problem.size // 2])
        if self.initial is not None:
            given = problem.classes(self.initial)
            first, second = np.flatnonzero(given == 0), np.flatnonzero(given)
        halves = first.tolist(), second.tolist()
        _, other = nx.community.kernighan_lin_bisection(G, halves, weight="weight")
        classes = np.zeros(problem.size, dtype=np.intp)
        classes[list(other)] = 1
        return Attempt(problem.solution(classes), Status.CONVERGED)


METHODS: Mapping[str, type[Method]] = {
    m.name: m for m in (Balanced, Multilevel, MeanField, KernighanLin, Metis, Kahip)
}
