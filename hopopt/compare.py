"""Several methods on one problem, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from hopopt.minimize import minimize
from hopopt.motion import Status
from hopopt.problem import Method, Problem
from hopopt.result import Result, _plain

Row = dict[str, Any]
Tell = Callable[[str, int], object]


def compare(
    problem: Problem,
    methods: Sequence[str | Method] | None = None,
    *,
    seeds: int = 1,
    time_limit: float | None = None,
    callback: Tell | None = None,
) -> list[Row]:
    """Run methods with the same seeds on the same problem: one row a method, whatever happens.

    Parameters
    ----------
    problem : Problem
    methods : sequence of str or Method, optional
        By default every method in `problem.methods`, with its own defaults.
    seeds : int, default 1
        Each method runs with the seeds 0 … seeds − 1.
    time_limit : float, optional
        Seconds of wall time for each run, that is for one method with one seed.
    callback : callable, optional
        Called as ``callback(method_name, seed)`` before each run.

    Returns
    -------
    list of dict
        In the order of `methods`, with the keys problem, instance, n, optimum, method, pure,
        seeds, integrator, valid (how many runs found a feasible solution), best_cost, mean_cost,
        best_gap, mean_gap (fractions of the optimum; None where it is unknown), cpu_seconds,
        wall_seconds (means), status and message. Costs and gaps are those of the valid runs. Where
        a method refuses the problem or fails, its message is the reason and its status None. After
        Ctrl-C the methods that did not run have rows that say so.

    Raises
    ------
    ValueError, TypeError
        If a method is unknown, or `seeds` or `time_limit` is out of range, by name.

    Examples
    --------
    >>> from hopopt.compare import compare
    >>> from problems import TSP
    >>> square = TSP.from_points([[0, 0], [1, 1], [0, 1], [1, 0]])
    >>> rows = compare(square, ["auto", "ring"])
    >>> [(row["method"], row["valid"], row["best_cost"]) for row in rows]
    [('auto', 1, 4), ('ring', 1, 4)]
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(f"seeds must be a positive integer; got {seeds!r}")
    if time_limit is not None and not time_limit >= 0:
        raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
    rows: list[Row] = []
    for label, method in _entries(problem, methods):
        if rows and rows[-1]["status"] == Status.INTERRUPTED:
            outcome = _NOT_RUN
        else:
            outcome = _gather(_runs(problem, label, method, seeds, time_limit, callback))
        head = {
            "problem": problem.name,
            "instance": problem.instance,
            "n": problem.size,
            "optimum": _plain(problem.optimum),
            "method": label,
            "pure": method.pure,
            "seeds": seeds,
        }
        rows.append({**head, **outcome.account(problem.loss)})
    return rows


def _entries(problem: Problem, methods: Sequence[str | Method] | None) -> list[tuple[str, Method]]:
    if isinstance(methods, str):
        raise TypeError(f"methods must be a sequence of names or methods; got {methods!r}")
    wanted = list(problem.methods) if methods is None else list(methods)
    if not wanted:
        raise ValueError("methods must name at least one method; got none")
    return [(m if isinstance(m, str) else m.name, problem.method(m)) for m in wanted]


def _runs(
    problem: Problem,
    label: str,
    method: Method,
    seeds: int,
    time_limit: float | None,
    callback: Tell | None,
) -> Iterator[Result]:
    for seed in range(seeds):
        if callback is not None:
            callback(label, seed)
        yield minimize(problem, method, rng=seed, time_limit=time_limit)


@dataclass(frozen=True)
class _Outcome:
    """The runs of one method, and how they ended."""

    results: Sequence[Result]
    status: int | None
    message: str

    def account(self, loss: Callable[[float], float]) -> Row:
        """Return what the runs have in sum; None for what there is none of."""
        results = self.results
        valid = [result for result in results if result.success]
        costs = [float(result.fun) for result in valid]
        gaps = [gap for result in valid if (gap := result.gap) is not None]
        known = len(gaps) == len(valid) > 0
        return {
            "integrator": results[0].integrator if results else None,
            "valid": len(valid),
            "best_cost": _plain(min(costs, key=loss)) if costs else None,
            "mean_cost": _plain(fmean(costs)) if costs else None,
            "best_gap": min(gaps) if known else None,
            "mean_gap": fmean(gaps) if known else None,
            "cpu_seconds": round(fmean(r.cpu_seconds for r in results), 4) if results else None,
            "wall_seconds": round(fmean(r.wall_seconds for r in results), 4) if results else None,
            "status": self.status,
            "message": self.message,
        }


_NOT_RUN = _Outcome((), int(Status.INTERRUPTED), "Not run: interrupted before.")


def _gather(runs: Iterator[Result]) -> _Outcome:
    """Take the results of one method until it fails or is interrupted; say how it ended."""
    results: list[Result] = []
    try:
        for result in runs:
            results.append(result)
            if result.status == Status.INTERRUPTED:
                return _Outcome(results, result.status, result.message)
    except KeyboardInterrupt:
        when = "Interrupted." if results else "Interrupted before the first solution."
        return _Outcome(results, int(Status.INTERRUPTED), when)
    except Exception as error:
        refusal = isinstance(error, ValueError) and bool(str(error))
        reason = str(error) if refusal else f"{type(error).__name__}: {error}"
        return _Outcome(results, None, f"seed {len(results)}: {reason}" if results else reason)
    noted = next((result for result in results if result.status), results[0])
    return _Outcome(results, noted.status, noted.message)
