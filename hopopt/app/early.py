"""Ctrl-C while the command still imports: it ends without a traceback, with status 130.

Imported by the package before all else; in a program that is not the command it does nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

__all__ = ["begun"]


def _is_command() -> bool:
    name, words = os.path.basename(sys.argv[0]), sys.orig_argv
    module = any(words[k : k + 2] == ["-m", "hopopt"] for k in range(1, len(words)))
    return name in ("hopopt", "hopopt.exe") or (module and sys.argv[0] == "-m")


def _end(number: int, frame: FrameType | None) -> None:
    os.write(2, b"hopopt: interrupted\n")
    os._exit(128 + number)


def begun() -> None:
    """Say that the imports are over: Ctrl-C is an exception from here on."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)
