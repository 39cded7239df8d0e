"""The line that the command writes on a terminal while it works."""

from __future__ import annotations

import shutil
import time
from types import TracebackType
from typing import Self, TextIO

from hopopt.app.text import number
from hopopt.solve.problem import Snapshot

INTERVAL = 0.1


class Progress:
    """One line on a terminal that is written again and again, and cleared at the end.

    On anything but a terminal it writes nothing.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream if stream is not None and stream.isatty() else None
        self.due, self.shown = 0.0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.shown:
            self._write("")
            self._write("")

    def show(self, text: str) -> None:
        """Write a line, unless the last one is younger than a tenth of a second."""
        now = time.monotonic()
        if now >= self.due:
            self._write(text)
            self.due = now + INTERVAL

    def stage(self, snapshot: Snapshot, restarts: int) -> None:
        """Write where a solve is."""
        place = f"restart {snapshot.restart + 1}/{restarts}, stage {snapshot.stage + 1}"
        self.show(f"{place}, best so far {number(snapshot.best)}")

    def _write(self, text: str) -> None:
        if self.stream is None:
            return
        text = text[: shutil.get_terminal_size().columns - 1]
        self.stream.write("\r" + text.ljust(self.shown))
        self.stream.flush()
        self.shown = len(text)
