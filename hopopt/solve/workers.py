"""`workers=`: an integer, or anything that maps."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import Any, TypeVar

from hopopt.solve.processes import Lost, in_processes
from hopopt.solve.service import portable

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Workers = int | Callable[..., Iterable[Any]]

DEATHS = ("KilledWorker",)


def run_all(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Workers
) -> Iterator[Answer | Lost | None]:
    """Yield the answers in the order of the tasks; `Lost` where a worker died over one.

    Parameters
    ----------
    function, tasks
        What to do; both must be picklable where `workers` leaves the process.
    workers : int or map-like callable
        1 runs here, one task after another; more start so many processes; −1 one a core.
        A callable is used as ``workers(function, tasks)``: `multiprocessing.Pool().map`,
        ``lambda f, t: client.gather(client.map(f, t))`` for a dask client,
        `mpi4py.futures.MPIPoolExecutor().map`.
    """
    if callable(workers):
        yield from _mapped(function, tasks, workers)
    elif workers == 1 or len(tasks) <= 1:
        yield from map(function, tasks)
    else:
        refuse_unpicklable(tasks[0])
        count = min(os.cpu_count() or 1 if workers == -1 else workers, len(tasks))
        yield from in_processes(function, tasks, count)


def refuse_unpicklable(task: object) -> None:
    """Refuse what cannot be sent to a worker process, with advice.

    Examples
    --------
    >>> refuse_unpicklable(lambda a, b: 1.0)
    Traceback (most recent call last):
    ValueError: workers must be 1 where a part of the problem cannot be sent to another process: \
define lambdas and inner functions by def at the top of a module
    """
    try:
        pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            "workers must be 1 where a part of the problem cannot be sent to another process: "
            "define lambdas and inner functions by def at the top of a module"
        ) from error


def _mapped(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Callable[..., Iterable[Any]]
) -> Iterator[Answer | Lost]:
    """Yield the answers of somebody else's map, as far as it comes."""
    done = 0
    try:
        for answer in workers(function, tasks):
            done += 1
            yield answer
    except Exception as error:
        if not isinstance(error, BrokenExecutor) and type(error).__name__ not in DEATHS:
            raise
        yield from (Lost(error) for _ in tasks[done:])


def run_safely(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Workers
) -> Iterator[Answer | Exception]:
    """Yield the answers in the order of the tasks, an exception in place of each that failed.

    Where a worker dies, or the map itself fails, the tasks that were still to be answered count as
    failed; those before keep their answers.

    Parameters
    ----------
    function : callable
        Of one task; it must be picklable where there is more than one worker.
    tasks : sequence
    workers : int or callable
        Processes, −1 for one a core, or a map of its own.

    Examples
    --------
    >>> list(run_safely(abs, [-1, 2], 1))
    [1, 2]
    """
    done = 0
    try:
        for answer in run_all(partial(_guarded, function), tasks, workers):
            done += 1
            yield Lost("interrupted") if answer is None else answer
    except Exception as error:
        yield from [error] * (len(tasks) - done)


def _guarded(function: Callable[[Task], Answer], task: Task) -> Answer | Exception:
    try:
        return function(task)
    except Exception as error:
        return portable(error)


def check_workers(workers: Workers) -> None:
    """Refuse what is neither a map nor a number of processes.

    Examples
    --------
    >>> check_workers(2)
    >>> check_workers(0)
    Traceback (most recent call last):
    ValueError: workers must be a positive integer, -1, or map-like; got 0
    """
    if callable(workers):
        return
    if isinstance(workers, bool) or not isinstance(workers, int) or (workers < 1 and workers != -1):
        raise ValueError(f"workers must be a positive integer, -1, or map-like; got {workers!r}")
