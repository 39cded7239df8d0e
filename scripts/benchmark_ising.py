"""MaxCut and QUBO instances at equal CPU seconds: hopopt's dynamics beside other samplers.

Peers that are installed take part: dwave-samplers' simulated annealing and tabu search, openjij's
simulated annealing. Their models are built outside the clock; ours is presolved inside it. A peer's
sweeps are chosen, from a shorter read, to fill the time with ten reads. Where numba is installed,
our loops are compiled before the first clock starts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from _shared import CpuMonitor, count, markdown, mean, parser, save, tell
from scipy import sparse

from hopopt.fast import ising_loops
from hopopt.search import presolve
from problems import QUBO, MaxCut

READS = 10
FEWEST_SWEEPS = 16
SHORT = 0.8  # of the time; a peer that has taken less is run again with more sweeps
Solve = Callable[[float, int], tuple[float, float]]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_ising.py path/to/gset/G14.txt --seconds 1 10")
    options.add_argument("files", nargs="+", help=".txt (Gset) and .qubo files")
    options.add_argument("--seconds", nargs="+", type=float, default=[1.0], help="CPU, for a run")
    options.add_argument("--seeds", type=count, default=3, help="runs of each method")
    options.add_argument("--methods", nargs="+", default=["anneal"], metavar="NAME")
    options.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=sorted(PEERS))
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    peers = [name for name in arguments.peers if installed(PEERS[name][0])]
    if installed("numba"):
        ising_loops(compiled=True, size=0)
    rows = []
    for file in arguments.files:
        bits = file.endswith(".qubo")  # the OR-Library's, to be maximised
        problem = QUBO.load(file, sense="max") if bits else MaxCut.load(file)
        solvers: dict[str, Solve] = {m: own(problem, m) for m in arguments.methods}
        solvers |= {name: PEERS[name][1](problem) for name in peers}
        for seconds in arguments.seconds:
            rows += [
                row(problem, name, solve, seconds, arguments.seeds)
                for name, solve in solvers.items()
            ]
    print(
        markdown(("instance", "spins left", "s", "solver", "gap %", "best", "CPU s"), lines(rows))
    )
    save(arguments.json, rows)
    return 0


def installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def row(problem: Any, name: str, solve: Solve, seconds: float, seeds: int) -> dict[str, Any]:
    """Return the mean over the seeds of what a solver finds in so many seconds."""
    tell(f"{problem.instance} {name} {seconds:g} s")
    runs = [solve(seconds, seed) for seed in range(seeds)]
    costs = [cost for cost, _ in runs]
    gaps = [problem.loss(c - problem.optimum) / abs(problem.optimum) for c in costs]
    return {
        "instance": problem.instance,
        "n": problem.size,
        "left": presolve(problem.energy).energy.size,
        "seconds": seconds,
        "solver": name,
        "costs": costs,
        "gap": mean(gaps),
        "cpu_seconds": mean([cpu for _, cpu in runs]),
    }


def own(problem: Any, name: str) -> Solve:
    """Return one of hopopt's methods, its time limit in CPU seconds."""

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        began = time.process_time()
        method = problem.method(name)
        attempt = method.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))
        return problem.cost(attempt.x), time.process_time() - began

    return solve


def filling(problem: Any, sample: Callable[[int, int, int], Any]) -> Solve:
    """Return a sampler whose sweeps fill the time; ``sample(reads, sweeps, seed)`` gives spins."""

    def timed(reads: int, sweeps: int, seed: int) -> tuple[Any, float]:
        began = time.process_time()
        spins = sample(reads, sweeps, seed)
        return spins, time.process_time() - began

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        fixed, sweeps, cpu = timed(1, FEWEST_SWEEPS, seed)[1], FEWEST_SWEEPS, 0.0
        while cpu < seconds / (2 * READS):
            sweeps *= 2
            cpu = timed(1, sweeps, seed)[1] - fixed
        each = cpu / (sweeps - FEWEST_SWEEPS)
        sweeps = max(1, int(max(seconds - fixed, seconds / 2) / (READS * each)))
        spins, cpu = timed(READS, sweeps, seed)
        while cpu < SHORT * seconds:
            sweeps = int(np.ceil(sweeps * min(READS, seconds / cpu)))
            spins, cpu = timed(READS, sweeps, seed)
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
        began = time.process_time()
        found = sampler.sample(bqm, num_reads=1, timeout=int(1000 * seconds), seed=seed + 1)
        cpu = time.process_time() - began
        return problem.cost(problem.decode(ordered(found)[0].astype(float))), cpu

    return solve


def openjij(problem: Any) -> Solve:
    """openjij's simulated annealing; a seed would make all its reads the same, so it gets none."""
    from openjij import SASampler

    bqm, sampler = model(problem), SASampler()
    h = {k: float(v) for k, v in bqm.linear.items()}
    J = {pair: float(v) for pair, v in bqm.quadratic.items()}

    def sample(reads: int, sweeps: int, seed: int) -> Any:
        found = sampler.sample_ising(h, J, num_reads=reads, num_sweeps=sweeps)
        return ordered(found)

    return filling(problem, sample)


def ordered(found: Any) -> Any:
    """Return a sample set's spins, shape (reads, n), in the order of the variables 0 … n − 1."""
    return found.record.sample[:, np.argsort(list(found.variables))]


PEERS: dict[str, tuple[str, Callable[[Any], Solve]]] = {
    "dwave-sa": ("dwave.samplers", annealing),
    "dwave-tabu": ("dwave.samplers", tabu),
    "openjij-sa": ("openjij", openjij),
}


def lines(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            r["instance"],
            f"{r['left']}/{r['n']}",
            f"{r['seconds']:g}",
            r["solver"],
            f"{100 * r['gap']:.3f}",
            f"{max(r['costs']):.0f}",
            f"{r['cpu_seconds']:.2f}",
        )
        for r in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
