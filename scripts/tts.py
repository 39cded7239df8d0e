"""Time to solution, TTS99, of the dynamics on random Ising ensembles of growing size.

TTS99 is the time after which restarts have found the target with 99 % confidence:
min over t of t·ln(1 − .99)/ln(1 − p(t)), p(t) the share of runs that have found it by t, in CPU
seconds. The target is the planted energy, or the lowest of two longer searches.
The interval is a bootstrap over runs. Where numba is installed, sweeps are compiled.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _shared import CpuMonitor, count, markdown, parser, save, tell
from numpy.typing import NDArray

from hopopt.fast import installed, ising_loops
from problems import Ising

ENSEMBLES = ("planted", "sk", "regular")
CLOSE = 1e-6

Times = NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "tts.py --sizes 50 100 200 --methods anneal boltzmann")
    options.add_argument("--ensembles", nargs="+", choices=ENSEMBLES, default=list(ENSEMBLES))
    options.add_argument("--sizes", nargs="+", type=count, default=[50, 100, 200, 500])
    options.add_argument("--methods", nargs="+", metavar="NAME", default=["anneal", "boltzmann"])
    options.add_argument("--instances", type=count, default=3, help="of each ensemble and size")
    options.add_argument("--runs", type=count, default=10, help="of each method on an instance")
    options.add_argument("--time-limit", type=float, default=2.0, help="CPU seconds for each run")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw TTS99 against N")
    arguments = options.parse_args(argv)
    unknown = sorted(set(arguments.methods) - set(Ising.methods))
    if unknown:
        options.error(f"unknown method {unknown[0]!r}; one of {', '.join(Ising.methods)}")
    if installed():
        ising_loops(compiled=True, size=0)
    rows = [
        measured(ensemble, size, method, arguments)
        for ensemble in arguments.ensembles
        for size in arguments.sizes
        for method in arguments.methods
    ]
    print(markdown(("ensemble", "N", "method", "found", "TTS99 s", "95 % interval"), lines(rows)))
    save(arguments.json, rows)
    if arguments.plot is not None:
        draw(rows, arguments.plot)
    return 0


def measured(ensemble: str, size: int, method: str, arguments: Any) -> dict[str, Any]:
    """Return a row: the median TTS99 over the instances, with its interval."""
    tell(f"{ensemble}-{size} {method}")
    names = [f"{ensemble}-{size}-{k}" for k in range(arguments.instances)]
    times = [run_times(name, method, arguments) for name in names]
    low, middle, high = interval(times, np.random.default_rng(0))
    found = [float(np.isfinite(t).mean()) for t in times]
    return {
        "ensemble": ensemble,
        "n": size,
        "method": method,
        "found": float(np.mean(found)),
        "tts99": middle if np.isfinite(middle) else None,
        "interval": [x if np.isfinite(x) else None for x in (low, high)],
    }


@cache
def instance(name: str, limit: float) -> tuple[Ising, float]:
    """Return an instance and its target: planted, or the lowest of two searches twice as long."""
    problem = Ising.load(name)
    if problem.optimum is not None:
        return problem, problem.optimum
    found = (run(problem, "anneal", 10_000 + k, 2 * limit, None)[0] for k in range(2))
    return problem, min(found)


def run(
    problem: Ising, method: str, seed: int, limit: float, target: float | None
) -> tuple[float, float]:
    """Return the energy that one attempt found, and the CPU seconds that it took."""
    began = time.process_time()
    chosen = problem.method(method, target=target)
    attempt = chosen.attempt(problem, np.random.default_rng(seed), CpuMonitor(limit))
    return problem.cost(attempt.x), time.process_time() - began


def run_times(name: str, method: str, arguments: Any) -> Times:
    """Return the CPU seconds to the target of each run; infinite where it was not found."""
    limit = arguments.time_limit
    problem, lowest = instance(name, limit)
    target = lowest + CLOSE * problem.energy.scale
    runs = [run(problem, method, seed, limit, target) for seed in range(arguments.runs)]
    return np.array([cpu if cost <= target else np.inf for cost, cpu in runs])


def tts99(times: Times) -> float:
    """Return TTS99 by the best time at which to restart; infinite where no run found the target."""
    ends = np.sort(times[np.isfinite(times)])
    if not len(ends):
        return float("inf")
    p = np.arange(1, len(ends) + 1) / len(times)
    repeats = np.log(0.01) / np.log1p(-np.minimum(p, 1 - 1e-12))
    return float(np.min(ends * np.maximum(1, repeats)))


def interval(
    times: Sequence[Times], rng: np.random.Generator, draws: int = 1000
) -> tuple[float, float, float]:
    """Return the 2.5 %, 50 % and 97.5 % points of the median TTS99 over instances, by bootstrap."""
    middle = float(np.median([tts99(t) for t in times]))
    medians = [
        float(np.median([tts99(rng.choice(t, len(t))) for t in times])) for _ in range(draws)
    ]
    low, high = np.quantile(medians, (0.025, 0.975), method="nearest")
    return float(low), middle, float(high)


def lines(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            row["ensemble"],
            row["n"],
            row["method"],
            f"{100 * row['found']:.0f} %",
            seconds(row["tts99"]),
            " … ".join(map(seconds, row["interval"])),
        )
        for row in rows
    ]


def seconds(value: float | None) -> str:
    return "∞" if value is None else f"{value:.3g}"


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw TTS99 against N, one panel an ensemble, with its interval as a bar."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["ensemble"] for row in rows))
    figure = Figure(figsize=(4 * len(names), 3.6), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
    for name, ax in zip(names, panels, strict=True):
        for method in dict.fromkeys(row["method"] for row in rows):
            own = [
                row
                for row in rows
                if (row["ensemble"], row["method"]) == (name, method) and row["tts99"] is not None
            ]
            middle = np.array([row["tts99"] for row in own])
            ends = np.array(
                [
                    [m if x is None else x for x in r["interval"]]
                    for r, m in zip(own, middle, strict=True)
                ]
            ).reshape(-1, 2)
            bars = np.abs(ends.T - middle)
            ax.errorbar([r["n"] for r in own], middle, bars, marker="o", capsize=3, label=method)
        ax.set(xscale="log", yscale="log", xlabel="spins N", title=name)
        sizes = sorted({row["n"] for row in rows})
        ax.set_xticks(sizes, map(str, sizes))
        ax.minorticks_off()
    panels[0].set_ylabel("TTS99, CPU s")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
