"""The one clock: seconds that only go forward, whatever is done to the time of day."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import Self

now = time.monotonic


def _machine() -> str:
    """Return what tells apart machines whose clocks began to run at other times."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()


MACHINE = _machine()


class Deadline(float):
    """When something must be over, in seconds of `now`.

    Sent to another process of this machine it is the same; sent to another machine, whose clock
    began elsewhere, it is told as the seconds that are left.

    Examples
    --------
    >>> 9 < Deadline.after(10) - now() <= 10
    True
    """

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment so many seconds from now."""
        return cls(now() + seconds)

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (float(self), self - now(), MACHINE)


def _arrived(moment: float, left: float, machine: str) -> Deadline:
    """Return the deadline that another process has sent."""
    return Deadline(moment) if machine == MACHINE else Deadline.after(left)
