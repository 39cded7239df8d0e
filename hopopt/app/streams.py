"""What the command says and hears: standard output and error, and the signals that end it."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from hopopt.app.arguments import UsageError

ENDINGS = ("SIGTERM", "SIGHUP")
CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
TURNS = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
ESCAPES = {code: ascii(chr(code))[1:-1] for code in (*CONTROLS, *TURNS)}
KEEP_LINES = {code: text for code, text in ESCAPES.items() if code != 0x0A}


def escaped(text: str) -> str:
    r"""Return text whose control characters, line ends too, are written out.

    What comes from a file cannot then move the cursor, write over other lines, or turn text round.

    Examples
    --------
    >>> print(escaped("a\x1b[2Jb\nc"))
    a\x1b[2Jb\nc
    """
    return text.translate(ESCAPES)


class Ending:
    """Which signal has ended the command.

    Attributes
    ----------
    status : int
        What the command then exits with: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """

    def __init__(self) -> None:
        self.status = 128 + signal.SIGINT

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take note of a signal, and go on as after Ctrl-C."""
        self.status = 128 + number
        raise KeyboardInterrupt


@contextmanager
def endings() -> Iterator[Ending]:
    """Let SIGTERM and SIGHUP end what runs as Ctrl-C does, unless they are ignored."""
    ending, before = Ending(), {}
    with suppress(ValueError):
        for name in ENDINGS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, ending)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def emit(text: str) -> None:
    """Print the answer; a reader that has gone away, as `head` does, is no error.

    Raises
    ------
    UsageError
        Where the standard output is closed or full, so that the answer is lost.
    """
    if sys.stdout is None:
        raise UsageError("standard output: closed, so that the answer is lost")
    try:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        shown = text.translate(KEEP_LINES).encode(encoding, "backslashreplace").decode(encoding)
        print(shown, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output: {error.strerror}") from error


def complain(text: str) -> None:
    """Say what is wrong, in one line on the standard error, where there is one."""
    if sys.stderr is None:
        return
    try:
        print("hopopt:", escaped(" ".join(text.split("\n"))), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@contextmanager
def noting() -> Iterator[None]:
    """Tell on standard error what a reader warns of, as of what it passed over."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        yield
    for text in dict.fromkeys(str(note.message) for note in notes):
        complain(f"note: {text}")


def kept(write: Callable[..., None], *about: Any) -> bool:
    """Write a file; return whether it could be, and say why where not."""
    try:
        write(*about)
    except (ValueError, OSError, MemoryError) as error:
        complain(f"error: {reason(error)}")
        return False
    return True


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds, which come from the input, into a `UsageError`."""
    try:
        yield
    except kinds as error:
        raise UsageError(reason(error)) from error


def reason(error: Exception) -> str:
    """Return one sentence about an error, with the file that it names."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
