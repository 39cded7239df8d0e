"""numba, the extra ``fast``: whether it is there, and whether its cache holds what is asked for."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any

logger = logging.getLogger("hopopt")


def installed() -> bool:
    """Whether numba is there; it is not imported."""
    return importlib.util.find_spec("numba") is not None


def require() -> None:
    """Insist on numba.

    Raises
    ------
    ModuleNotFoundError
        Where it is not installed.
    """
    if not installed():
        raise ModuleNotFoundError(
            "compiled=True needs numba: install the extra with pip install 'hopopt[fast]'"
        )


def cached(*functions: Any) -> bool:
    """Whether numba's cache holds some compiled functions: a first call then costs little."""
    return all(
        any(Path(f.stats.cache_path).glob(f"*.{f.py_func.__name__}-*.nbi")) for f in functions
    )


def announce(what: str, *functions: Any) -> None:
    """Say that some functions are about to be compiled, unless the cache holds them."""
    if not cached(*functions):
        logger.warning("compiling %s for the first time; numba's cache serves later runs", what)
