"""Several methods on one problem, side by side, each run under the same budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any

from hopopt.core.checks import check_counts
from hopopt.core.motion import Status
from hopopt.solve.isolation import run_apart
from hopopt.solve.method import KINDS, Method
from hopopt.solve.problem import Problem
from hopopt.solve.result import Result, plain
from hopopt.solve.trial import Run, Trial, run_here

Row = dict[str, Any]
Tell = Callable[[str, int], object]
TimeLimit = float | Sequence[float] | None

TIME_LIMIT = 10.0


@dataclass(frozen=True, eq=False)
class Entry:
    """One method on one problem under one time limit: its runs, and their account.

    Attributes
    ----------
    problem : Problem
    label : str
        The method's name; "auto (NAME)" where "auto" was asked for.
    method : Method
    time_limit : float or None
        Seconds for each run.
    seeds : int
        How many runs there should be.
    runs : tuple of Run
        Those that there were: none where the method refused the problem, or after Ctrl-C.
    note : str
        Why there is none.
    """

    problem: Problem
    label: str
    method: Method
    time_limit: float | None
    seeds: int
    runs: tuple[Run, ...]
    note: str = ""

    @property
    def results(self) -> list[Result]:
        """Return the results of the runs that gave one."""
        return [run.result for run in self.runs if run.result is not None]

    @property
    def best(self) -> Result | None:
        """The result of lowest cost, or of highest where the problem asks for it."""
        valid = [result for result in self.results if result.success]
        return min(valid, key=lambda r: self.problem.loss(r.fun), default=None)

    def row(self) -> Row:
        """Return the account in plain types, ready for JSON; None for what there is none of."""
        results, best = self.results, self.best
        valid = [result for result in results if result.success]
        gaps = [gap for result in valid if (gap := result.gap) is not None]
        known = len(gaps) == len(valid) > 0
        status, message = self._ending()
        return {
            "problem": self.problem.name,
            "instance": self.problem.instance,
            "n": self.problem.size,
            "optimum": plain(self.problem.optimum),
            "method": self.label,
            "kind": self.method.kind,
            "pure": self.method.pure,
            "time_limit": self.time_limit,
            "seeds": self.seeds,
            "integrator": results[0].integrator if results else None,
            "valid": len(valid),
            "best_cost": None if best is None else plain(best.fun),
            "mean_cost": plain(fmean(r.fun for r in valid)) if valid else None,
            "best_gap": min(gaps) if known else None,
            "mean_gap": fmean(gaps) if known else None,
            "cpu_seconds": round(fmean(r.cpu_seconds for r in results), 4) if results else None,
            "wall_seconds": round(fmean(r.wall_seconds for r in results), 4) if results else None,
            "status": status,
            "message": message,
            "runs": [_account(run) for run in self.runs],
        }

    def _ending(self) -> tuple[int | None, str]:
        """Return the status and message of the first run that is worth a note, else of any."""
        if not self.runs:
            return (int(Status.INTERRUPTED) if self.note == _NOT_RUN else None), self.note
        ranks = {None: 2, int(Status.INTERRUPTED): 3, int(Status.CONVERGED): 0}
        noted = max(self.runs, key=lambda run: ranks.get(run.status, 1))
        alike = all(run.message == noted.message for run in self.runs)
        where = "" if alike or noted.result is not None else f"seed {noted.seed}: "
        return noted.status, where + noted.message


_NOT_RUN = "Not run: interrupted before."


def _account(run: Run) -> Row:
    result = run.result
    return {
        "seed": run.seed,
        "valid": result is not None and result.success,
        "cost": None if result is None else plain(result.fun),
        "gap": None if result is None else result.gap,
        "cpu_seconds": None if result is None else round(result.cpu_seconds, 4),
        "wall_seconds": None if result is None else round(result.wall_seconds, 4),
        "status": run.status,
        "message": run.message,
    }


def compare(
    problem: Problem,
    methods: Sequence[str | Method] | None = None,
    *,
    pure: bool = False,
    seeds: int = 1,
    time_limit: TimeLimit = TIME_LIMIT,
    isolated: bool = True,
    callback: Tell | None = None,
) -> list[Row]:
    """Run methods with the same seeds and budget on the same problem: one row a method.

    Every run has a process of its own with one BLAS thread, is warmed up on a small instance, and
    is ended when it has used half as much CPU time again as it was given, and one second. A method
    that refuses, fails, is killed or is cut off has its row like any other.

    Parameters
    ----------
    problem : Problem
    methods : sequence of str or Method, optional
        By default every method in `problem.methods`, with its own defaults; those of packages that
        are not installed say so. Rows name the method that "auto" has chosen.
    pure : bool, default False
        Pure methods only (see `Method.kind`); one that is asked for by name and is not is refused.
    seeds : int, default 1
        Each method runs with the seeds 0 … seeds − 1.
    time_limit : float or sequence of float, default 10
        Seconds that each run is given, that is one method with one seed. Methods hold it in wall
        time; with one thread they use no more CPU time. With several limits there is a row for
        each. None gives every method what it takes by itself, and nothing is cut off.
    isolated : bool, default True
        False runs everything in this process, without warm-up and without cutting anything off.
    callback : callable, optional
        Called as ``callback(method_name, seed)`` before each run.

    Returns
    -------
    list of dict
        Pure methods first, then hybrids, then classical ones, those of a kind in the order of
        `methods`, then of `time_limit`; with the keys problem, instance, n, optimum, method, kind,
        pure, time_limit, seeds, integrator, valid (how many runs found a feasible solution),
        best_cost, mean_cost, best_gap, mean_gap (fractions of the optimum; None where it is
        unknown), cpu_seconds, wall_seconds (means), status, message and runs (a dict for each
        seed). Costs and gaps are those of the valid runs.
        Where a method refuses the problem or fails, its message is the reason and its status None.
        After Ctrl-C the methods that did not run have rows that say so.

    Raises
    ------
    ValueError, TypeError
        If a method is unknown, or `seeds` or `time_limit` is out of range, by name.

    Examples
    --------
    >>> from hopopt.solve.comparison import compare
    >>> from problems import TSP
    >>> square = TSP.from_points([[0, 0], [1, 1], [0, 1], [1, 0]])
    >>> rows = compare(square, ["two-opt", "ring"], isolated=False)
    >>> [(row["method"], row["kind"], row["valid"], row["best_cost"]) for row in rows]
    [('ring', 'pure', 1, 4), ('two-opt', 'classical', 1, 4)]
    """
    entries = measure(
        problem,
        methods,
        pure=pure,
        seeds=seeds,
        time_limit=time_limit,
        isolated=isolated,
        callback=callback,
    )
    return [entry.row() for entry in entries]


def measure(
    problem: Problem,
    methods: Sequence[str | Method] | None = None,
    *,
    pure: bool = False,
    seeds: int = 1,
    time_limit: TimeLimit = TIME_LIMIT,
    isolated: bool = True,
    callback: Tell | None = None,
) -> list[Entry]:
    """Return what `compare` makes its rows of, with the solutions: `report.write_report` draws it.

    Parameters, order and errors are those of `compare`.
    """
    check_counts(seeds=seeds)
    run = run_apart if isolated else run_here
    entries: list[Entry] = []
    over = False
    for (label, method), limit in product(_methods(problem, methods, pure), _limits(time_limit)):
        refusal = _NOT_RUN if over else method.refusal(problem) or ""
        trials = [Trial(problem, method, seed, limit) for seed in range(seeds)]
        runs = () if refusal else tuple(_runs(run, label, trials, callback))
        entries.append(Entry(problem, label, method, limit, len(trials), runs, refusal))
        over = over or any(done.status == Status.INTERRUPTED for done in runs)
    return entries


def _methods(
    problem: Problem, methods: Sequence[str | Method] | None, pure: bool
) -> list[tuple[str, Method]]:
    """Return labels and methods, those of one kind together."""
    if isinstance(methods, str):
        raise TypeError(f"methods must be a sequence of names or methods; got {methods!r}")
    every = problem.pure_methods() if pure else list(problem.methods)
    wanted = every if methods is None else list(methods)
    if not wanted:
        raise ValueError("methods must name at least one method; got none")
    chosen = [(name, problem.method(name, pure=pure)) for name in wanted]
    named = [(f"auto ({m.name})" if name == "auto" else m.name, m) for name, m in chosen]
    return sorted(named, key=lambda pair: list(KINDS).index(pair[1].kind))


def _limits(time_limit: TimeLimit) -> list[float | None]:
    limits: list[float | None] = [*time_limit] if isinstance(time_limit, Sequence) else [time_limit]
    if not limits:
        raise ValueError("time_limit must hold at least one number of seconds; got none")
    for limit in limits:
        if limit is not None and not limit >= 0:
            raise ValueError(f"time_limit must be nonnegative seconds; got {limit!r}")
    return limits


def _runs(
    run: Callable[[Trial], Run], label: str, trials: Sequence[Trial], callback: Tell | None
) -> Iterator[Run]:
    """Yield the runs of one method, up to the one that Ctrl-C ends."""
    for trial in trials:
        try:
            if callback is not None:
                callback(label, trial.seed)
            done = run(trial)
        except KeyboardInterrupt:
            done = Run.interrupted(trial)
        yield done
        if done.status == Status.INTERRUPTED:
            return
