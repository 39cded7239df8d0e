"""Other packages' solvers of quadratic problems of two-valued variables, for comparison."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import networkx as nx
import numpy as np

from hopopt import Attempt, IsingEnergy, Method, Monitor, Status
from hopopt.core import explicit
from hopopt.solve import Kind
from problems.shared.external import Stopwatch, whole_numbers
from problems.spins.instance import Instance
from problems.spins.peer import FINE, SEEDS, Floats, Peer, best_of_reads, checked, pairs


class DWave(Peer):
    """A sampler of the package dwave-samplers, through dimod's binary quadratic model."""

    package: ClassVar[str] = "dwave-samplers"
    module: ClassVar[str] = "dwave"

    def spins(
        self, energy: IsingEnergy, rng: np.random.Generator, watch: Stopwatch
    ) -> tuple[Floats, float]:
        model = binary_quadratic_model(energy)

        def read(n: int) -> tuple[Floats, float]:
            return first(self.sample(model, n, int(rng.integers(SEEDS)), watch), energy.size)

        return best_of_reads(read, watch), 1.0

    @abstractmethod
    def sample(self, model: Any, reads: int, seed: int, watch: Stopwatch) -> Any:
        """Return the sampler's sample set."""


def binary_quadratic_model(energy: IsingEnergy) -> Any:
    """Return an energy as dimod's model of the variables 0 … N − 1."""
    terms = pairs(energy)
    return import_module("dimod").BinaryQuadraticModel.from_numpy_vectors(
        terms.b, (terms.i, terms.j, terms.w), 0.0, "SPIN"
    )


def first(samples: Any, size: int) -> tuple[Floats, float]:
    """Return the spins of least energy of a sample set, in the order of the variables."""
    lowest = samples.first
    return np.array([lowest.sample[k] for k in range(size)], dtype=float), float(lowest.energy)


class DWaveAnnealing(DWave):
    """Simulated annealing by the package dwave-samplers, read after read.

    Parameters
    ----------
    sweeps : int, default 1000
        Of each read; the package's own default.

    References
    ----------
    Kirkpatrick, Gelatt & Vecchi, "Optimization by simulated annealing", 1983.
    """

    name: ClassVar[str] = "dwave-sa"
    summary: ClassVar[str] = "the package dwave-samplers: simulated annealing"

    def __init__(self, sweeps: int = 1000) -> None:
        self.sweeps = checked(sweeps)

    def sample(self, model: Any, reads: int, seed: int, watch: Stopwatch) -> Any:
        sampler = import_module("dwave.samplers").SimulatedAnnealingSampler()
        return sampler.sample(model, num_reads=reads, num_sweeps=self.sweeps, seed=seed)


class DWaveTabu(DWave):
    """Tabu search with restarts by the package dwave-samplers; it holds all pairs.

    References
    ----------
    Palubeckis, "Multistart tabu search strategies for the unconstrained binary quadratic
    optimization problem", 2004.
    """

    name: ClassVar[str] = "dwave-tabu"
    summary: ClassVar[str] = "the package dwave-samplers: tabu search"
    most: ClassVar[int] = 10_000

    def sample(self, model: Any, reads: int, seed: int, watch: Stopwatch) -> Any:
        sampler = import_module("dwave.samplers").TabuSampler()
        return sampler.sample(model, timeout=round(1000 * watch.left), num_reads=1, seed=seed)


class OpenJij(Peer):
    """Simulated annealing by the package openjij, read after read.

    With a seed, all its reads are the same one, so that it gets none.

    Parameters
    ----------
    sweeps : int, default 1000
        Of each read; the package's own default.
    """

    name: ClassVar[str] = "openjij"
    summary: ClassVar[str] = "the package openjij: simulated annealing"
    package: ClassVar[str] = "openjij"
    module: ClassVar[str] = "openjij"

    def __init__(self, sweeps: int = 1000) -> None:
        self.sweeps = checked(sweeps)

    def spins(
        self, energy: IsingEnergy, rng: np.random.Generator, watch: Stopwatch
    ) -> tuple[Floats, float]:
        sampler, model = import_module(self.module).SASampler(), binary_quadratic_model(energy)

        def read(n: int) -> tuple[Floats, float]:
            found = sampler.sample(model, num_reads=n, num_sweeps=self.sweeps)
            return first(found, energy.size)

        return best_of_reads(read, watch), 1.0


class SimulatedBifurcation(Peer):
    """Ballistic simulated bifurcation by the package of that name, on PyTorch; it holds all pairs.

    References
    ----------
    Goto et al., "High-performance combinatorial optimization based on classical mechanics", 2021.
    """

    name: ClassVar[str] = "simulated-bifurcation"
    summary: ClassVar[str] = "the package simulated-bifurcation: ballistic, 128 agents"
    package: ClassVar[str] = "simulated-bifurcation"
    module: ClassVar[str] = "simulated_bifurcation"
    most: ClassVar[int] = 5000

    def spins(
        self, energy: IsingEnergy, rng: np.random.Generator, watch: Stopwatch
    ) -> tuple[Floats, float]:
        torch, package = import_module("torch"), import_module(self.module)
        J = explicit(energy.J)
        J = J if isinstance(J, np.ndarray) else J.todense()
        Q, linear = torch.from_numpy(-J / 2), torch.from_numpy(-energy.h)

        def read(_: int) -> tuple[Floats, float]:
            torch.manual_seed(int(rng.integers(SEEDS)))
            x, value = package.minimize(Q, linear, domain="spin", verbose=False, timeout=watch.left)
            return np.asarray(x.numpy(), dtype=float), float(value)

        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that no agent has converged: the time was over
            return best_of_reads(read, watch), 1.0


class CPSAT(Peer):
    """The constraint solver CP-SAT of OR-tools, one thread; on small instances it proves optima.

    One more variable a pair says whether its spins differ.
    """

    name: ClassVar[str] = "cp-sat"
    summary: ClassVar[str] = "the package ortools: CP-SAT; may prove an optimum"
    package: ClassVar[str] = "ortools"
    module: ClassVar[str] = "ortools"
    most: ClassVar[int] = 20_000

    def spins(
        self, energy: IsingEnergy, rng: np.random.Generator, watch: Stopwatch
    ) -> tuple[Floats, float]:
        cp_model = import_module("ortools.sat.python.cp_model")
        terms = pairs(energy)
        whole, scale = whole_numbers(np.concatenate([terms.w, terms.b]), FINE)
        w, b = whole[: len(terms.w)].tolist(), whole[len(terms.w) :].tolist()
        model = cp_model.CpModel()
        x = [model.new_bool_var("") for _ in range(energy.size)]
        differ = [model.new_bool_var("") for _ in w]
        ends = zip(terms.i.tolist(), terms.j.tolist(), strict=True)
        for d, weight, (i, j) in zip(differ, w, ends, strict=True):
            for clause in clauses(d, x[i], x[j], weight > 0):
                model.add_bool_or(clause)
        weighted = cp_model.LinearExpr.weighted_sum
        model.minimize(
            weighted(x, [2 * field for field in b]) - weighted(differ, [2 * pair for pair in w])
        )
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = int(rng.integers(SEEDS))
        solver.parameters.max_time_in_seconds = watch.left
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ValueError(f"cp-sat found nothing in {watch.seconds:.3g} s")
        return np.array([1.0 if solver.boolean_value(bit) else -1.0 for bit in x]), scale


def clauses(d: Any, x: Any, y: Any, wanted: bool) -> tuple[list[Any], list[Any]]:
    """Return what keeps d true (false) from being claimed where x and y are alike (differ)."""
    other, alike = y.negated(), d.negated()
    if wanted:
        return [alike, x, y], [alike, x.negated(), other]
    return [d, x, other], [d, x.negated(), y]


class OneExchange(Method):
    """Move one variable at a time from a random start: networkx's `one_exchange`, as a control.

    Fields become edges to a node of their own. In Python alone, without a look at the time.

    References
    ----------
    Kernighan & Lin, "An efficient heuristic procedure for partitioning graphs", 1970.
    """

    name: ClassVar[str] = "one-exchange"
    summary: ClassVar[str] = "networkx one_exchange from a random cut"
    kind: Kind = "classical"
    most: ClassVar[int] = 500
    initial: Any = None

    def refusal(self, problem: Instance) -> str | None:
        if problem.size > self.most:
            return f"{self.name} takes minutes beyond {self.most} variables; got {problem.size}"
        return None

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal = self.refusal(problem)
        if refusal is not None:
            raise ValueError(refusal)
        terms, n = pairs(problem.energy), problem.size
        G: nx.Graph[int] = nx.Graph()
        G.add_nodes_from(range(n + 1))
        fields = ((k, n, field) for k, field in enumerate(terms.b.tolist()) if field)
        G.add_weighted_edges_from([*zip(*map(np.ndarray.tolist, terms[:3]), strict=True), *fields])
        given = None if self.initial is None else problem.encode(self.initial)
        up = rng.random(n) < 0.5 if given is None else given > 0
        start = {int(k) for k in np.flatnonzero(up)} | ({n} if given is not None else set())
        _, (side, _) = nx.approximation.one_exchange(G, start, weight="weight")
        s = np.where([(k in side) == (n in side) for k in range(n)], 1.0, -1.0)
        return Attempt(x=problem.decode(s), status=Status.CONVERGED)


PEERS: Mapping[str, type[Method]] = {
    method.name: method
    for method in (
        OneExchange,
        DWaveAnnealing,
        DWaveTabu,
        OpenJij,
        SimulatedBifurcation,
        CPSAT,
    )
}
