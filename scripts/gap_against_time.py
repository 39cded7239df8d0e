"""Gaps of tours against the time given: hopopt's methods and other packages, a curve for each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _shared import count, markdown, parser, percent, save, tell

from hopopt import minimize
from problems import TSP

METHODS = ("k-opt", "clamped", "ring", "two-opt", "fast-tsp", "or-tools", "pyvrp")
HEADINGS = ("instance", "method", "kind", "s", "gap", "CPU s")
LEAST = 1e-3  # per cent: where optima are drawn


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
    rows = [
        row
        for name in arguments.instances
        for method in arguments.methods
        for seconds in arguments.seconds
        if (row := measured(arguments.folder / f"{name}.tsp", method, seconds, arguments.seeds))
    ]
    cells = [(*list(row.values())[:4], percent(row["gap"], 3), f"{row['cpu']:.1f}") for row in rows]
    print(markdown(HEADINGS, cells))
    save(arguments.json, rows)
    known = [row for row in rows if row["gap"] is not None]
    if arguments.plot is not None and known:
        draw(known, arguments.plot)
    return 0


def measured(path: Path, method: str, seconds: float, seeds: int) -> dict[str, Any] | None:
    """Return a row: the mean gap over the seeds; None where the method refuses the instance."""
    tell(f"{path.stem} {method} {seconds:g} s")
    problem = TSP.load(str(path))
    try:
        runs = [minimize(problem, method, rng=s, time_limit=seconds) for s in range(seeds)]
    except (ImportError, ValueError) as error:
        tell(f"left out: {error}")
        return None
    gaps = [run.gap for run in runs if run.gap is not None]
    known = {"instance": path.stem, "method": method, "kind": runs[0].kind, "seconds": seconds}
    cpu = sum(run.cpu_seconds for run in runs) / seeds
    return {**known, "gap": sum(gaps) / len(gaps) if gaps else None, "cpu": cpu}


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    instances = list(dict.fromkeys(row["instance"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    size = (2.6 * len(instances) + 0.6, 3.6)
    figure, axes = plt.subplots(1, len(instances), figsize=size, sharey=True, squeeze=False)
    for ax, name in zip(axes[0], instances, strict=True):
        for k, method in enumerate(methods):
            mine = [r for r in rows if (r["instance"], r["method"]) == (name, method)]
            gaps = [max(100 * row["gap"], LEAST) for row in mine]
            style = (
                "-o" if method in TSP.methods and mine and mine[0]["kind"] != "classical" else ":s"
            )
            ax.plot([r["seconds"] for r in mine], gaps, style, color=f"C{k}", ms=4, label=method)
        ax.set(xscale="log", yscale="log", title=name, xlabel="seconds")
        seconds = sorted({row["seconds"] for row in rows})
        ax.set_xticks(seconds, [f"{s:g}" for s in seconds], minor=False)
        ax.set_xticks([], minor=True)
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel(f"gap to the optimum, % ({LEAST:g}: none)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False)
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
