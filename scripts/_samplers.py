"""Samplers of other packages, each a function of seconds and a seed that gives cost and CPU time.

A model is built once, before any clock starts. Sweeps fill the time as a shorter run tells, in as
many reads as have a thousand sweeps each, ten at most. Each run is a process of its own, and ends
where it takes far more CPU than it should; then there is no cost.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from _shared import busy
from scipy import sparse

READS, BATCH, SWEEPS = 10, 32, 1000
FEWEST_SWEEPS = 16
SHORT = 0.8  # of the time; a peer that has taken less is run again with more sweeps
MOST, SETUP = 8.0, 60.0  # CPU seconds, the first times the time, after which a process is ended
Solve = Callable[[float, int], tuple[float | None, float]]


def installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def alone(solve: Solve) -> Solve:
    """Return a sampler of which each run is a process of its own, with a limit of CPU seconds."""

    def run(seconds: float, seed: int) -> tuple[float | None, float]:
        context, limit = multiprocessing.get_context("fork"), int(SETUP + MOST * seconds)
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=child, args=(there, limit, solve, seconds, seed))
        process.start()
        there.close()
        try:
            found: tuple[float | None, float] = here.recv()
        except EOFError:
            found = None, float(limit)
        process.join()
        if found[0] is None and process.exitcode != -signal.SIGXCPU:
            raise RuntimeError(f"a sampler ended with exit code {process.exitcode}")
        return found

    return run


def child(there: Any, limit: int, solve: Solve, seconds: float, seed: int) -> None:
    """Send what a run finds, unless its CPU seconds end first."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    there.send(solve(seconds, seed))


def filling(
    problem: Any, sample: Callable[[int, int, int], Any], reads: int = READS, least: int = 1
) -> Solve:
    """Return a sampler whose sweeps fill the time; ``sample(reads, sweeps, seed)`` gives spins."""

    def timed(reads: int, sweeps: int, seed: int) -> tuple[Any, float]:
        began = time.process_time()
        spins = sample(reads, sweeps, seed)
        return spins, time.process_time() - began

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        fixed, number, cpu = timed(least, FEWEST_SWEEPS, seed)[1], FEWEST_SWEEPS, 0.0
        while cpu < seconds / 4:
            number *= 2
            cpu = timed(least, number, seed)[1] - fixed
        each = cpu / (number - FEWEST_SWEEPS) / least
        total = max(seconds - fixed, seconds / 2) / each
        many = int(min(reads, max(least, total // SWEEPS)))
        sweeps = max(1, int(total / many))
        spins, cpu = timed(many, sweeps, seed)
        while cpu < SHORT * seconds:
            sweeps = int(np.ceil(sweeps * min(reads, seconds / cpu)))
            spins, cpu = timed(many, sweeps, seed)
        lowest = spins[np.argmin(problem.energy.value(spins.astype(float)))]
        return problem.cost(problem.decode(lowest)), cpu

    return solve


def model(problem: Any) -> Any:
    """Return the energy as a dimod model of spins 0 … n − 1."""
    import dimod

    J = sparse.coo_array(sparse.triu(sparse.csr_array(problem.energy.J), 1))
    ends = (J.coords[0], J.coords[1], -J.data)
    return dimod.BinaryQuadraticModel.from_numpy_vectors(
        -problem.energy.h, ends, float(problem.energy.constant), "SPIN"
    )


def annealing(problem: Any) -> Solve:
    """dwave-samplers' simulated annealing."""
    from dwave.samplers import SimulatedAnnealingSampler

    bqm, sampler = model(problem), SimulatedAnnealingSampler()

    def sample(reads: int, sweeps: int, seed: int) -> Any:
        found = sampler.sample(bqm, num_reads=reads, num_sweeps=sweeps, seed=seed + 1)
        return ordered(found)

    return filling(problem, sample)


def tabu(problem: Any) -> Solve:
    """dwave-samplers' tabu search, which has a time limit of its own (wall milliseconds)."""
    from dwave.samplers import TabuSampler

    bqm, sampler = model(problem), TabuSampler()

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        wall = int(1000 * seconds * busy())
        began = time.process_time()
        found = sampler.sample(bqm, num_reads=1, timeout=wall, seed=seed + 1)
        cpu = time.process_time() - began
        return problem.cost(problem.decode(ordered(found)[0].astype(float))), cpu

    return solve


def openjij(problem: Any) -> Solve:
    """openjij's simulated annealing; a seed would make all its reads the same, so it gets none."""
    from openjij import BinaryQuadraticModel, SASampler

    J, sampler = problem.energy.J, SASampler()
    if isinstance(J, np.ndarray) and not problem.energy.h.any():
        make = BinaryQuadraticModel.from_numpy_matrix
        made: Any = make(-np.triu(J, 1), list(range(len(J))), 0.0, "SPIN")
    else:
        bqm = model(problem)
        made = BinaryQuadraticModel(dict(bqm.linear), dict(bqm.quadratic), 0.0, "SPIN", sparse=True)

    def sample(reads: int, sweeps: int, seed: int) -> Any:
        found = sampler.sample(made, sparse=made.sparse, num_reads=reads, num_sweeps=sweeps)
        return ordered(found)

    return filling(problem, sample)


def ordered(found: Any) -> Any:
    """Return a sample set's spins, shape (reads, n), in the order of the variables 0 … n − 1."""
    return found.record.sample[:, np.argsort(list(found.variables))]


def qaia(name: str) -> Callable[[Any], Solve]:
    """Return one of QAIA's bifurcations, in single precision, a batch of replicas at a time."""

    def make(problem: Any) -> Solve:
        from mindquantum.algorithm import qaia as package

        energy = problem.energy
        J = np.asarray(sparse.csr_array(energy.J).toarray(), dtype=np.float32)
        J = J if isinstance(energy.J, np.ndarray) else sparse.csr_matrix(J)
        h = energy.h.astype(np.float32)[:, None] if energy.h.any() else None

        def sample(reads: int, sweeps: int, seed: int) -> Any:
            np.random.seed(seed)  # noqa: NPY002 - theirs
            x = np.random.default_rng(seed).uniform(-0.01, 0.01, (energy.size, reads))
            solver = getattr(package, name)(
                J, h, x.astype(np.float32), n_iter=sweeps, batch_size=reads
            )
            solver.update()
            return np.where(solver.x < 0, -1, 1).T

        return filling(problem, sample, BATCH, BATCH)

    return make


PEERS: dict[str, tuple[str, Callable[[Any], Solve]]] = {
    "dwave-sa": ("dwave.samplers", annealing),
    "dwave-tabu": ("dwave.samplers", tabu),
    "openjij-sa": ("openjij", openjij),
    "qaia-bsb": ("mindquantum", qaia("BSB")),
    "qaia-dsb": ("mindquantum", qaia("DSB")),
}
