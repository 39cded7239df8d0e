"""Gaps of tours against the time given: hopopt's methods and other packages, a curve for each."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from multiprocessing import Pipe, get_context
from pathlib import Path
from typing import Any

from _shared import FAST, count, markdown, parser, percent, save, tell
from matplotlib.figure import Figure

from hopopt import Method, minimize
from problems import TSP

METHODS = (
    "k-opt",
    "lin-kernighan",
    "clamped",
    "ring",
    "fast-tsp",
    "elkai",
    "pyvrp",
    "or-tools",
    "python-tsp-2-opt",
    "python-tsp-lk",
)
HEADINGS = ("instance", "method", "kind", "s", "gap", "CPU s")
LEAST = 1e-3  # per cent: where optima are drawn
SOONEST = 0.03  # seconds: where all that is faster is drawn
TICKS = (0.1, 1, 10)
HIGHEST = 100  # per cent: gaps above are not drawn
MOST, SLACK = 3, 5.0  # a run is cut off after three times its seconds, and five to warm up


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "gap_against_time.py path/to/tsplib --plot curves.png")
    options.add_argument("folder", type=Path, help="with .tsp files, and optima.json")
    names = ["kroA100", "pr299", "pr1002", "pcb3038", "fnl4461"]
    options.add_argument("--instances", nargs="+", default=names)
    options.add_argument("--methods", nargs="+", metavar="NAME", default=list(METHODS))
    options.add_argument("--seconds", type=float, nargs="+", default=[1.0, 3.0, 10.0])
    options.add_argument("--seeds", type=count, default=1, help="runs of each")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves")
    arguments = options.parse_args(argv)
    minimize(TSP.load("random-20-0"), "k-opt", rng=0, time_limit=0.1)  # loads what is compiled
    rows = []
    for name in arguments.instances:
        for method in arguments.methods:
            timed = getattr(TSP.methods.get(method), "timed", True)
            for seconds in arguments.seconds if timed else [max(arguments.seconds)]:
                row = measured(arguments.folder / f"{name}.tsp", method, seconds, arguments.seeds)
                rows += [] if row is None else [row]
    cells = [
        (
            *list(row.values())[:4],
            percent(row["gap"], 3),
            "cut off" if row["cpu"] is None else f"{row['cpu']:.1f}",
        )
        for row in rows
    ]
    print(markdown(HEADINGS, cells))
    save(arguments.json, rows)
    if arguments.plot is not None:
        draw(rows).savefig(arguments.plot, dpi=150)
    return 0


def measured(path: Path, method: str, seconds: float, seeds: int) -> dict[str, Any] | None:
    """Return a row: the mean gap over the seeds; None where the method refuses the instance.

    A run that takes three times its seconds is cut off, and its row has no gap.
    """
    tell(f"{path.stem} {method} {seconds:g} s")
    problem = TSP.load(str(path))
    chosen = problem.method(method, **({"solver": FAST[method]} if method in FAST else {}))
    if refusal := chosen.refusal(problem):
        tell(f"left out: {refusal}")
        return None
    runs = [apart(problem, chosen, seed, seconds) for seed in range(seeds)]
    known = {"instance": path.stem, "method": method, "kind": chosen.kind, "seconds": seconds}
    if None in runs:
        tell("cut off, or failed")
        return {**known, "gap": None, "cpu": None}
    kinds, gaps, cpu = zip(*runs, strict=True)
    known["kind"] = kinds[0]
    gap = None if None in gaps else sum(gaps) / seeds
    return {**known, "gap": gap, "cpu": sum(cpu) / seeds}


def apart(problem: TSP, method: Method, seed: int, seconds: float) -> tuple[Any, ...] | None:
    """Run in a process of its own; None where it is cut off."""
    near, far = Pipe(duplex=False)
    process = get_context("fork").Process(
        target=answer, args=(far, problem, method, seed, seconds), daemon=True
    )
    process.start()
    far.close()
    try:
        return near.recv() if near.poll(SLACK + MOST * seconds) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def answer(far: Any, problem: TSP, method: Method, seed: int, seconds: float) -> None:
    """Warm up, run, and send kind, gap and CPU seconds."""
    minimize(problem.sample(), method, rng=0, time_limit=0.1)
    limit = seconds if getattr(method, "timed", True) else None
    run = minimize(problem, method, rng=seed, time_limit=limit)
    far.send((run.kind, run.gap, run.cpu_seconds))


def draw(rows: Sequence[dict[str, Any]]) -> Figure:
    """Return a picture: for each instance, the gaps by the CPU seconds that were used."""
    rows = [row for row in rows if row["gap"] is not None]
    instances = list(dict.fromkeys(row["instance"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure = Figure(figsize=(2.6 * len(instances) + 0.6, 4.0))
    axes = figure.subplots(1, len(instances), sharex=True, sharey=True, squeeze=False)[0]
    for ax, name in zip(axes, instances, strict=True):
        for k, method in enumerate(methods):
            mine = [r for r in rows if (r["instance"], r["method"]) == (name, method)]
            gaps = [max(100 * row["gap"], LEAST) for row in mine]
            network = method == "auto" or TSP.methods[method].kind != "classical"
            style = "-o" if network else ":s"
            seconds = [max(r["cpu"], SOONEST) for r in mine]
            ax.plot(seconds, gaps, style, color=f"C{k}", ms=4, label=method, zorder=9 - k)
        ax.set(xscale="log", yscale="log", title=name, xlabel="CPU seconds")
        ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
        ax.set_xticks([], minor=True)
        ax.grid(alpha=0.3)
    axes[0].set(ylabel="gap to the optimum, %", ylim=(LEAST / 2, HIGHEST))
    axes[0].set_yticks((1e-3, 1e-2, 0.1, 1, 10, 100), ("0", ".01", ".1", "1", "10", "100"))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=math.ceil(len(labels) / 2))
    figure.tight_layout(rect=(0, 0.13, 1, 1))
    return figure


if __name__ == "__main__":
    sys.exit(main())
