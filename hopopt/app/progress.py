"""The line that the command writes on a terminal while it works."""

from __future__ import annotations

import logging
import shutil
from types import TracebackType
from typing import Self, TextIO

from hopopt.app.streams import escaped
from hopopt.app.text import number
from hopopt.core.clock import now
from hopopt.solve.problem import Problem, Snapshot

INTERVAL, SHARE = 0.1, 20.0
LOGGER = logging.getLogger("hopopt")


class Progress(logging.Handler):
    """One line on a terminal that is written again and again, and cleared at the end.

    What the library logs meanwhile has a line of its own. On anything but a terminal it writes
    nothing.
    """

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self.stream = stream if stream is not None and stream.isatty() else None
        self.due, self.shown = 0.0, 0
        self.best: float | None = None

    def __enter__(self) -> Self:
        if self.stream is not None:
            LOGGER.addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        LOGGER.removeHandler(self)
        self._clear()

    def show(self, text: str) -> None:
        """Write a line, unless the last one is younger than a tenth of a second."""
        if now() >= self.due:
            self._write(text)
            self.due = now() + INTERVAL

    def stage(self, snapshot: Snapshot, restarts: int, problem: Problem) -> None:
        """Write where a solve is, and the cost of the best solution so far."""
        began = now()
        if self.stream is None or began < self.due:
            return
        place = f"restart {snapshot.restart + 1}/{restarts}, stage {snapshot.stage + 1}"
        x = snapshot.solution()
        costs = [snapshot.best] + [float(problem.cost(x))] * bool(problem.feasible(x))
        costs += [] if self.best is None else [self.best]
        self.best = min(costs, key=problem.loss)
        self._write(f"{place}, best so far {number(self.best)}")
        self.due = now() + max(INTERVAL, SHARE * (now() - began))

    def emit(self, record: logging.LogRecord) -> None:
        """Write what the library logs on a line of its own."""
        self._clear()
        if self.stream is not None:
            self.stream.write(f"hopopt: {escaped(record.getMessage())}\n")
            self.stream.flush()

    def _clear(self) -> None:
        if self.shown:
            self._write("")
            self._write("")

    def _write(self, text: str) -> None:
        if self.stream is None:
            return
        text = escaped(text)[: shutil.get_terminal_size().columns - 1]
        self.stream.write("\r" + text.ljust(self.shown))
        self.stream.flush()
        self.shown = len(text)
