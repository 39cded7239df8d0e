"""Random ten-city instances by the networks and a control, beside the published claims."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _shared import FAST, count, markdown, mean, parser, percent, save, tell

from hopopt import Result, minimize
from problems import TSP
from problems.tours.exact import held_karp
from problems.tours.local_search import TwoOpt

CITIES = 10
NOISE = 1e-9


class Entry(NamedTuple):
    """A method of the table: runs on an instance, restarts of each, whether by the fast step."""

    method: str
    runs: int
    restarts: int
    claim: str = ""
    quick: bool = False


ENTRIES = (
    Entry("ring", 1, 10, quick=True),
    Entry("assignment", 1, 1, quick=True),
    Entry("assignment", 1, 10, quick=True),
    Entry(
        "hopfield-tank-1985",
        20,
        1,
        "1985: 80 % valid (16 of 20), half of all runs at one of the two shortest tours; "
        "1988 (Wilson & Pawley): 15 % valid",
    ),
    Entry("talavan-yanez-2002", 1, 1, "2002: 100 % valid"),
    Entry("two-opt", 1, 10, "control, no network"),
)


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "ten_cities.py --instances 50 --seed 0")
    options.add_argument("--instances", type=count, default=50)
    options.add_argument("--seed", type=int, default=0, help="of the instances and of the runs")
    options.add_argument(
        "--methods", nargs="+", choices=sorted({e.method for e in ENTRIES}), metavar="NAME"
    )
    options.add_argument(
        "--solver", choices=("fast", "auto"), default="fast", help="of ring and assignment"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    problems = random_instances(arguments.instances, arguments.seed)
    rows = []
    for entry in ENTRIES:
        if arguments.methods is None or entry.method in arguments.methods:
            tell(f"{entry.method}: {entry.runs} × {entry.restarts} on {len(problems)} instances")
            results = run(entry, problems, arguments.seed, arguments.solver)
            rows.append(account(entry, results))
    print(
        markdown(
            ("method", "runs", "optimal", "mean gap", "valid before decoding", "published"),
            [line(row) for row in rows],
        )
    )
    print(
        f"\n{len(problems)} instances of {CITIES} uniform cities. hopfield-tank-1985 counts as "
        "published: a run\nwithout a tour before decoding has failed; optimal is a share of all "
        "runs, the gap a mean of the valid ones."
    )
    save(arguments.json, rows)
    return 0


def random_instances(many: int, seed: int) -> list[TSP]:
    """Return instances with their optima."""
    problems = []
    for k, rng in enumerate(np.random.default_rng(seed).spawn(many)):
        problem = TSP.from_points(rng.random((CITIES, 2)), instance=f"ten-{seed}-{k}")
        problem.optimum = held_karp(problem.distances.matrix())[0]
        problems.append(problem)
    return problems


def run(entry: Entry, problems: Sequence[TSP], seed: int, solver: str) -> list[Result]:
    options = {"solver": FAST[entry.method]} if solver == "fast" and entry.quick else {}
    method = TwoOpt() if entry.method == TwoOpt.name else entry.method
    roots = np.random.default_rng(seed + 1).spawn(len(problems))
    return [
        minimize(problem, method, restarts=entry.restarts, rng=rng, **options)
        for problem, root in zip(problems, roots, strict=True)
        for rng in root.spawn(entry.runs)
    ]


def account(entry: Entry, results: Sequence[Result]) -> dict[str, Any]:
    """Return what the runs of one method come to; see the note under the table."""
    as_published = entry.method == "hopfield-tank-1985"
    counted = [r for r in results if not as_published or r.valid_before_decoding]
    gaps = [result.gap for result in counted if result.gap is not None]
    settled = [r.valid_before_decoding for r in results if r.valid_before_decoding is not None]
    return {
        "method": entry.method,
        "restarts": entry.restarts,
        "runs": len(results),
        "optimal": sum(gap <= NOISE for gap in gaps) / len(results),
        "mean_gap": mean(gaps),
        "mean_gap_decoded": mean([r.gap for r in results if r.gap is not None]),
        "valid_before_decoding": mean(settled),
        "cpu_seconds": sum(result.cpu_seconds for result in results),
        "published": entry.claim,
    }


def line(row: dict[str, Any]) -> tuple[str, ...]:
    restarts = f" × {row['restarts']} restarts" if row["restarts"] > 1 else ""
    return (
        row["method"],
        f"{row['runs']}{restarts}",
        percent(row["optimal"]),
        percent(row["mean_gap"], 2),
        percent(row["valid_before_decoding"]),
        row["published"],
    )


if __name__ == "__main__":
    sys.exit(main())
