"""Tables of the Lin-Kernighan search: k-opt beside its control, by instance, time and options."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from _shared import CpuMonitor, count, markdown, parser, percent, save, tell

from problems import TSP
from problems.tours.linkern import KOpt, LinKernighan, engine, kernel, recall, schedule
from problems.tours.linkern.recall import ROW

HEADINGS = ("instance", "search", "CPU s", "mean gap", "best", "worst", "recalls or kicks")
SEARCHES: dict[str, tuple[type[LinKernighan], dict[str, Any]]] = {
    "k-opt": (KOpt, {}),
    "lin-kernighan": (LinKernighan, {}),
    **{f"k-opt, depth {depth}": (KOpt, {"depth": depth}) for depth in (3, 5, 6, 10, 14)},
    **{f"k-opt, K = {chains}": (KOpt, {"chains": chains}) for chains in (3, 4, 6)},
    "k-opt, one tour": (KOpt, {"tours": 0}),
    "k-opt, one tour, T = 0": (KOpt, {"tours": 0}),
    "k-opt, random closing": (KOpt, {}),
}
RANDOM = "k-opt, random closing"
CONSTANTS: dict[str, dict[str, Any]] = {
    "k-opt, one tour, T = 0": {"HEATS": ()},
}
"""What of the schedule is otherwise in some searches."""


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "kopt_tables.py path/to/tsplib --instances pr1002 --seconds 3 10")
    options.add_argument("folder", type=Path, help="with .tsp and .atsp files, and optima.json")
    options.add_argument("--instances", nargs="+", default=["pr299", "pr1002", "pcb3038"])
    options.add_argument("--searches", nargs="+", default=["k-opt", "lin-kernighan"])
    options.add_argument("--seconds", type=float, nargs="+", default=[3.0], help="CPU, of each run")
    options.add_argument("--kicks", type=count, help="end each run after so many, too")
    options.add_argument("--seeds", type=count, default=3)
    options.add_argument("--compiled", action="store_true", help="with numba")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    unknown = [name for name in arguments.searches if name not in SEARCHES]
    if unknown:
        options.error(f"--searches must be among {', '.join(SEARCHES)}; got {unknown[0]!r}")
    files = {p.stem: p for end in ("*.tsp", "*.atsp") for p in arguments.folder.glob(end)}
    problems = [TSP.load(str(files[name])) for name in arguments.instances]
    for name in arguments.searches:  # compiles, before the clock starts
        run(problems[0], name, 0.0, 0, arguments)
    rows = [
        row(problem, name, seconds, arguments)
        for problem in problems
        for seconds in arguments.seconds
        for name in arguments.searches
    ]
    print(markdown(HEADINGS, rows))
    save(arguments.json, [dict(zip(HEADINGS, row, strict=True)) for row in rows])
    return 0


def row(problem: TSP, name: str, seconds: float, arguments: Any) -> tuple[Any, ...]:
    """Return a row of the table: some seeds of one search on one instance."""
    runs = [run(problem, name, seconds, seed, arguments) for seed in range(arguments.seeds)]
    gaps, spent, steps = np.array(runs).T
    cells = percent(gaps.mean(), 3), percent(gaps.min(), 3), percent(gaps.max(), 3)
    return (
        problem.instance,
        name,
        f"{spent.mean():.1f}",
        *cells,
        round(steps.mean()),
    )


def run(problem: TSP, name: str, seconds: float, seed: int, arguments: Any) -> tuple[float, ...]:
    """Return gap, CPU seconds, and recalls, or kicks where walks decide, of one run."""
    tell(f"{problem.instance} {name} {seconds} s seed {seed}")
    method, options = SEARCHES[name]
    began = time.process_time()
    changed = patch.multiple(schedule, **CONSTANTS.get(name, {"PASS": schedule.PASS}))
    with changed, at_random() if name == RANDOM else nullcontext():
        search = method(compiled=arguments.compiled, kicks=arguments.kicks, **options)
        attempt = search.attempt(problem, np.random.default_rng(seed), CpuMonitor(seconds))
    assert problem.optimum is not None
    gap = problem.cost(attempt.x) / problem.optimum - 1
    return gap, time.process_time() - began, attempt.nit


@contextmanager
def at_random() -> Iterator[None]:
    """Let chance choose among the reconnections that gain, where the memory would the best."""
    choice = patch.object(recall, "decide", any_gain)
    with choice, patch.object(engine, "compiled", compiled_at_random):
        yield


@lru_cache(maxsize=1)
def compiled_at_random() -> kernel.Kernel:
    """Return the search, compiled, uncached; other names keep numba from taking it for another."""
    import numba

    def function(plain: Any) -> Any:
        plain.__module__ = __name__
        inline = "always" if plain.__name__ in kernel.INLINED else "never"
        return numba.njit(inline=inline, **kernel.PLAIN)(plain)

    return kernel.second(function)


def any_gain(chains: Any, k: Any) -> Any:
    """Write one of the reconnections of k chains that gain, each as likely; return what it gains.

    As `recall.decide`; the state of the generator, `metric.draw`'s, is in the last place of `now`.
    """
    joined, best = chains.joined, chains.best
    now, following, used, part = chains.now, chains.next, chains.used, chains.part
    old, found, last = 0.0, 0, len(now) - 1
    multiplier, increment, mask = 6364136223846793005, 1442695040888963407, 0x3FFFFFFFFFFFFFFF
    for j in range(k):
        best[j] = 2 * j
        old += joined[2 * j * ROW + (2 * j + 2 if j + 1 < k else 0)]
        used[j] = 0
    chosen = old
    now[0], part[0], following[1], depth = 0, 0.0, 2, 1
    while depth > 0:
        o = following[depth]
        if o >= 2 * k:
            depth -= 1
            used[now[depth] >> 1] = 0
            continue
        following[depth] = o + 1
        if used[o >> 1]:
            continue
        length = part[depth - 1] + joined[now[depth - 1] * ROW + o]
        if length >= old:
            continue
        if depth == k - 1:
            length += joined[o * ROW]
            if length < old - 1e-7:
                found += 1
                now[last] = (now[last] * multiplier + increment) & mask
                if ((now[last] >> 31) * found) >> 31 == 0:
                    chosen = length
                    for j in range(1, depth):
                        best[j] = now[j]
                    best[depth] = o
            continue
        now[depth], part[depth] = o, length
        used[o >> 1] = 1
        depth += 1
        following[depth] = 2
    return old - chosen


if __name__ == "__main__":
    sys.exit(main())
