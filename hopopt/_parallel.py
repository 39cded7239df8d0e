"""`workers=`: an integer, or anything that maps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Workers = int | Callable[..., Iterable[Any]]


def run_all(
    function: Callable[[Task], Answer], tasks: Sequence[Task], workers: Workers
) -> Iterator[Answer]:
    """Yield the answers in the order of the tasks.

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
        yield from workers(function, tasks)
    elif workers == 1 or len(tasks) == 1:
        yield from map(function, tasks)
    else:
        count = None if workers == -1 else min(workers, len(tasks))
        pool = ProcessPoolExecutor(count)
        try:
            yield from pool.map(function, tasks)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def check_workers(workers: Workers) -> None:
    """Refuse what is neither a map nor a number of processes."""
    if callable(workers):
        return
    if isinstance(workers, bool) or not isinstance(workers, int) or (workers < 1 and workers != -1):
        raise ValueError(f"workers must be a positive integer, -1, or map-like; got {workers!r}")
