"""What becomes of processes whose parent is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Told = TypeVar("Told")


def hold_pipe(_: int = 0, *, child: bool = False) -> None:
    """Tell this process's number on the pipe ``life``, hold it, in a child too, and never end."""
    life = os.open("life", os.O_WRONLY)
    if child:
        subprocess.Popen(["sleep", "600"], pass_fds=[life])
    os.write(life, f"{os.getpid()} ".encode())
    while True:
        pass


def kill_parent(code: str, ending: signal.Signals, folder: Path) -> None:
    """Run a script that calls `hold_pipe` in other processes, kill it, and wait for their ends."""
    os.mkfifo(folder / "life")
    life = os.open(folder / "life", os.O_RDONLY | os.O_NONBLOCK)

    def heard() -> bytes | None:
        try:
            return os.read(life, 99)  # nothing where nobody holds the pipe
        except BlockingIOError:
            return None

    words, path = [sys.executable, "-c", code], os.pathsep.join(sys.path)
    environment = {**os.environ, "PYTHONPATH": path}
    parent = subprocess.Popen(words, cwd=folder, env=environment, start_new_session=True)
    groups = [parent.pid]
    try:
        groups += map(int, (wait_for(heard) or b"").split())
        parent.send_signal(ending)
        parent.wait()
        wait_for(lambda: heard() == b"")
    finally:
        os.close(life)
        for group in groups:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        parent.wait()


def wait_for(told: Callable[[], Told], seconds: float = 120.0) -> Told:
    """Ask again and again until there is something to tell."""
    end = time.monotonic() + seconds
    while not (answer := told()):
        assert time.monotonic() < end, f"nothing in {seconds} s"
        time.sleep(0.02)
    return answer
