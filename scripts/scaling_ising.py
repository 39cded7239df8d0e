"""Cost of a sweep of 64 replicas against the number of spins, sparse and dense, and the memory.

Sparse problems are random 3-regular graphs, without presolve; dense ones couple all pairs. The
largest of each is also solved for a few seconds; the peak is that of the process so far. Sweeps are
NumPy's and, where numba is installed, compiled.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import count, markdown, parser, save, tell

from hopopt import IsingEnergy, minimize
from hopopt.fast import REPLICAS, couplings_of, installed, ising_loops
from hopopt.fast.replicas import POOL
from problems import Ising

SPARSE = [100, 300, 1000, 3000, 10_000, 30_000, 100_000]
DENSE = [50, 100, 200, 500, 1000, 2000]
KINDS = {"regular": "sparse, 3-regular", "sk": "dense, all pairs"}


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "scaling_ising.py --sparse 1000 10000 --dense 100 1000")
    options.add_argument("--sparse", nargs="+", type=count, default=SPARSE)
    options.add_argument("--dense", nargs="+", type=count, default=DENSE)
    options.add_argument("--sweeps", type=count, default=10, help="to take the mean of")
    options.add_argument("--time-limit", type=float, default=5.0, help="seconds for the solves")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw the cost against N")
    arguments = options.parse_args(argv)
    rows: list[dict[str, Any]] = []
    for kind, sizes in (("regular", arguments.sparse), ("sk", arguments.dense)):
        for n in sorted(sizes):
            rows.append(measured(kind, n, arguments.sweeps))
        largest = rows[-1]
        tell(f"{kind}-{largest['n']} solve")
        problem = Ising.load(f"{kind}-{largest['n']}")
        largest["energy"] = minimize(problem, rng=0, time_limit=arguments.time_limit).fun
        largest["peak_mib"] = peak()
    head = ("couplings", "N", "set-up s", "NumPy ms", "compiled ms", "peak MiB", "E/N found")
    print(markdown(head, lines(rows)))
    save(arguments.json, rows)
    if arguments.plot is not None:
        draw(rows, arguments.plot)
    return 0


def measured(kind: str, n: int, sweeps: int) -> dict[str, Any]:
    """Return a row: CPU seconds of setting up, and of a sweep with and without compiled loops."""
    tell(f"{kind}-{n}")
    energy = Ising.load(f"{kind}-{n}").energy
    began = time.process_time()
    couplings_of(energy)
    row: dict[str, Any] = {"kind": kind, "n": n, "setup": time.process_time() - began}
    for name, compiled in (("numpy", False), ("compiled", True))[: 1 + installed()]:
        row[name] = sweep(energy, sweeps, compiled)
    return row | {"peak_mib": peak()}


def sweep(energy: IsingEnergy, sweeps: int, compiled: bool) -> float:
    """Return the CPU seconds of a sweep, the mean of some after one that warms up."""
    network, n = couplings_of(energy, loops=ising_loops(compiled, energy.size)), energy.size
    rng = np.random.default_rng(0)
    state = network.state(rng.uniform(-1, 1, (n, REPLICAS)))
    pool = rng.uniform(-1, 1, (POOL, REPLICAS)).astype(np.float32)
    picks = rng.integers(POOL, size=(sweeps, n), dtype=np.uint32)
    strength, T = np.ones(sweeps), np.full(sweeps, 0.3)
    network.sweep(state, pool, picks[:1], strength[:1], T[:1])
    began = time.process_time()
    network.sweep(state, pool, picks, strength, T)
    return (time.process_time() - began) / sweeps


def peak() -> float:
    """Return the largest memory that this process has held, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


def lines(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            KINDS[row["kind"]],
            row["n"],
            f"{row['setup']:.3f}",
            *(f"{1000 * row[name]:.3g}" if name in row else "" for name in ("numpy", "compiled")),
            f"{row['peak_mib']:.0f}",
            f"{row['energy'] / row['n']:.4f}" if "energy" in row else "",
        )
        for row in rows
    ]


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the cost of a sweep against N."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.6), layout="constrained")
    ax = figure.subplots()
    for colour, (kind, name) in zip(("C0", "C1"), KINDS.items(), strict=True):
        for key, dashes, way in (("numpy", "-", "NumPy"), ("compiled", "--", "compiled")):
            own = [(r["n"], 1000 * r[key]) for r in rows if r["kind"] == kind and key in r]
            if own:
                n, cost = zip(*own, strict=True)
                ax.plot(n, cost, dashes, color=colour, marker="o", label=f"{name}, {way}")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="spins N",
        ylabel=f"CPU ms, {REPLICAS} replicas, one sweep",
    )
    figure.legend(frameon=False, loc="outside right center")
    ax.grid(alpha=0.3)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
