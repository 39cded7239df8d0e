"""Every TSPLIB instance of a folder by every method: validity, gap and time, and means."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from _shared import count, markdown, mean, parser, percent, save, tell

from hopopt import Status
from hopopt.app.text import remark
from hopopt.solve import compare
from problems import TSP

Row = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(
        __doc__, "benchmark_tsp.py path/to/tsplib --methods ring assignment --max-cities 100"
    )
    options.add_argument("folder", type=Path, help="with .tsp and .atsp files, and optima.json")
    options.add_argument("--methods", nargs="+", metavar="NAME", help="by default, every method")
    options.add_argument("--max-cities", type=count, default=200, help="leave out larger instances")
    options.add_argument("--min-cities", type=count, default=1, help="leave out smaller instances")
    options.add_argument("--instances", nargs="+", metavar="NAME", help="by default, all of them")
    options.add_argument("--seeds", type=count, default=3, help="runs of each method")
    options.add_argument("--time-limit", type=float, default=10.0, help="seconds for each run")
    options.add_argument(
        "--together", action="store_true", help="all in one process: cuts none off"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    names = arguments.methods or list(TSP.methods)
    unknown = sorted(set(names) - {"auto", *TSP.methods})
    if unknown:
        options.error(f"unknown method {unknown[0]!r}; one of auto, {', '.join(TSP.methods)}")
    files = [path for ending in ("*.tsp", "*.atsp") for path in arguments.folder.glob(ending)]
    files = [path for path in files if path.stem in (arguments.instances or (path.stem,))]
    if not files:
        options.error(f"no .tsp or .atsp files in {arguments.folder}")
    rows: list[Row] = []
    for problem in instances(files, arguments.min_cities, arguments.max_cities):
        rows += compare(
            problem,
            names,
            seeds=arguments.seeds,
            time_limit=arguments.time_limit,
            isolated=not arguments.together,
            callback=lambda method, seed, at=problem: tell(f"{at.instance} {method} seed {seed}"),
        )
    print(
        markdown(("instance", "n", "method", "kind", "valid", "gap", "CPU s", "note"), lines(rows))
    )
    means = [account(name, rows) for name in dict.fromkeys(row["method"] for row in rows)]
    print("\nMeans over the instances that the method solved with every seed:\n")
    print(
        markdown(
            ("method", "instances", "runs valid", "proven", "gap", "CPU s"),
            [
                (
                    m["method"],
                    f"{m['solved']}/{m['instances']}",
                    f"{m['valid']}/{m['runs']}",
                    f"{m['proven']}/{m['runs']}",
                    percent(m["mean_gap"], 3),
                    seconds(m["cpu_seconds"]),
                )
                for m in means
            ],
        )
    )
    save(arguments.json, {"rows": rows, "means": means})
    return 0


def instances(files: Sequence[Path], fewest: int, most: int) -> Iterator[TSP]:
    """Yield the instances that can be read and have the size that is asked, smallest first."""
    found = []
    for path in files:
        try:
            found.append(TSP.load(str(path)))
        except (OSError, ValueError) as error:
            tell(f"{path.name}: left out: {error}")
    yield from sorted(
        (problem for problem in found if fewest <= problem.size <= most),
        key=lambda p: (p.size, p.instance),
    )


def lines(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [
        (
            row["instance"],
            row["n"],
            row["method"],
            row["kind"],
            f"{row['valid']}/{row['seeds']}",
            percent(row["mean_gap"], 3),
            seconds(row["cpu_seconds"]),
            remark(row),
        )
        for row in rows
    ]


def account(method: str, rows: Sequence[Row]) -> Row:
    mine = [row for row in rows if row["method"] == method]
    solved = [row for row in mine if row["valid"] == row["seeds"] and row["status"] is not None]
    return {
        "method": method,
        "instances": len(mine),
        "solved": len(solved),
        "runs": sum(row["seeds"] for row in mine),
        "valid": sum(row["valid"] for row in mine),
        "proven": sum(run["status"] == Status.OPTIMAL for row in mine for run in row["runs"]),
        "mean_gap": mean([row["mean_gap"] for row in solved if row["mean_gap"] is not None]),
        "cpu_seconds": mean([row["cpu_seconds"] for row in solved]),
    }


def seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
