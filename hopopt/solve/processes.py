"""Worker processes, each of which takes one task at a time over a pipe of its own.

They share no queue and no lock: one that dies, whatever it is at, costs its own task alone and
holds up nobody. The pool of the standard library waits for ever for one that dies as it hands in.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe, Process, get_start_method, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from hopopt.core.clock import now

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Error = TypeVar("Error", bound=BaseException)

PATIENCE, GRACE = 1.0, 5.0
DONE = b"."
ENDINGS = [getattr(signal, n) for n in ("SIGINT", "SIGHUP", "SIGTERM") if hasattr(signal, n)]


class Lost(Exception):
    """Stands for the answer of a task whose worker died before it handed one in."""


@dataclass(frozen=True)
class _Failed:
    """Stands for the answer of a task that raised an error."""

    error: BaseException


def portable(error: Error) -> Error | RuntimeError:
    """Return an error that another process can read: itself, or one that says the same.

    Examples
    --------
    >>> portable(ValueError("no tour"))
    ValueError('no tour')
    """
    with suppress(Exception):
        pickle.loads(pickle.dumps(error))
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


def in_processes(
    function: Callable[[Task], Answer], tasks: Sequence[Task], count: int
) -> Iterator[Answer | Lost | None]:
    """Yield the answers of so many processes, in the order of the tasks, `Lost` where one died.

    None is given a task ahead of time. Ctrl-C reaches the tasks that run; what they hand in then is
    yielded, None for what left nothing, before it is raised here.
    """
    crew = _Crew(function, tasks, count)
    atexit.register(crew.end)
    index = 0
    try:
        for index in range(len(tasks)):
            crew.gather(0.0)
            crew.hand_out()
            while index not in crew.answers:
                crew.gather()
                crew.hand_out()
            yield _handed_in(crew.answers.pop(index))
    except KeyboardInterrupt:
        crew.interrupt()
        for k in range(index, max(crew.answers, default=-1) + 1):
            yield _handed_in(crew.answers.get(k))
        raise
    finally:
        crew.end()
        atexit.unregister(crew.end)


def _handed_in(answer: Any) -> Any:
    if isinstance(answer, _Failed):
        raise answer.error
    return answer


def _noted(error: BaseException) -> BaseException:
    """Return a portable error that tells where it was raised."""
    told = portable(error)
    with suppress(Exception):
        told.add_note("".join(traceback.format_exception(error)))
    return told


class _Crew(Generic[Task, Answer]):
    """Workers, the answers that they have handed in, and how many tasks they were given."""

    def __init__(
        self, function: Callable[[Task], Answer], tasks: Sequence[Task], count: int
    ) -> None:
        self.function, self.tasks, self.count = function, tasks, count
        self.workers: list[_Worker] = []
        self.answers: dict[int, Any] = {}
        self.waiting, self.owner = deque(range(len(tasks))), os.getpid()

    def hand_out(self) -> None:
        """Give the next tasks to those that have none, and to fresh ones for those that died."""
        self.workers = [w for w in self.workers if w.task is not None or w.process.is_alive()]
        idle = len(self.workers) - len(self.busy())
        for _ in range(min(self.count - len(self.workers), len(self.waiting) - idle)):
            with _deaf():
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
            self.answers[index] = pickle.loads(message)
            return
        self.workers.remove(worker)
        code = worker.leave()
        if message:
            self.waiting.appendleft(index)
        else:
            told = f"a worker process ended with exit status {code}, without an answer"
            self.answers[index] = Lost(told)

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
        self.process = Process(target=_serve, args=(theirs, self.line))
        self.process.start()
        theirs.close()

    def give(self, index: int, function: Callable[..., Any], task: Any) -> None:
        """Send a task; that it has died by now is heard of in place of the answer."""
        self.task = index
        with suppress(OSError):
            self.line.send((function, task))

    def heard(self) -> tuple[int, bytes]:
        """Return the number of its task and what it sends back, nothing where it died."""
        index, self.task = self.task, None
        assert index is not None
        with suppress(EOFError, OSError):
            return index, self.line.recv_bytes()
        return index, b""

    def dismiss(self) -> None:
        """Tell it to end, which it does between two tasks."""
        with suppress(OSError):
            self.line.send_bytes(DONE)

    def leave(self) -> int | None:
        """Wait for its end, and see to it; return the exit status."""
        self.process.join(GRACE)
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


def _serve(line: Connection, theirs: Connection) -> None:
    """Be a worker, until nobody holds the other end any more, of which a fork has a copy."""
    theirs.close()
    threading.Thread(target=_outlive_nobody, daemon=True).start()
    _Service(line).run()


def _outlive_nobody() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class _Service:
    """What a worker does, and how it takes signals, unless they are ignored here.

    Each interrupts a task, once: a second one would spoil what is handed in. Between two tasks they
    are nothing to it, except for SIGTERM, after which it takes no other task.
    """

    def __init__(self, line: Connection) -> None:
        self.line = line
        self.idle = self.at_work = self.ended = False

    def run(self) -> None:
        for number in ENDINGS:
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self.hear)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        while (message := self._message()) != DONE:
            try:
                answer = pickle.dumps(self._answer(message))
            except Exception as error:
                answer = pickle.dumps(_Failed(portable(error)))
            with suppress(OSError):  # where nobody asks any more
                self.line.send_bytes(answer)
        self._decline()

    def hear(self, number: int, frame: Any) -> None:
        self.ended |= number == signal.SIGTERM
        if self.ended and self.idle:
            self._decline()
            os._exit(128 + number)
        if self.at_work:
            self.at_work = False
            raise KeyboardInterrupt

    def _decline(self) -> None:
        """Tell that no other task will be begun: one may be on its way."""
        with suppress(OSError):
            self.line.send_bytes(DONE)

    def _message(self) -> bytes:
        """Return the next task, in pickle, or that there is none."""
        message, self.idle = DONE, True
        with suppress(EOFError, OSError):
            message = DONE if self.ended else self.line.recv_bytes()
        self.idle = False
        return message

    def _answer(self, message: bytes) -> Any:
        """Do a task; None where a signal leaves nothing of it."""
        answer = None
        try:
            try:
                function, task = pickle.loads(message)
                self.at_work = True
                answer = None if self.ended else function(task)
            except KeyboardInterrupt:
                pass
            except BaseException as error:
                answer = _Failed(_noted(error))
            self.at_work = False
        except KeyboardInterrupt:  # at the last moment: the answer stands
            pass
        return answer
