from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Process, active_children, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orphans import kill_parent, wait_for

from hopopt.solve.processes import Lost
from hopopt.solve.workers import check_workers, run_all, run_safely

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


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


@posix
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


@posix
def test_interrupt_brings_in_what_the_processes_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("hopopt.solve.processes.PATIENCE", 0.0)  # nobody else tells them
    monkeypatch.setattr("hopopt.solve.processes.GRACE", 600.0)
    assert interrupted([5, 7, 9, 11], tmp_path / "a") == [-5, -7]
    assert interrupted([0, 7, 9], tmp_path / "b") == [None, -7]
    assert interrupted([7, 0, 9], tmp_path / "c") == [-7, None]


def test_abandoned_processes_are_ended(tmp_path: Path) -> None:
    before = set(active_children())
    answers = run_all(wait_at, [None, tmp_path / "never", tmp_path / "never"], 2)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert set(active_children()) <= before


class Deadly:
    """A task that ends the process that reads it."""

    def __reduce__(self) -> Any:
        return os._exit, (9,)


def hand_in_half(line: Connection, message: Any, write: Any = None) -> None:
    os.write(line.fileno(), bytes(message)[: len(message) // 2])
    os._exit(9)


def perform(task: Any) -> Any:
    if task == "die at work":
        os._exit(9)
    if task == "die handing in":
        Connection._send = hand_in_half  # type: ignore[attr-defined]
    return task


@posix
@pytest.mark.parametrize(
    "deadly", [Deadly(), "die at work", "die handing in"], ids=["reading", "at work", "handing in"]
)
def test_a_worker_that_dies_costs_its_own_task_alone(deadly: Any) -> None:
    first, lost, *others = run_all(perform, [0, deadly, 2, 3, 4], 2)
    assert (first, others) == (0, [2, 3, 4])
    assert isinstance(lost, Lost)
    assert "exit status 9" in str(lost)


def die_before_a_child(note: Path) -> None:
    child = os.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)
    note.write_text(str(child))
    os._exit(9)


@posix
def test_a_worker_that_its_child_outlives_is_lost_at_once(tmp_path: Path) -> None:
    notes = [tmp_path / name for name in "ab"]
    for answer, note in zip(run_all(die_before_a_child, notes, 2), notes, strict=True):
        assert isinstance(answer, Lost)
        os.kill(int(note.read_text()), signal.SIGKILL)  # which is still there


class Alone(Process):
    """No other may begin meanwhile: as a fork it would hold this one's end of the pipe."""

    beginning = threading.Lock()

    def start(self) -> None:
        assert self.beginning.acquire(blocking=False)
        time.sleep(0.01)
        super().start()
        self.beginning.release()


def test_crews_of_several_threads_do_not_wait_for_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hopopt.solve.processes.Process", Alone)
    with ThreadPoolExecutor(4) as pool:
        crews = pool.map(lambda _: list(run_all(perform, [0, "die at work", 2], 2)), range(4))
        assert all((first, last) == (0, 2) for first, _, last in crews)


@posix
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_worker_that_dies_between_two_tasks_costs_nothing(name: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    answers = run_all(wait_at, [None, go], 2)
    first = next(answers)
    os.kill(first, getattr(signal, name))
    wait_for(lambda: first not in {process.pid for process in active_children()})
    go.touch()
    assert isinstance(next(answers), int)
    assert list(answers) == []


def wait_at(gate: Path | None) -> int:
    """Return the process's number, as soon as a file is there."""
    while gate and not gate.exists():
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(0.02)
    return os.getpid()


def signalled(names: Sequence[str]) -> int:
    """Return the process's number in spite of signals."""
    try:
        os.kill(os.getpid(), getattr(signal, names[0]))
        return -os.getpid()
    except KeyboardInterrupt:
        for name in names[1:]:
            os.kill(os.getpid(), getattr(signal, name))
        return os.getpid()


@posix
def test_signals_interrupt_a_task_once_and_some_end_its_worker_after_it() -> None:
    tasks = [("SIGTERM",), ("SIGINT", "SIGINT", "SIGTERM"), ("SIGHUP", "SIGINT")]
    numbers = list(run_all(signalled, [*tasks, *tasks], 2))
    assert all(isinstance(number, int) and number > 0 for number in numbers), numbers
    assert len(set(numbers)) == 5


@posix
def test_a_signal_there_does_not_wake_an_event_loop_here() -> None:
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    os.set_blocking(theirs, False)
    before = signal.set_wakeup_fd(theirs)
    try:
        assert all(number > 0 for number in run_all(signalled, [("SIGHUP",)] * 2, 2))
        with pytest.raises(BlockingIOError):
            os.read(ours, 1)
    finally:
        signal.set_wakeup_fd(before)
        os.close(ours)
        os.close(theirs)


@posix
def test_a_signal_that_is_ignored_here_is_ignored_there() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert all(number < 0 for number in run_all(signalled, [("SIGHUP",)] * 2, 2))
    finally:
        signal.signal(signal.SIGHUP, before)


class Odd(Exception):
    """Cannot be read where it is sent to."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def oddly(x: int) -> Any:
    if x > 1:
        raise Odd(x, 2)
    return lambda: x


class Unreadable:
    """Cannot be sent to where it is worked at, unless it is the first."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        if self.number:
            raise OSError("its file is gone")
        return Unreadable, (0,)


def test_what_cannot_be_sent_there_is_told() -> None:
    with pytest.raises(OSError, match="its file is gone"):
        list(run_all(perform, [Unreadable(k) for k in range(3)], 2))


def test_what_cannot_be_sent_back_is_told() -> None:
    with pytest.raises(RuntimeError, match="Odd: 5 and 2") as caught:
        list(run_all(oddly, [5, 6], 2))
    assert "in oddly" in "".join(caught.value.__notes__)
    with pytest.raises((AttributeError, pickle.PicklingError), match="oddly"):
        list(run_all(oddly, [0, 1], 2))
    assert [str(error) for error in run_safely(oddly, [5, 6], 2)] == [
        "Odd: 5 and 2",
        "Odd: 6 and 2",
    ]


class Hasty(Process):
    """Ctrl-C comes as soon as it has begun."""

    def start(self) -> None:
        super().start()
        raise KeyboardInterrupt


def test_a_process_that_nobody_knows_of_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopopt.solve.processes.Process", Hasty)
    before = set(active_children())
    with pytest.raises(KeyboardInterrupt) as caught:
        list(run_all(square, range(3), 2))
    wait_for(lambda: set(active_children()) <= before)
    assert caught.tb  # which holds what had begun


def test_processes_may_be_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    context = get_context("spawn")
    for name in ("Process", "get_start_method"):
        monkeypatch.setattr(f"hopopt.solve.processes.{name}", getattr(context, name))
    assert list(run_all(perform, [0, Deadly(), 2], 2))[::2] == [0, 2]


@pytest.mark.parametrize("workers", [0, -2, 1.0, "2", None, False])
def test_what_is_no_workers_is_refused(workers: Any) -> None:
    with pytest.raises(ValueError, match=r"workers must be a positive integer, -1, or map-like"):
        check_workers(workers)
