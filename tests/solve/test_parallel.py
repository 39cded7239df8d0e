from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orphans import kill_parent

from hopopt.solve.workers import check_workers, run_all


def square(x: int) -> int:
    return x * x


def process(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def fail(x: int) -> int:
    raise ZeroDivisionError(x)


def doze(x: int) -> int:
    """Sleep as long as it takes; hand in the negative number when interrupted."""
    try:
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


def interrupted(answers: Iterator[Any]) -> list[Any]:
    """Interrupt this process, and it alone, as soon as its workers are at work."""
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    seen: list[Any] = []
    with pytest.raises(KeyboardInterrupt):
        drain(answers, seen)
    timer.join()
    return seen


def drain(answers: Iterator[Any], into: list[Any]) -> None:
    for answer in answers:
        into.append(answer)


def test_interrupt_brings_in_what_the_processes_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopopt.solve.workers.GRACE", 0.3)
    before = time.monotonic()
    assert interrupted(run_all(doze, [5, 7, 9, 11], 2)) == [-5, -7]
    assert interrupted(run_all(doze, [0, 7, 9], 2)) == [None, -7]
    assert time.monotonic() - before < 30


def test_abandoned_processes_are_ended() -> None:
    before = time.monotonic()
    answers = run_all(_first_is_quick, range(3), 2)
    assert next(answers) == 0
    answers.close()  # type: ignore[attr-defined]
    assert time.monotonic() - before < 30


def _first_is_quick(x: int) -> int:
    time.sleep(60 if x else 0)
    return x


@pytest.mark.parametrize("workers", [0, -2, 1.0, "2", None, False])
def test_what_is_no_workers_is_refused(workers: Any) -> None:
    with pytest.raises(ValueError, match=r"workers must be a positive integer, -1, or map-like"):
        check_workers(workers)
