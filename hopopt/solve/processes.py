"""Worker processes, each of which takes one task at a time over a pipe of its own.

They share no queue and no lock, and none holds another's end of a pipe: one that dies, whatever it
is at, costs its own task alone and holds up nobody. The pool of the standard library waits for ever
for one that dies as it hands in.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe, Process, get_start_method
from multiprocessing.connection import wait
from typing import Any, TypeVar

from hopopt.core.clock import now
from hopopt.solve.service import DONE, ENDINGS, Failed, serve

Task = TypeVar("Task")
Answer = TypeVar("Answer")
PATIENCE, GRACE = 1.0, 5.0
MOST = 60 if os.name == "nt" else 10**6  # as many pipes Windows waits for
_starting = threading.Lock()  # of one at a time: a fork meanwhile would hold its end of the pipe


class Lost(Exception):
    """Stands for the answer of a task whose worker died before it handed one in."""


def in_processes(
    function: Callable[[Task], Answer], tasks: Sequence[Task], count: int
) -> Iterator[Answer | Lost | None]:
    """Yield the answers of so many processes, in the order of the tasks, `Lost` where one died.

    None is given a task ahead of time. Ctrl-C reaches the tasks that run; what they hand in then is
    yielded, None for what left nothing, before it is raised here.
    """
    crew = _Crew(function, tasks, min(count, MOST))
    atexit.register(crew.end)
    index = 0
    try:
        for index in range(len(tasks)):
            crew.gather(0.0)
            crew.hand_out()
            while index not in crew.answers:
                crew.gather()
                crew.hand_out()
            yield crew.handed_in(index)
    except KeyboardInterrupt:
        crew.interrupt()
        for k in range(index, max(crew.answers, default=-1) + 1):
            yield crew.handed_in(k)
        raise
    finally:
        crew.end()
        atexit.unregister(crew.end)


class _Crew:
    """Workers, the answers that they have handed in, and how many tasks they were given."""

    def __init__(self, function: Callable[..., Any], tasks: Sequence[Any], count: int) -> None:
        self.function, self.tasks, self.count = function, tasks, count
        self.workers: list[_Worker] = []
        self.answers: dict[int, bytes | Lost] = {}
        self.waiting, self.owner = deque(range(len(tasks))), os.getpid()

    def hand_out(self) -> None:
        """Give the next tasks to those that have none, and to fresh ones for those that died."""
        self.workers = [w for w in self.workers if w.task is not None or w.process.is_alive()]
        idle = len(self.workers) - len(self.busy())
        for _ in range(min(self.count - len(self.workers), len(self.waiting) - idle)):
            with _starting, _deaf():
                self.workers.append(_Worker())
        for worker in self.workers:
            if worker.task is None and self.waiting:
                index = self.waiting.popleft()
                worker.give(index, self.function, self.tasks[index])

    def busy(self) -> list[_Worker]:
        return [worker for worker in self.workers if worker.task is not None]

    def gather(self, seconds: float | None = None) -> None:
        """Take the answers that are there, or wait for the first one, so many seconds at most."""
        busy = self.busy()
        ready = wait([worker.line for worker in busy], seconds)
        for worker in busy:
            if worker.line in ready:
                self._take(worker)

    def _take(self, worker: _Worker) -> None:
        """Take what a worker hands in; a task that it declines waits again."""
        index, message = worker.heard()
        if message and message != DONE:
            self.answers[index] = message
            return
        self.workers.remove(worker)
        code = worker.leave()
        if message:
            self.waiting.appendleft(index)
        else:
            told = f"a worker process ended with exit status {code}, without an answer"
            self.answers[index] = Lost(told)

    def handed_in(self, index: int) -> Any:
        """Return an answer, and forget it; None where there is none."""
        answer: Any = self.answers.get(index)
        if isinstance(answer, bytes):
            answer = pickle.loads(answer)
        if isinstance(answer, Failed):
            raise answer.error
        self.answers.pop(index, None)
        return answer

    def interrupt(self) -> None:
        """Wait for all that run, which may have heard Ctrl-C; tell those that have not."""
        self._wait_for_all(PATIENCE)
        for worker in self.busy():
            worker.process.terminate()
        self._wait_for_all(GRACE)

    def _wait_for_all(self, seconds: float) -> None:
        end = now() + seconds
        while self.busy() and (left := end - now()) > 0:
            self.gather(left)

    def end(self) -> None:
        """End every process: a task that nobody waits for is not waited for."""
        if os.getpid() != self.owner:  # a fork that came by a copy
            return
        for worker in self.busy():
            worker.process.kill()
        for worker in self.workers:
            worker.dismiss()
        while self.workers:
            self.workers.pop().leave()


class _Worker:
    """A process, this end of its pipe, and the number of the task that it is at, if any."""

    def __init__(self) -> None:
        self.task: int | None = None
        self.line, theirs = Pipe()
        with theirs:
            self.process = Process(target=serve, args=(theirs, self.line))
            try:
                self.process.start()
            except BaseException:
                self.line.close()  # by which one that nobody knows of ends
                raise

    def give(self, index: int, function: Callable[..., Any], task: Any) -> None:
        """Send a task; that it has died by now is heard of in place of the answer."""
        self.task = index
        message = pickle.dumps((function, task))
        try:
            self.line.send_bytes(message)
        except OSError:
            self.process.kill()

    def heard(self) -> tuple[int, bytes]:
        """Return the number of its task and what it sends back, nothing where it died."""
        index, self.task = self.task, None
        assert index is not None
        try:
            return index, self.line.recv_bytes()
        except (EOFError, OSError):
            return index, b""
        except BaseException:  # of half an answer nobody reads the rest
            self.process.kill()
            raise

    def dismiss(self) -> None:
        """Tell it to end, which it does between two tasks."""
        with suppress(OSError):
            self.line.send_bytes(DONE)

    def leave(self) -> int | None:
        """Wait for its end, of which its line tells, and see to it; return the exit status."""
        wait([self.line], GRACE)
        self.process.kill()
        self.process.join()
        self.line.close()
        return self.process.exitcode


@contextmanager
def _deaf() -> Iterator[None]:
    """Hold signals back from a process that starts, until it can take them.

    A fork server would hold them back from whatever it starts later.
    """
    if get_start_method() == "forkserver" or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _renew() -> None:
    """Let a fork start processes, whatever its parent was at."""
    global _starting
    _starting = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
