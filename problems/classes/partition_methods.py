"""Ways to part a graph: annealed Potts units, alone or with tabu search after; Kernighan–Lin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from hopopt import (
    Attempt,
    Diagonal,
    Energy,
    ExponentialEuler,
    Kronecker,
    Method,
    Monitor,
    Network,
    Penalty,
    Softmax,
    Status,
    anneal,
)
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.bisections import annealed, second_eigenvalue, sides
from problems.classes.enumeration import MOST, count, least_cut
from problems.classes.exchanges import kicked
from problems.classes.multilevel import Graph as Coarse
from problems.classes.multilevel import Multilevel, multilevel
from problems.classes.peers import Kahip, Metis
from problems.classes.tabu import Coupling, PottsMoves

Array = NDArray[Any]
Classes = NDArray[np.intp]

REPLICAS, STAGES, STEPS = 16, 300, 3000
COLD, FIELD, START = 0.15, 0.35, 0.01
BALANCE = 1.5  # times the mean weight over all pairs, the least that keeps classes from merging
PRESSURE = 0.3
SLOWER, MOST_STAGES = 3, 30_000
SMALL = 500  # nodes, above which the time is better spent on a slower annealing
GEOMETRIC = 0.2
SECONDS = 5.0
MANY = 5000
PATIENCE = 120
FAST = ExponentialEuler(0.5, max_steps=1, tol=0, descends=False)


class Graph(Coarse, Protocol):
    """What the methods see of a problem, besides: its solutions, given and of outputs."""

    def classes(self, x: Any) -> Classes: ...

    def decode(self, output: Array) -> Any: ...


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
                stages = int(max(2, min(SLOWER * stages, MOST_STAGES, left)))
            for v in outputs:
                found.append(Incumbent(v, problem.cut(seated(v))))
                if monitor.over():
                    break
            yield sorted(found, key=lambda known: known.cost)

    def _anneal(
        self, problem: Graph, stages: int, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        W, k, n = problem.adjacency, problem.parts, problem.size
        if k == 2:
            options: Any = {"replicas": self.replicas, "stages": stages, "strength": 0.0}
            return annealed(W, np.ones(n), n / 2, rng, monitor, **options)
        shape, hot = (W.shape[0], k), max(second_eigenvalue(W), float(W.data.mean())) / k
        energy, units = balanced(W, k), Softmax(axis=1)
        strength = hot * np.maximum(rng.uniform(-FIELD, FIELD, (self.replicas, 1, 1)), 0)
        field = strength * rng.standard_normal((self.replicas, *shape))

        def cooled() -> Iterator[Network]:
            for f in np.linspace(0, 1, stages):
                fading = Diagonal(shape, 0.0, (1 - f) * field)
                yield Network(energy + fading, units, T=hot * COLD**f)

        start = START * hot * rng.standard_normal((self.replicas, *shape))
        watch = monitor.silent()
        return anneal(cooled(), FAST, start, monitor=watch).uninterrupted().v


class Balanced(MeanField):
    """Annealed Potts units, then tabu search and exchanges from the best of them: a hybrid.

    Every round anneals as `MeanField` does. From the two best replicas tabu search goes on, with
    H = ½·Σ_{i≠j} (λ − w_ij)·Σ_c v_ic·v_jc, λ above the mean of w over all pairs; then nodes of two
    classes are exchanged (`exchanged`), which leads on where no single node can move under that
    pressure. Where the first round of `Multilevel` cuts less than a fifth of what random classes
    do, as on meshes, it goes on alone. A graph of at most 20,000 partitions is solved by looking at
    all of them, which is classical, as the result says.

    Parameters
    ----------
    replicas : int, default 16
    stages : int, default 300
    steps : int, default 3000
        Of the tabu search from each of the two best replicas.

    References
    ----------
    Glover, "Tabu search, part I", 1989.
    """

    name: ClassVar[str] = "balanced"
    summary: ClassVar[str] = "annealed Potts units, then tabu search and exchanges"
    kind: Kind = "hybrid"
    integrator: ClassVar[str] = "tabu"
    initial: Any = None

    def __init__(self, replicas: int = REPLICAS, stages: int = STAGES, steps: int = STEPS) -> None:
        super().__init__(replicas, stages)
        if steps < 0:
            raise ValueError(f"steps must be nonnegative; got {steps}")
        self.steps = steps

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if count(problem.size, problem.parts) > MOST:
            return super().attempt(problem, rng, monitor)
        classes = least_cut(problem.adjacency, problem.parts)
        known = [Incumbent(classes, problem.cut(classes), bound=problem.cut(classes))]
        found = search(known, monitor, decode=problem.solution)
        return Attempt.of(found, "enumeration", problem.solution, kind="classical")

    def rounds(
        self, problem: Graph, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        W, n = problem.adjacency, problem.size
        if problem.parts == 1 or not W.nnz:
            yield from super().rounds(problem, rng, monitor)
            return
        early = n > MANY and monitor.deadline is not None
        if early:
            rank = np.argsort(reverse_cuthill_mckee(W, symmetric_mode=True))
            classes = rank * problem.parts // n
            yield Incumbent(np.eye(problem.parts)[classes], problem.cut(classes))
        if self.initial is None:
            few = GEOMETRIC * (1 - 1 / problem.parts) * float(W.data.sum()) / 2
            for coarse in multilevel(problem, rng, monitor, early):
                yield Incumbent(np.eye(problem.parts)[coarse.x], coarse.cost)
                if coarse.cost > few:
                    break
        unit = 2.0 ** np.floor(np.log2(W.data.mean()))
        W, mean = sparse.csr_array(W / unit), float(W.data.mean() / unit)
        coupling = Coupling(-W, (W.nnz / (n * (n - 1)) + PRESSURE) * mean)
        known = self.annealings(problem, rng, monitor)
        if self.initial is not None:
            classes = problem.classes(self.initial)
            given = Incumbent(np.eye(problem.parts)[classes], problem.cut(classes))
            known = chain([[given]], known)
        quick = self.initial is None and problem.parts == 2 and n > SMALL
        for number, replicas in enumerate(known):
            yield replicas[0]
            if quick and not number:
                continue
            for start in replicas[: 1 if n > SMALL else 2]:
                tabu = tabu_search(problem, coupling, seated(start.x), rng)
                tabu.run(self.steps)
                classes = kicked(problem.adjacency, tabu.best[0], problem.parts, rng, monitor)
                yield Incumbent(np.eye(problem.parts)[classes], problem.cut(classes))


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


def balanced(W: sparse.csr_array[Any], k: int) -> Energy:
    """Return −½·Σ_ij w_ij·Σ_c v_ic·v_jc + (λ/2)·Σ_c (Σ_i v_ic − n/k)² on outputs (n, k)."""
    n = W.shape[0]
    sums = np.tile(np.eye(k), n)
    weight = BALANCE * float(W.data.sum()) / max(1, n * (n - 1))
    cut = Kronecker(-W, None, shape=(n, k))
    return cut + Penalty(sums, np.full(k, n / k), weight, shape=(n, k))


def seated(v: Array) -> Classes:
    """Decode outputs (n, k): the surest nodes first, each to its largest output that has room.

    Of bipolar outputs (n,), the upper half is one class.
    """
    if v.ndim == 1:
        return sides(v, np.ones(len(v)), len(v) / 2).astype(np.intp)
    n, k = v.shape
    room = np.full(k, n // k)
    extra = n % k
    two = np.sort(v, axis=1)[:, -2:]
    order = np.argsort(two[:, 0] - two[:, -1], kind="stable")
    if k == 2:
        classes = np.asarray(v.argmax(axis=1))
        full = int(2 * classes.sum() > n)
        classes[order[classes[order] == full][room[0] + extra :]] = 1 - full
        return classes
    classes = np.empty(n, dtype=np.intp)
    for node in order.tolist():
        wanted = np.where(room > 0, v[node], -1.0)
        if extra:
            wanted = np.where(room == 0, v[node], wanted)
        c = int(wanted.argmax())
        extra -= int(room[c] == 0)
        room[c] -= 1
        classes[node] = c
    return classes


def tabu_search(
    problem: Graph, coupling: Coupling, classes: Classes, rng: np.random.Generator
) -> TabuSearch:
    """Return the search under pressure to balance that starts from these classes."""
    fields = coupling.fields(classes, problem.parts)
    value = float(fields[classes, np.arange(len(classes))].sum()) / 2
    moves = PottsMoves(
        fields,
        classes,
        value,
        coupling,
        tenure=min(10.0, 1 + 0.15 * problem.size),
        share=0.02,
        troubled=False,
        balanced=True,
    )
    return TabuSearch(moves, rng, 0.05 * float(np.abs(coupling.weights.data).mean()))


METHODS: Mapping[str, type[Method]] = {
    m.name: m for m in (Balanced, Multilevel, MeanField, KernighanLin, Metis, Kahip)
}
