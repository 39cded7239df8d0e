"""Time, memory and gap of the k-opt method on random cities, by their number and the workers."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _shared import count, markdown, parser, percent, save, tell

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
CONSTANT = 0.7124
HEADINGS = ("cities", "workers", "gap", "wall s", "CPU s", "peak MB")
ONE = """
import json, resource, sys, time
from hopopt import minimize
from problems import TSP
n, workers, limit, seed, dask, divide = json.loads(sys.argv[1])

def solve(workers):
    begin = time.process_time()
    problem = TSP.load(f"random-{n}-{seed}")
    result = minimize(
        problem, "k-opt", divide=divide, workers=workers, rng=seed, time_limit=limit
    )
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    times = result.trace.time.tolist(), result.trace.energy.tolist()
    print(json.dumps({
        "length": result.fun, "valid": result.success, "wall_seconds": result.wall_seconds,
        "cpu_seconds": time.process_time() - begin + usage[1].ru_utime + usage[1].ru_stime,
        "peak_mb": [u.ru_maxrss / 1024 for u in usage], "curve": list(zip(*times)),
    }))

if __name__ == "__main__":
    if dask:
        from distributed import Client, LocalCluster
        with LocalCluster(workers, threads_per_worker=1, dashboard_address=None) as cluster:
            with Client(cluster) as client:
                solve(lambda f, tasks: client.gather(client.map(f, tasks)))
    else:
        solve(workers)
"""


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "scaling.py --sizes 1000 10000 100000 --workers 1 2")
    options.add_argument("--sizes", type=count, nargs="+", default=SIZES, metavar="N")
    options.add_argument("--workers", type=count, nargs="+", default=(1, 2), metavar="W")
    options.add_argument("--time-limit", type=float, default=300.0, help="seconds of wall time")
    options.add_argument("--seed", type=int, default=0, help="of the cities and of the run")
    options.add_argument("--divide", type=count, help="cities from which regions are improved")
    options.add_argument("--dask", action="store_true", help="a local dask cluster of the workers")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves")
    arguments = options.parse_args(argv)
    rows = []
    for n in arguments.sizes:
        for workers in arguments.workers:
            tell(f"{n} cities, workers: {workers}")
            rows.append(measure(n, workers, arguments))
    save(arguments.json, rows)
    print(markdown(HEADINGS, [cells(row) for row in rows]))
    if arguments.plot is not None:
        draw(rows, arguments.plot)
    return 0


def measure(n: int, workers: int, arguments: Any) -> dict[str, Any]:
    """Solve in a process of its own, so that its peak of memory is its own."""
    options = arguments.time_limit, arguments.seed, arguments.dask, arguments.divide
    task = json.dumps([n, workers, *options])
    done = subprocess.run([sys.executable, "-c", ONE, task], capture_output=True, text=True)
    if done.returncode:
        tell(done.stderr.strip().rpartition("\n")[2])
        return {"n": n, "workers": workers, "valid": False}
    row = {"n": n, "workers": workers, **json.loads(done.stdout.splitlines()[-1])}
    # what the optimum of random cities tends to; that of few is longer, by the square's border
    row["gap"] = row["length"] / (CONSTANT * math.sqrt(n)) - 1
    return row


def cells(row: dict[str, Any]) -> list[str]:
    if not row["valid"]:
        return [str(row["n"]), str(row["workers"]), "failed", "–", "–", "–"]
    peak = " + ".join(f"{mb:.0f}" for mb in row["peak_mb"] if mb > 0)
    times = f"{row['wall_seconds']:.1f}", f"{row['cpu_seconds']:.1f}"
    return [str(row["n"]), str(row["workers"]), percent(row["gap"], 2), *times, peak]


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw gap against time, one curve a run, and memory against the number of cities."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    runs = [row for row in rows if row["valid"]]
    for row in runs:
        ideal = row["length"] / (1 + row["gap"])
        seconds, lengths = zip(*row["curve"], strict=True)
        gaps = [100 * (length / ideal - 1) for length in lengths]
        label = f"{row['n']:,} cities, workers: {row['workers']}"
        left.plot(seconds, gaps, "-" if row["workers"] == 1 else "--", label=label)
    left.set(xscale="log", yscale="log")
    left.set(xlabel="wall time (s)", ylabel="gap to .7124·√(nA) (%)")
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    left.legend(fontsize=7)
    sizes = [row["n"] for row in runs]
    right.plot(sizes, [max(row["peak_mb"]) for row in runs], "o")
    right.set(xscale="log", xlabel="cities", ylabel="peak memory of a process (MB)")
    right.set_ylim(bottom=0)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
