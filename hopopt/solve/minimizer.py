"""The front door: restart a method on a problem and keep the best."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from hopopt.core.checks import check_counts, is_finite
from hopopt.core.clock import Deadline, now
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Counts, Monitor, Status
from hopopt.solve.endings import told, without
from hopopt.solve.exhaustive import least_of, until_solved
from hopopt.solve.method import Attempt, Method
from hopopt.solve.problem import Problem, Snapshot
from hopopt.solve.processes import Lost
from hopopt.solve.result import Result
from hopopt.solve.streams import RandomState, streams
from hopopt.solve.taken import begun
from hopopt.solve.workers import Workers, check_workers, run_all

Callback = Callable[[Snapshot], object]
ROUNDING, MOST_RESTARTS = 1e-12, 10**6


def minimize(
    problem: Problem,
    method: str | Method = "auto",
    *,
    pure: bool = False,
    restarts: int | None = None,
    workers: Workers = 1,
    rng: RandomState = None,
    time_limit: float | None = None,
    callback: Callback | None = None,
    bound: bool = False,
    initial: Any = None,
    **options: Any,
) -> Result:
    """Minimise a problem's cost, by the best method there is or by a Hopfield network alone.

    Parameters
    ----------
    problem : Problem
    method : str or Method, default "auto"
        A name in `problem.methods`, a method object, or "auto": the best for this instance, of
        whatever kind, which the result's `method` and `kind` tell.
    pure : bool, default False
        "auto" then is the best method that is pure (see `Method.kind`); others are refused.
    restarts : int, optional
        How often to attempt the problem; by default what the method thinks right.
    workers : int or map-like, default 1
        Processes for the restarts: a number, −1 for all cores, or any map: a pool's ``map``, dask's
        ``lambda f, t: client.gather(client.map(f, t))``, mpi4py's ``MPIPoolExecutor().map``. A
        single restart may use them inside (`Method.using`). The answer does not depend on it.
    rng : int or numpy.random.Generator, optional
        Seed (SPEC 7); each restart gets its own stream. None draws a seed, which the result names.
    time_limit : float, optional
        Seconds of wall time for everything; by default what the method thinks right, which is no
        limit for methods that end by themselves. At least one solution is always returned.
    callback : callable, optional
        Called with a `Snapshot` after each stage; StopIteration ends the solve and keeps the best.
        Refused where `workers` share the restarts.
    bound : bool, default False
        Whether to compute a cost that no solution can beat (`Problem.bound`), once the solve is
        over: the result then has a certified `gap_bound`. It may take `time_limit` again.
    initial : solution or Result, optional
        A feasible one, from a solve, a file (`Problem.read`) or a function of one call; one that
        breaks a constraint is refused, by its name and by how much (`Problem.violations`). Methods
        that can begin with it do: networks come to rest from it first. Where nothing better is
        found it is the answer, of kind "classical". By default `Problem.initial`.
    **options
        Passed to the method, whose class says which it takes (``help(problem.methods["ring"])``;
        all are listed in the documentation, "Methods and their options"), and by those that have a
        ``solver`` to that: ``solver="BDF"``, ``rtol=1e-6``, ….

    Returns
    -------
    Result
        Also after Ctrl-C: the best solution so far, with ``status`` saying so.

    Raises
    ------
    ValueError, TypeError
        On an unknown method or option, a method that is not pure where `pure` asks for it, or a
        value out of range, by name.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import TSP
    >>> result = minimize(TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]]), rng=0)
    >>> result.fun
    4.0
    """
    if not isinstance(problem, Problem):
        raise TypeError(f"problem must be a hopopt.Problem; got {problem!r}")
    if problem.optimum is not None and not is_finite(problem.optimum):
        raise ValueError(f"optimum must be a finite number; got {problem.optimum!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable; got {callback!r}")
    chosen = problem.method(method, pure=pure, **options)
    start, chosen = begun(problem, chosen, initial, pure)
    count = chosen.restarts(problem) if restarts is None else restarts
    check_counts(restarts=count)
    if count > MOST_RESTARTS:
        raise ValueError(f"restarts must be at most {MOST_RESTARTS}; got {count}: set a time_limit")
    if time_limit is not None and not _is_time(time_limit):
        raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
    check_workers(workers)
    inside = chosen.using(workers) if count == 1 and workers != 1 else None
    if inside is not None:
        chosen = inside
    if inside is not None or (count == 1 and not callable(workers)):
        workers = 1
    if callback is not None and workers != 1:
        raise ValueError(f"callback needs workers=1 where restarts are shared; got {workers!r}")
    seed, generators = streams(rng, count)
    wall = now()
    least = least_of(problem)
    limit = 0.0 if least == np.inf else time_limit  # there is nothing to be found
    deadline = None if limit is None else Deadline.after(limit)
    board = _Board(problem, callback, start, impossible=least == np.inf)
    tasks = [_Task(k, problem, chosen, g, deadline, least) for k, g in enumerate(generators)]
    run = board.run if workers == 1 else _run
    board.collect(run_all(run, tasks, workers), here=workers == 1)
    if not board.answers:
        board.collect(map(board.run, tasks[:1]), here=True)
    result = board.result(chosen, seed, now() - wall)
    return bounded(result, time_limit) if bound else result


def _is_time(seconds: object) -> bool:
    """Whether it is a number of seconds, which may be infinite."""
    number = is_finite(seconds) or (isinstance(seconds, Real) and seconds == np.inf)
    return number and isinstance(seconds, Real) and float(seconds) >= 0


def bounded(result: Result, time_limit: float | None = None) -> Result:
    """Return a result with a cost that no solution can beat; without it after Ctrl-C.

    Parameters
    ----------
    result : Result
    time_limit : float, optional
        Seconds that the bound may take.
    """
    try:
        if result.bound is None:
            return replace(result, bound=result.problem.bound(time_limit))
        return result
    except KeyboardInterrupt:
        message = f"Interrupted, without a bound. Before: {result.message}"
        return replace(result, status=int(Status.INTERRUPTED), message=message)


@dataclass(frozen=True)
class _Task:
    index: int
    problem: Problem
    method: Method
    rng: np.random.Generator
    deadline: Deadline | None
    least: float | None = None

    def until(self) -> float | None:
        """Return when a restart that begins now has to end."""
        budget = self.method.budget(self.problem)
        if budget is None or self.deadline is not None:
            return self.deadline
        return Deadline.after(budget)


FINAL = (Status.STOPPED, Status.INTERRUPTED, Status.OPTIMAL)
"""After which no other restart is needed."""


@dataclass(frozen=True)
class _Answer:
    attempt: Attempt
    cost: float
    feasible: bool
    cpu_seconds: float
    counts: Counts

    @property
    def nit(self) -> int:
        """Steps of the motions that ran, or else of what the method tells."""
        return self.counts.nit if self.counts.motions else self.attempt.nit

    @property
    def nfev(self) -> int:
        """Evaluations of the field, likewise."""
        return self.counts.nfev if self.counts.motions else self.attempt.nfev

    @property
    def integrator(self) -> str:
        """What moved the state: motions as they first ran, then what the method tells."""
        told = self.attempt.integrator
        names = [*self.counts.motions, *([] if told == "none" else [told])]
        return " + ".join(dict.fromkeys(names)) or told


def _run(task: _Task, monitor: Monitor | None = None) -> _Answer | None:
    """Run one restart; None where its time was over before it began (never for the first)."""
    if task.index and task.deadline is not None and now() > task.deadline:
        return None
    cpu = time.process_time()
    monitor = Monitor() if monitor is None else monitor
    monitor.deadline = task.until()
    if task.least is not None and task.least < np.inf:
        monitor.listener = until_solved(task.problem, task.least, monitor.listener)
    attempt = task.method.attempt(task.problem, task.rng, monitor)
    feasible = task.problem.feasible(attempt.x)
    worst = task.problem.loss(np.inf)
    cost = float(task.problem.cost(attempt.x)) if feasible else worst
    return _Answer(attempt, cost, feasible, time.process_time() - cpu, monitor.counts)


@dataclass
class _Board:
    """Collects the answers of the restarts and keeps the best."""

    problem: Problem
    callback: Callback | None
    initial: Any = None
    answers: list[_Answer] = field(default_factory=list)
    status: Status | None = None
    lost: int = 0
    impossible: bool = False

    @property
    def best(self) -> float:
        costs = (answer.cost for answer in self.answers)
        return min(costs, key=self.problem.loss, default=self.problem.loss(np.inf))

    def _rank(self, answer: _Answer) -> float:
        return self.problem.loss(answer.cost) if answer.feasible else np.inf

    def run(self, task: _Task) -> _Answer | None:
        """Run one restart in this process, telling the callback of every stage."""
        monitor = Monitor()
        if self.callback is None:
            return _run(task, monitor)
        callback, stages = self.callback, itertools.count()

        def listener(T: float, output: Callable[[], Array], decode: Callable[[Array], Any]) -> None:
            v = output()
            energy = float(np.min(monitor.rows[-1][3])) if monitor.rows else None
            solution = partial(decode, v)
            callback(Snapshot(task.index, next(stages), T, v, energy, self.best, solution))

        monitor.listener = listener
        return _run(task, monitor)

    def collect(self, answers: Iterator[_Answer | Lost | None], here: bool) -> None:
        """Take the answers as they come, until one says that the solve is over.

        Of several processes that are interrupted, all hand in what they have; of those that die,
        the others do. A proven optimum ends it in the order of the restarts, for any workers alike.
        """
        try:
            for answer in answers:
                if answer is None:
                    self.status = Status.TIME_LIMIT
                    continue
                if isinstance(answer, Lost):
                    self.lost += 1
                    continue
                self.answers.append(answer)
                if answer.attempt.status in FINAL:
                    self.status = answer.attempt.status
                    if here or self.status == Status.OPTIMAL:
                        break
        except KeyboardInterrupt:
            self.status = Status.INTERRUPTED
            if not self.answers:
                raise
        finally:
            close = getattr(answers, "close", None)
            with contextlib.suppress(Exception):
                close() if close else None

    def _initial(self) -> list[_Answer]:
        """Return the solution that was given as an answer that counts where none is as good."""
        if self.initial is None:
            return []
        attempt = Attempt(self.initial, self.answers[0].attempt.status, kind="classical")
        return [_Answer(attempt, float(self.problem.cost(self.initial)), True, 0.0, Counts())]

    def _lost(self) -> str:
        """Return what there is to say of the restarts whose processes died."""
        count = f"{self.lost} restart{'s' if self.lost > 1 else ''}"
        why = f"A worker process died (killed, or out of memory): {count} lost. "
        return why if self.lost else ""

    def result(self, method: Method, seed: int | None, wall: float) -> Result:
        """Return the best answer, with the account of all."""
        best = min([*self.answers, *self._initial()], key=self._rank)
        attempt = best.attempt
        status = self.status if self.status is not None else attempt.status
        if not best.feasible:
            status = without(Status.OPTIMAL if self.impossible else status)
        kind = attempt.kind or method.kind
        return Result(
            x=attempt.x,
            fun=best.cost,
            success=best.feasible,
            status=int(status),
            message=self._lost() + told(self.problem, best.cost, status, kind),
            nit=sum(a.nit for a in self.answers),
            nfev=sum(a.nfev for a in self.answers),
            method=method.name,
            integrator=best.integrator,
            kind=kind,
            valid_before_decoding=attempt.valid_before_decoding,
            output=attempt.output,
            energy=attempt.energy,
            trace=attempt.trace,
            funs=tuple(answer.cost for answer in self.answers),
            seed=seed,
            cpu_seconds=sum(a.cpu_seconds for a in self.answers),
            wall_seconds=wall,
            problem=self.problem,
            bound=attempt.bound if best.feasible else None,
        )
