"""What a worker process does: one task after another, whatever signals and errors come."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import Any, Self, TypeVar

Error = TypeVar("Error", bound=BaseException)

DONE = b"."
ENDINGS = [getattr(signal, n) for n in ("SIGINT", "SIGHUP", "SIGTERM") if hasattr(signal, n)]


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


@dataclass(frozen=True)
class Failed:
    """Stands for the answer of a task that raised an error."""

    error: BaseException

    @classmethod
    def by(cls, error: BaseException) -> Self:
        """Return what can be sent of an error, and where it was raised."""
        told = portable(error)
        with suppress(Exception):
            told.add_note("".join(traceback.format_exception(error)))
        return cls(told)


def serve(line: Connection, theirs: Connection) -> None:
    """Be a worker, until nobody holds the other end any more, of which a fork has a copy.

    What is forked here lets go of this end, or else nobody could hear that the worker has died.
    """
    theirs.close()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=line.close)
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
        """Take one task after another, until there is none."""
        signal.set_wakeup_fd(-1)  # a fork's would wake its parent's event loop
        for number in ENDINGS:
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self.hear)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        while (message := self._message()) != DONE:
            try:
                answer = pickle.dumps(self._answer(message))
            except Exception as error:
                answer = pickle.dumps(Failed.by(error))
            with suppress(OSError):  # where nobody asks any more
                self.line.send_bytes(answer)
        if self.ended:
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
                answer = Failed.by(error)
            self.at_work = False
        except KeyboardInterrupt:  # at the last moment: the answer stands
            pass
        return answer
