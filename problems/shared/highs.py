"""Programs in zero-one variables, solved by HiGHS in SciPy within the seconds that are left."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["zero_one"]

LEAST_SECONDS, FOREVER = 1e-3, 1e9
_LOCK = threading.Lock()
_SILENT: list[int | None] = []  # where `stdout` led, once for each call that is under way


def zero_one(
    costs: NDArray[np.float64],
    rows: Any,
    low: Any,
    high: Any,
    remaining: Callable[[], float],
    least: Any = 0,
) -> Any:
    """Minimise ⟨costs, x⟩ over x in {0, 1} with low ≤ rows·x ≤ high by branch and bound.

    Parameters
    ----------
    costs : array, shape (n,)
    rows : array or sparse array, shape (m, n)
    low, high : array_like, shape (m,)
    remaining : callable
        Returns the seconds that are left: asked once all is ready.
    least : array_like, default 0
        What each variable is at least.

    Returns
    -------
    scipy.optimize.OptimizeResult
        As `milp` returns it; its x is the best found, None where none was.

    References
    ----------
    Huangfu & Hall, "Parallelizing the dual revised simplex method", 2018 (HiGHS).

    Examples
    --------
    >>> import numpy as np
    >>> zero_one(-np.array([3.0, 4.0]), np.array([[2.0, 3.0]]), 0, 4, lambda: np.inf).fun
    -4.0
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # slow to import

    bound, box = LinearConstraint(rows, low, high), Bounds(least, 1)
    seconds = min(max(remaining(), LEAST_SECONDS), FOREVER)
    options: Any = {"mip_rel_gap": 0.0, "time_limit": seconds}
    whole = np.ones(len(costs), dtype=np.int_)
    with silence():
        return milp(costs, constraints=bound, integrality=whole, bounds=box, options=options)


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing through that C code prints on its stream `stdout`, where that is glibc's.

    Up to version 1.12, HiGHS prints a line where a candidate of its central rounding breaks a row
    of the program, and no option prevents it. The stream is exchanged, not the file descriptor:
    what Python prints, in any thread, goes where it went.
    """
    streams = _streams()
    if streams is None:
        yield
        return
    stdout, nowhere = streams
    with _LOCK:
        _SILENT.append(_SILENT[0] if _SILENT else stdout.value)
        stdout.value = nowhere
    try:
        yield
    finally:
        with _LOCK:
            before = _SILENT.pop()
            if not _SILENT:
                stdout.value = before


@cache
def _streams() -> tuple[ctypes.c_void_p, int] | None:
    """Return the variable `stdout` of C and a stream that leads nowhere, or None: no glibc."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 (elsewhere `stdout` may be a constant)
        library.fopen.restype = ctypes.c_void_p
        nowhere = library.fopen(os.fsencode(os.devnull), b"we")
        return (ctypes.c_void_p.in_dll(library, "stdout"), nowhere) if nowhere else None
    except (AttributeError, OSError, TypeError, ValueError):
        return None
