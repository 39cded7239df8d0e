"""numba, the extra ``fast``: whether it is there, and whether its cache holds what is asked for."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

IMPORT_SECONDS = 0.5

logger = logging.getLogger("hopopt")


def installed() -> bool:
    """Whether numba is there; it is not imported.

    Examples
    --------
    >>> installed() in (True, False)
    True
    """
    return importlib.util.find_spec("numba") is not None


def loaded() -> bool:
    """Whether numba has been imported, so that nobody waits for that.

    Examples
    --------
    >>> loaded() in (True, False)
    True
    """
    return "numba" in sys.modules


def worthwhile(compiled: bool | None, seconds: float) -> bool | None:
    """Return whether to take compiled loops in the seconds left; None: if they are there.

    Parameters
    ----------
    compiled : bool, optional
        What is asked for; None leaves it to the time, for numba takes some to import.
    seconds : float

    Examples
    --------
    >>> worthwhile(True, 0.1), worthwhile(None, 10)
    (True, None)
    """
    short = seconds < IMPORT_SECONDS and not loaded()
    return False if compiled is None and short else compiled


def require() -> None:
    """Insist on numba.

    Raises
    ------
    ModuleNotFoundError
        Where it is not installed.

    Examples
    --------
    >>> if installed():
    ...     require()
    """
    if not installed():
        raise ModuleNotFoundError(
            "compiled=True needs numba: install the extra with pip install 'hopopt[fast]'"
        )


def cached(*functions: Any) -> bool:
    """Whether numba's cache holds some compiled functions as they are now written.

    A first call then costs little. What an older version of the code has left there counts for
    nothing, since numba would compile anew.

    Examples
    --------
    >>> cached(len)  # never compiled
    False
    """
    return all(_kept(function) for function in functions)


def _kept(function: Any) -> bool:
    """Ask the index of numba's cache, which is of no other version of numba or of the file."""
    try:
        return bool(getattr(function, "__wrapped__", function)._cache._cache_file._load_index())
    except (AttributeError, OSError):
        return False


def copies(
    function: Callable[[Any], Any], *parts: tuple[ModuleType, Sequence[str]]
) -> dict[str, Any]:
    """Return second versions of functions of some modules, which call each other.

    Parameters
    ----------
    function : callable
        What becomes of a copy that calls what has become of the others: numba's `njit`, say.
    *parts : (module, sequence of str)
        Functions of a module, each after those that it calls.

    Examples
    --------
    >>> from hopopt.fast import jit
    >>> made = copies(lambda copy: copy, (jit, ("loaded", "worthwhile")))
    >>> made["worthwhile"] is worthwhile, made["worthwhile"](True, 0.1)
    (False, True)
    """
    made: dict[str, Any] = {}
    for module, names in parts:
        for name in names:
            copy = FunctionType(getattr(module, name).__code__, {**vars(module), **made}, name)
            copy.__module__ = module.__name__
            made[name] = function(copy)
    return made


def interruptible(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled function, for Python to call, whose Ctrl-C is a KeyboardInterrupt.

    Where the signal comes while numba makes arrays of a result, the call ends with both the result
    and the exception, which Python turns into a SystemError.

    Examples
    --------
    >>> interruptible(abs)(-3)
    3
    """

    @wraps(function, updated=())
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except SystemError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            raise

    return call


def announce(what: str, *functions: Any) -> None:
    """Say that some functions are about to be compiled, unless the cache holds them.

    Parameters
    ----------
    what : str
        What they are for.
    *functions : compiled functions

    Examples
    --------
    >>> announce("nothing")  # there is nothing to compile, and nothing to say
    """
    if not cached(*functions):
        logger.warning("compiling %s for the first time; numba's cache serves later runs", what)
