"""Memories in several threads: many recall at once, one learns alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar


class Turns:
    """Lets any number of readers in, or one writer.

    Examples
    --------
    >>> turns = Turns()
    >>> with turns.reading(), turns.reading():
    ...     turns.readers
    2
    """

    def __init__(self) -> None:
        self.readers = 0
        self._free = threading.Condition()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait until nobody writes; others may read."""
        with self._free:
            self.readers += 1
        try:
            yield
        finally:
            with self._free:
                self.readers -= 1
                self._free.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until nobody reads or writes, and keep all others out."""
        with self._free:
            self._free.wait_for(lambda: not self.readers)
            yield


class Shared:
    """An object that takes turns; neither copies nor pickles take the turns with them."""

    @property
    def _turns(self) -> Turns:
        turns: Turns = self.__dict__.setdefault("_taking_turns", Turns())
        return turns

    def __getstate__(self) -> dict[str, object]:
        return {name: part for name, part in vars(self).items() if name != "_taking_turns"}


S = TypeVar("S", bound=Shared)
P = ParamSpec("P")
R = TypeVar("R")


def reads(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a method run beside others that read."""

    @wraps(method)
    def taking_turns(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._turns.reading():
            return method(self, *args, **kwargs)

    return taking_turns


def writes(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a method run alone."""

    @wraps(method)
    def taking_turns(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._turns.writing():
            return method(self, *args, **kwargs)

    return taking_turns
