"""MaxCut, QUBO and Ising instances at equal CPU seconds: hopopt's methods beside other samplers.

Peers that are installed take part: dwave-samplers' simulated annealing and tabu search, openjij's
simulated annealing, the bifurcations of mindquantum's QAIA. Their models are built outside the
clock; ours is presolved inside it. A peer's sweeps are chosen, from a shorter read, to fill the
time. Where numba is installed, our loops are compiled before the first clock starts; NAME/numpy is
a method without them, anneal/annealed one whose populations do not begin with inertia, and `auto`
what a problem takes first.

`--dense` is a table of its own, in some ten CPU minutes, two with `--quick`: ±1 and normal
couplings of all pairs, by the names under which `Ising.load` draws them.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _shared import CpuMonitor, count, markdown, mean, parser, save, save_table, tell
from scipy import sparse
from scipy.stats import binomtest

from hopopt.fast import ising_loops
from hopopt.search import presolve
from problems import QUBO, Ising, MaxCut
from problems.spins.ising import DRAW

READS, BATCH = 10, 32
FEWEST_SWEEPS = 16
SHORT = 0.8  # of the time; a peer that has taken less is run again with more sweeps
CLOSE = 1e-6  # by how much, as a share, costs may differ and be the same
Solve = Callable[[float, int], tuple[float, float]]


class Row(NamedTuple):
    """Instances, how long a solver has for each run, and how many runs of each it makes."""

    names: Sequence[str]
    seconds: float
    seeds: int


FIVE = [f"bimodal-1000-{seed}" for seed in range(2, 7)]
QUICK = [Row(FIVE, 0.7, 1)]
DENSE = [
    Row(FIVE, 0.7, 2),
    Row(FIVE, 2.0, 1),
    Row(["sk-1000-0"], 0.7, 3),
    Row(["sk-1000-0"], 2.0, 2),
    Row(["bimodal-2000-1"], 2.0, 3),
    Row(["bimodal-2000-1"], 8.0, 1),
    Row(["bimodal-4000-1"], 8.0, 1),
]
OPTIONS = {"numpy": ("compiled", False), "annealed": ("inertia", False)}
DENSE_METHODS = ["auto/numpy", "auto", "inertial"]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_ising.py path/to/gset/G14.txt --seconds 1 10")
    options.add_argument("names", nargs="*", help=".txt (Gset) and .qubo files, or kind-N-SEED")
    options.add_argument("--dense", action="store_true", help="the table of dense couplings")
    options.add_argument("--quick", action="store_true", help="its first row, once")
    options.add_argument("--seconds", nargs="+", type=float, default=[1.0], help="CPU, for a run")
    options.add_argument("--seeds", type=count, default=3, help="runs of each method")
    options.add_argument("--methods", nargs="+", metavar="NAME", help="default: anneal")
    options.add_argument("--peers", nargs="*", choices=sorted(PEERS), default=sorted(PEERS))
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    options.add_argument("--table", type=Path, metavar="FILE", help="write it for the docs")
    arguments = options.parse_args(argv)
    if not arguments.names and not (arguments.dense or arguments.quick):
        options.error("give names of instances, or --dense")
    if installed("numba"):
        ising_loops(compiled=True, size=0)
    rows = graded(list(measured(arguments)))
    print(markdown(HEADINGS, lines(rows)))
    save(arguments.json, rows)
    save_table(arguments.table, CAPTION, HEADINGS, lines(rows))
    return 0


def measured(arguments: Any) -> Iterator[dict[str, Any]]:
    """Yield one run after another: instance, solver, seconds, seed, cost, CPU seconds."""
    dense = arguments.dense or arguments.quick
    methods = arguments.methods or (DENSE_METHODS if dense else ["anneal"])
    peers = [name for name in arguments.peers if installed(PEERS[name][0])]
    plan = [Row([name], t, arguments.seeds) for name in arguments.names for t in arguments.seconds]
    plan += (QUICK if arguments.quick else DENSE) if dense else []
    steps = sorted((name, row.seconds, row.seeds) for row in plan for name in row.names)
    for name, budgets in groupby(steps, key=lambda step: step[0]):
        problem = load(name)
        left = presolve(problem.energy).energy.size
        solvers: dict[str, Solve] = {m: own(problem, m) for m in methods}
        solvers |= {peer: PEERS[peer][1](problem) for peer in peers}
        known = {"instance": problem.instance, "n": problem.size, "left": left}
        known |= {"sense": problem.loss(1.0), "optimum": problem.optimum}
        for _, seconds, seeds in budgets:
            for solver, solve in solvers.items():
                tell(f"{problem.instance} {solver} {seconds:g} s")
                for seed in range(seeds):
                    cost, cpu = solve(seconds, seed)
                    run = {"solver": solver, "seconds": seconds, "seed": seed, "cost": cost}
                    yield {**known, **run, "cpu": cpu}


def load(name: str) -> Any:
    if name.split("-")[0] in DRAW:
        return Ising.load(name)
    bits = name.endswith(".qubo")  # the OR-Library's, to be maximised
    return QUBO.load(name, sense="max") if bits else MaxCut.load(name)


def installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def graded(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each kind of instances, time and solver: gaps to the best known or seen."""
    best: dict[str, float] = {}
    for run in runs:
        losses = [run["sense"] * run["cost"], best.get(run["instance"], np.inf)]
        known = [] if run["optimum"] is None else [run["sense"] * run["optimum"]]
        best[run["instance"]] = min(losses + known)
    groups: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for run in runs:
        kind = re.sub(r"^([a-z]+-[0-9]+)-[0-9]+$", r"\1", run["instance"])
        groups.setdefault((kind, run["seconds"], run["solver"]), []).append(run)
    rows = []
    for (kind, seconds, solver), mine in groups.items():
        lows = [best[run["instance"]] for run in mine]
        losses = [run["sense"] * run["cost"] for run in mine]
        gaps = [(loss - low) / abs(low or 1.0) for loss, low in zip(losses, lows, strict=True)]
        hits = sum(gap <= CLOSE for gap in gaps)
        cpu = mean([run["cpu"] for run in mine])
        assert cpu is not None
        tts, low, high = tts99(hits, len(mine), max(cpu, seconds))
        rows.append(
            {
                "instance": kind,
                "spins": f"{mine[0]['left']}/{mine[0]['n']}",
                "seconds": seconds,
                "solver": solver,
                "gap": mean(gaps),
                "hits": hits,
                "runs": len(mine),
                "tts99": tts,
                "interval": [low, high],
                "cost": mean([run["cost"] for run in mine]),
                "cpu": cpu,
            }
        )
    return rows


def tts99(hits: int, runs: int, seconds: float) -> tuple[float | None, ...]:
    """Return the seconds after which restarts have found the best with 99 %, and its 95 % interval.

    Clopper and Pearson's for the share of runs that found it; None is infinite.
    """
    ends = binomtest(hits, runs).proportion_ci(0.95)
    shares = (hits / runs, ends.high, ends.low)
    return tuple(
        None if p <= 0 else float(seconds * max(1, np.log(0.01) / np.log1p(-min(p, 1 - 1e-12))))
        for p in shares
    )


def own(problem: Any, name: str) -> Solve:
    """Return one of hopopt's methods, its time limit in CPU seconds."""
    known, *words = name.split("/")
    chosen = problem.ranking()[0] if known == "auto" else known
    numpy = {} if chosen == "inertial" else dict(OPTIONS[word] for word in words)

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        began = time.process_time()
        method = problem.method(chosen, **numpy)
        attempt = method.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))
        return problem.cost(attempt.x), time.process_time() - began

    return solve


def filling(
    problem: Any, sample: Callable[[int, int, int], Any], reads: int = READS, least: int = 1
) -> Solve:
    """Return a sampler whose sweeps fill the time; ``sample(reads, sweeps, seed)`` gives spins."""

    def timed(reads: int, sweeps: int, seed: int) -> tuple[Any, float]:
        began = time.process_time()
        spins = sample(reads, sweeps, seed)
        return spins, time.process_time() - began

    def solve(seconds: float, seed: int) -> tuple[float, float]:
        fixed, sweeps, cpu = timed(least, FEWEST_SWEEPS, seed)[1], FEWEST_SWEEPS, 0.0
        while cpu < seconds * least / (2 * reads):
            sweeps *= 2
            cpu = timed(least, sweeps, seed)[1] - fixed
        each = cpu / (sweeps - FEWEST_SWEEPS) / least
        sweeps = max(1, int(max(seconds - fixed, seconds / 2) / (reads * each)))
        spins, cpu = timed(reads, sweeps, seed)
        while cpu < SHORT * seconds:
            sweeps = int(np.ceil(sweeps * min(reads, seconds / cpu)))
            spins, cpu = timed(reads, sweeps, seed)
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

CAPTION = (
    "Gaps in per cent to the lowest energy known or seen here, runs that came to it, and the "
    "seconds after which restarts have come to it with 99 % (95 % interval, Clopper & Pearson)."
)
HEADINGS = (
    *("instance", "spins left", "s", "solver", "gap %", "at the best"),
    *("TTS99 s", "mean cost", "CPU s"),
)


def lines(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            r["instance"],
            r["spins"],
            f"{r['seconds']:g}",
            r["solver"],
            f"{100 * r['gap']:.3f}",
            f"{r['hits']}/{r['runs']}",
            f"{bound(r['tts99'])} ({' … '.join(map(bound, r['interval']))})",
            f"{r['cost']:.1f}",
            f"{r['cpu']:.2f}",
        )
        for r in rows
    ]


def bound(value: float | None) -> str:
    return "∞" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
