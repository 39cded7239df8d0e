"""Tables of the K-opt networks: engines against exact DP, controls in the search, quality."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import count, markdown, parser, percent, save, tell

from hopopt import Monitor
from problems import TSP
from problems.tours.candidates import candidates
from problems.tours.kopt import Descent, KOpt, Tour
from problems.tours.kopt.chains import annealed, lengths_of, settled
from problems.tours.kopt.engines import shortest
from problems.tours.kopt.neighbourhood import pairwise, typical
from problems.tours.kopt.reconnections import reconnections

CONTROLS: dict[str, dict[str, Any]] = {
    "networks": {},
    "networks, ring start": {"start": "ring"},
    "networks, random start": {"start": "random"},
    "networks, greedy start": {"start": "greedy"},
    "exact DP": {"engine": "exact"},
    "exact DP, greedy start": {"engine": "exact", "start": "greedy"},
    "zero steps": {"engine": "random"},
    "zero steps, greedy start": {"engine": "random", "start": "greedy"},
}


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "kopt_tables.py path/to/tsplib engines --instances pr1002")
    options.add_argument("folder", type=Path, help="with .tsp and .atsp files, and optima.json")
    options.add_argument("table", choices=("engines", "controls", "quality"))
    options.add_argument("--instances", nargs="+", default=["pr299", "pr1002", "pcb3038"])
    options.add_argument("--seconds", type=float, default=10.0, help="CPU seconds of each run")
    options.add_argument("--seeds", type=count, default=3)
    options.add_argument("--problems", type=count, default=300, help="K-chain problems of each K")
    options.add_argument("--compiled", action="store_true", help="quality: in the compiled loop")
    options.add_argument("--polish", action="store_true", help="quality: the hybrid")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    files = {p.stem: p for end in ("*.tsp", "*.atsp") for p in arguments.folder.glob(end)}
    problems = [TSP.load(str(files[name])) for name in arguments.instances]
    if arguments.table == "engines":
        rows = [row for k in range(5, 15) for row in engines(problems[0], k, arguments.problems)]
        headings = ("K", "engine", "optimal", "gain kept", "ms per problem")
    else:
        settings = CONTROLS
        if arguments.table == "quality":
            own = {"compiled": arguments.compiled, "polish": arguments.polish}
            settings = {"k-opt": own}
        rows = [
            (p.instance, name, *gaps(p, how, arguments.seconds, arguments.seeds))
            for p in problems
            for name, how in settings.items()
        ]
        headings = ("instance", "search", "mean gap", "best", "worst", "CPU s")
    print(markdown(headings, rows))
    save(arguments.json, [dict(zip(headings, row, strict=True)) for row in rows])
    return 0


def gaps(problem: TSP, how: dict[str, Any], seconds: float, seeds: int) -> tuple[str, ...]:
    """Return mean, best and worst gap of some seeds at a limit of CPU seconds, and their mean."""
    found, spent = [], []
    for seed in range(seeds):
        tell(f"{problem.instance} {how} seed {seed}")
        began, wall = time.process_time(), time.time
        time.time = time.process_time  # the monitor's deadline in CPU seconds: others run as well
        try:
            attempt = KOpt(**{"compiled": False, **how}).attempt(
                problem, np.random.default_rng(seed), Monitor(began + seconds)
            )
        finally:
            time.time = wall
        spent.append(time.process_time() - began)
        assert problem.optimum is not None
        found.append(problem.cost(attempt.x) / problem.optimum - 1)
    mean = float(np.mean(found))
    return percent(mean, 3), percent(min(found), 3), percent(max(found), 3), f"{np.mean(spent):.1f}"


def engines(problem: TSP, chains: int, number: int) -> list[tuple[Any, ...]]:
    """Return the rows of the engine table for one K: improvable problems from walks on a tour."""
    tell(f"engines K = {chains}")
    W = walked(problem, chains, number)
    now = np.tile(np.arange(0, 2 * chains, 2), (len(W), 1))
    old = lengths_of(W, now)
    best, exact_ms = timed(lambda: lengths_of(W, shortest(W)), len(W))
    improvable = old - best > 1e-6 * old
    rng = np.random.default_rng(0)

    def restarted(restarts: int) -> np.ndarray:
        found = settled(W, now)[1]
        for _ in range(restarts):
            orders = now.copy()
            orders[:, 1:] = rng.permuted(orders[:, 1:], axis=1)
            orders[:, 1:] ^= rng.integers(0, 2, orders[:, 1:].shape)
            found = np.minimum(found, settled(W, orders)[1])
        return found

    every: dict[str, Callable[[], np.ndarray]] = {
        "Sinkhorn network, 40 steps": lambda: lengths_of(W, annealed(W, rng)),
        "Sinkhorn network, 40 steps, then T → 0": lambda: settled(W, annealed(W, rng))[1],
        "Sinkhorn network, 160 steps, then T → 0": lambda: settled(W, annealed(W, rng, 160))[1],
        "T → 0 from the order as it is": lambda: restarted(0),
        "T → 0, and 3 random restarts": lambda: restarted(3),
        "T → 0, and 7 random restarts": lambda: restarted(7),
    }
    rows = [(chains, "exact DP (control)", "100.0 %", "100.0 %", f"{exact_ms:.3f}")]
    if chains <= 5:
        memory = reconnections(chains)
        lengths = np.zeros((len(W), len(memory.pairs)))
        for k, (a, b) in enumerate(memory.pairs):
            lengths[:, k] = W[:, a ^ 1, b]
        every["dense memory, one step"] = lambda: lengths_of(
            W, memory.orders[memory.recall(lengths)]
        )
    for name, run in every.items():
        length, ms = timed(run, len(W))
        length = np.minimum(length, old)
        right = np.mean((length - best <= 1e-6 * old)[improvable])
        kept = (old - length).sum() / (old - best).sum()
        rows.append((chains, name, percent(right), percent(kept), f"{ms:.3f}"))
    return rows


def timed(run: Callable[[], np.ndarray], number: int) -> tuple[np.ndarray, float]:
    began = time.process_time()
    result = run()
    return result, 1e3 * (time.process_time() - began) / number


def walked(problem: TSP, chains: int, number: int) -> np.ndarray:
    """Return W of the chains that gain walks cut out of a tour with a few double bridges."""
    rng = np.random.default_rng(chains)
    distances, n = problem.distances, problem.size
    near, lookup = candidates(distances), pairwise(distances)
    tour = Tour(rng.permutation(n))
    scale = typical(lookup, near)
    for _ in Descent(tour, near, lookup, rng, tries=3, scale=scale).batches():
        pass
    found: list[np.ndarray] = []
    while sum(map(len, found)) < number:
        kicked = bridged(tour, rng)
        lane = Descent(kicked, near, lookup, rng, tries=1, scale=scale, chains=chains)
        edges, length = lane._walk(rng.integers(0, n, 2000))
        place = np.sort(lane.position[edges[length == chains]], axis=1)
        leaving = kicked.order[place]
        entering = kicked.order[(np.roll(place, 1, axis=1) + 1) % n]
        to = np.stack([entering, leaving], axis=2).reshape(len(place), -1)
        out = np.stack([leaving, entering], axis=2).reshape(len(place), -1)
        found.append(lookup(out[:, :, None], to[:, None]))
    return np.concatenate(found)[:number].astype(float)


def bridged(tour: Tour, rng: np.random.Generator) -> Tour:
    """Return a copy of a tour with a local double bridge at every fiftieth place or so."""
    order = tour.order.copy()
    for start in range(0, len(order) - 40, 50):
        a, b, c, d = start + np.cumsum([int(x) for x in rng.integers(1, 10, 4)])
        order[a:d] = np.concatenate([order[c:d], order[b:c], order[a:b]])
    return Tour(order)


if __name__ == "__main__":
    sys.exit(main())
