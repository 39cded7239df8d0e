"""The catalogue on the collections' instances: networks beside the classical methods."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from _shared import count, markdown, parser, percent, save, tell

from hopopt import Problem, minimize
from problems import Clique, Coloring, Partition, QuadraticAssignment, Queens

Row = dict[str, Any]

CLIQUES = (
    "c-fat200-1",
    "brock200_4",
    "san200_0.9_1",
    "sanr400_0.7",
    "p_hat700-3",
    "p_hat1000-3",
    "brock400_4",
)
COLORINGS = ("queen8_8", "DSJC125.1", "DSJC125.5", "DSJC250.5", "le450_15b")
ASSIGNMENTS = ("nug12", "had18", "chr12a", "rou15", "bur26a", "nug30", "tai30a", "sko42")
SECTIONS = ("clique", "coloring", "qap", "queens", "partition")


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "benchmark_catalogue.py path/to/data --sections qap --seeds 3")
    options.add_argument("folder", type=Path, help="with the folders dimacs, qaplib and gset")
    options.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    options.add_argument("--seeds", type=count, default=3, help="runs of each method")
    options.add_argument("--scale", type=float, default=1.0, help="factor of all time limits")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    if not arguments.folder.is_dir():
        options.error(f"no folder {arguments.folder}")
    rows: list[Row] = []
    for section in arguments.sections:
        for problem, method, seconds in tasks(section, arguments.folder):
            tell(f"{section} {problem.instance} {method}")
            rows.append(run(problem, method, seconds * arguments.scale, arguments.seeds))
        print(f"\n{section}\n")
        print(table([row for row in rows if row["problem"] == section]))
    save(arguments.json, rows)
    return 0


def tasks(section: str, folder: Path) -> Iterator[tuple[Problem, str, float]]:
    """Yield the problems of a section with the methods to run and their seconds."""
    dimacs, qaplib, gset = folder / "dimacs", folder / "qaplib", folder / "gset"
    if section == "clique":
        for path in present(dimacs, CLIQUES, ".clq"):
            for method, seconds in (("tabu", 2.0), ("greedy", 2.0)):
                yield Clique.load(str(path)), method, seconds
    elif section == "coloring":
        for path in present(dimacs, COLORINGS, ".col"):
            for method in ("tabu", "mean-field", "dsatur"):
                yield Coloring.load(str(path)), method, 10.0
    elif section == "qap":
        for path in present(qaplib, ASSIGNMENTS, ".dat"):
            for method in ("sinkhorn", "boltzmann", "sinkhorn+exchange", "faq", "2opt"):
                yield QuadraticAssignment.load(str(path)), method, 10.0
    elif section == "queens":
        for n in (8, 10, 20, 50, 100, 200):
            yield Queens(n), "tabu", 10.0
    else:
        for path in present(gset, ("G14",), ".txt"):
            for method in ("balanced", "kernighan-lin"):
                yield Partition.load(str(path)), method, 10.0


def present(folder: Path, names: Sequence[str], suffix: str) -> Iterator[Path]:
    for name in names:
        path = folder / f"{name}{suffix}"
        if path.is_file():
            yield path
        else:
            tell(f"{path}: left out, there is no such file")


def run(problem: Problem, method: str, seconds: float, seeds: int) -> Row:
    """Return what a method found with the seeds 0 …, all with the same time limit."""
    takes_target = method in ("sinkhorn", "boltzmann", "sinkhorn+exchange", "tabu")
    stops = takes_target and problem.name in ("qap", "clique") and problem.optimum is not None
    options = {"target": problem.optimum} if stops else {}
    results = [
        minimize(problem, method, rng=seed, time_limit=seconds, **options) for seed in range(seeds)
    ]
    costs = [result.fun for result in results if result.success]
    gaps = [result.gap for result in results if result.gap is not None]
    return {
        "problem": problem.name,
        "instance": problem.instance,
        "n": problem.size,
        "best known": problem.optimum,
        "method": method,
        "kind": problem.method(method).kind,
        "valid": f"{len(costs)}/{seeds}",
        "costs": costs,
        "mean": fmean(costs) if costs else None,
        "gap": fmean(gaps) if gaps else None,
        "cpu_seconds": fmean(result.cpu_seconds for result in results),
        "wall_seconds": fmean(result.wall_seconds for result in results),
    }


def table(rows: Sequence[Row]) -> str:
    headings = ("instance", "n", "best known", "method", "kind", "valid", "mean", "gap", "CPU s")
    return markdown(
        headings,
        [
            (
                row["instance"],
                row["n"],
                "–" if row["best known"] is None else f"{row['best known']:.10g}",
                row["method"],
                row["kind"],
                row["valid"],
                "–" if row["mean"] is None else f"{row['mean']:.10g}",
                percent(row["gap"], 3),
                f"{row['cpu_seconds']:.2f}",
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
