from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orphans import kill_parent, wait_for

from hopopt.solve.workers import Lost, check_workers, run_all


def square(x: int) -> int:
    return x * x


def process(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def fail(x: int) -> int:
    raise ZeroDivisionError(x)


def doze(task: tuple[int, Path]) -> int:
    """Say that it has begun, and sleep; hand in the negative number when interrupted."""
    x, folder = task
    try:
        (folder / str(x)).touch()
        time.sleep(60)
    except KeyboardInterrupt:
        if x == 0:
            raise
        return -x
    return x


@settings(max_examples=20)
@given(tasks=st.lists(st.integers(-9, 9)))
def test_answers_come_in_the_order_of_the_tasks(tasks: list[int]) -> None:
    expected = [x * x for x in tasks]
    with ThreadPoolExecutor(2) as pool:
        for workers in (1, map, pool.map, lambda f, t: [f(x) for x in t]):
            assert list(run_all(square, tasks, workers)) == expected


@pytest.mark.parametrize("workers", [2, 3, -1])
def test_processes_answer_in_order(workers: int) -> None:
    assert list(run_all(square, range(7), workers)) == [x * x for x in range(7)]
    pids = set(run_all(process, range(6), workers))
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= (workers if workers > 0 else os.cpu_count() or 1)


def test_a_slow_reader_loses_no_answer() -> None:
    answers = []
    for answer in run_all(square, range(7), 2):
        time.sleep(0.05)  # meanwhile every process has finished
        answers.append(answer)
    assert answers == [x * x for x in range(7)]


def test_one_task_needs_no_process() -> None:
    assert list(run_all(process, [0], 8)) == [os.getpid()]
    assert list(run_all(square, [], 1)) == []


def test_tasks_run_only_as_they_are_asked_for() -> None:
    started: list[int] = []
    answers = run_all(started.append, range(5), 1)
    next(answers)
    assert started == [0]


def test_errors_come_out_of_processes() -> None:
    with pytest.raises(ZeroDivisionError):
        list(run_all(fail, [1, 2, 3], 2))


LAST = """
from orphans import hold_pipe
from hopopt.solve.workers import run_all
list(run_all(hold_pipe, range(4), 2))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_no_worker_outlives_its_parent(tmp_path: Path) -> None:
    kill_parent(LAST, signal.SIGKILL, tmp_path)


def interrupted(numbers: Sequence[int], folder: Path) -> list[Any]:
    """Interrupt this process, and it alone, as soon as its two workers are at work."""
    folder.mkdir()

    def press() -> None:
        wait_for(lambda: len(list(folder.iterdir())) == 2)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    seen: list[Any] = []
    with pytest.raises(KeyboardInterrupt):
        drain(run_all(doze, [(x, folder) for x in numbers], 2), seen)
    thread.join()
    return seen


def drain(answers: Iterator[Any], into: list[Any]) -> None:
    for answer in answers:
        into.append(answer)


def test_interrupt_brings_in_what_the_processes_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def soon_told(running: Any, seconds: float | None = None, **how: Any) -> Any:
        """Wait for nobody who has not been told yet, and for the others as long as it takes."""
        told.append(seconds)
        return wait(running, None if seconds is None else 60.0 * (told.count(seconds) == 2), **how)

    told: list[float | None] = []
    monkeypatch.setattr("hopopt.solve.workers.wait", soon_told)
    assert interrupted([5, 7, 9, 11], tmp_path / "a") == [-5, -7]
    told.clear()
    assert interrupted([0, 7, 9], tmp_path / "b") == [None, -7]


def test_abandoned_processes_are_ended() -> None:
    answers = run_all(first_is_quick, range(3), 2)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    wait_for(lambda: not active_children())


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_idle_process_that_is_killed_holds_up_nobody() -> None:
    answers = run_all(first_is_quick, range(2), 2)
    first = next(answers)
    time.sleep(0.2)  # by now it waits for another task, with the queue locked
    os.kill(first, signal.SIGKILL)
    assert isinstance(next(answers), Lost)
    wait_for(lambda: not active_children())


def first_is_quick(x: int) -> int:
    """Return the process's number, at once or after an hour that only one interrupt shortens."""
    for _ in range(2 * (x > 0)):
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(3600)
    return os.getpid()


@pytest.mark.parametrize("workers", [0, -2, 1.0, "2", None, False])
def test_what_is_no_workers_is_refused(workers: Any) -> None:
    with pytest.raises(ValueError, match=r"workers must be a positive integer, -1, or map-like"):
        check_workers(workers)
