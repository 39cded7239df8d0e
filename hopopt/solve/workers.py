"""`workers=`: an integer, or anything that maps."""

from __future__ import annotations

import math
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from functools import partial
from itertools import islice
from multiprocessing import active_children, parent_process
from typing import Any, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Workers = int | Callable[..., Iterable[Any]]

GRACE = 1.0
DEATHS = ("KilledWorker",)


class Lost(Exception):
    """Stands for the answer of a task whose worker died before it handed one in."""


def run_all(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Workers
) -> Iterator[Answer | Lost | None]:
    """Yield the answers in the order of the tasks; `Lost` where a worker died over one.

    Parameters
    ----------
    function, tasks
        What to do; both must be picklable where `workers` leaves the process.
    workers : int or map-like callable
        1 runs here, one task after another; more start a process pool; −1 one process a core.
        A callable is used as ``workers(function, tasks)``: `multiprocessing.Pool().map`,
        ``lambda f, t: client.gather(client.map(f, t))`` for a dask client,
        `mpi4py.futures.MPIPoolExecutor().map`.
    """
    if callable(workers):
        yield from _mapped(function, tasks, workers)
    elif workers == 1 or len(tasks) == 1:
        yield from map(function, tasks)
    else:
        refuse_unpicklable(tasks[0])
        count = min(os.cpu_count() or 1 if workers == -1 else workers, len(tasks))
        yield from _in_processes(function, tasks, count)


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


def _in_processes(
    function: Callable[[Task], Answer], tasks: Sequence[Task], count: int
) -> Iterator[Answer | Lost | None]:
    """Yield the answers of worker processes, none of which is given a task ahead of time.

    Ctrl-C reaches the tasks that run; what they hand in then is yielded before it is raised here.
    Where a process dies, those that run are lost with it, and fresh ones take the tasks that wait.
    """
    before = set(active_children())
    pool, waiting = ProcessPoolExecutor(count, initializer=_settle), iter(tasks)

    def submit(number: int) -> Iterator[Future[Answer | None]]:
        nonlocal pool
        for task in islice(waiting, number):
            try:
                future = pool.submit(_interruptible, function, task)
            except BrokenExecutor:
                pool.shutdown(wait=False)
                pool = ProcessPoolExecutor(count, initializer=_settle)
                future = pool.submit(_interruptible, function, task)
            yield future

    order = deque(submit(count))
    running = set(order)
    try:
        while order:
            running = {future for future in running if not future.done()}
            fresh = list(submit(count - len(running)))
            order.extend(fresh)
            running.update(fresh)
            if order[0].done():
                yield _handed_in(order.popleft())
            else:
                wait(running, return_when=FIRST_COMPLETED)
    except KeyboardInterrupt:
        if wait(running, GRACE).not_done:
            for process in set(active_children()) - before:
                os.kill(process.pid or 0, signal.SIGINT)
            wait(running, GRACE)
        yield from (_handed_in(future) for future in order if future.done())
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if not all(future.done() for future in running):
            for process in set(active_children()) - before:
                process.kill()  # a task may outlive what is softer


def _handed_in(future: Future[Any]) -> Any:
    """Return the answer of a task that is done, `Lost` where its process died."""
    try:
        return future.result()
    except BrokenExecutor as error:
        return Lost(error)


def _settle() -> None:
    """Make a fresh worker deaf to Ctrl-C, and end it when its parent is gone."""
    _ignore_interrupts()
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _ignore_interrupts() -> None:
    """Let an idle worker be deaf to Ctrl-C, which its tasks are not, and mortal otherwise."""
    _on(signal.SIG_IGN, signal.SIG_DFL)


def _on(interrupt: Any, end: Any) -> None:
    """Say what Ctrl-C and a closed terminal do, and what SIGTERM does."""
    for name, handler in (("SIGINT", interrupt), ("SIGHUP", interrupt), ("SIGTERM", end)):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def _end_soon(number: int, frame: Any) -> None:
    """Let the task hand in what it has; the kernel ends the process when nobody waits any more.

    A pool that breaks sends SIGTERM, then waits for every worker's end, and what waits for a task
    at a queue that the dead one had locked would never come to its own.
    """
    signal.alarm(math.ceil(2 * GRACE))
    signal.default_int_handler(number, frame)


def _interruptible(function: Callable[[Task], Answer], task: Task) -> Answer | None:
    """Run a task in a worker; None where Ctrl-C or SIGTERM leaves nothing of it."""
    _on(signal.default_int_handler, _end_soon)
    try:
        return function(task)
    except KeyboardInterrupt:
        return None
    finally:
        _ignore_interrupts()


def run_safely(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Workers
) -> list[Answer | Exception]:
    """Return the answers in the order of the tasks, an exception in place of each that failed.

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
    >>> run_safely(abs, [-1, 2], 1)
    [1, 2]
    """
    answers: list[Answer | Exception] = []
    try:
        for answer in run_all(partial(_guarded, function), tasks, workers):
            answers.append(Lost("interrupted") if answer is None else answer)
    except Exception as error:
        answers += [error] * (len(tasks) - len(answers))
    return answers


def _guarded(function: Callable[[Task], Answer], task: Task) -> Answer | Exception:
    try:
        return function(task)
    except Exception as error:
        return error


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
