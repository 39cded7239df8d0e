"""Refusals, by name, of numbers that many functions take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import wraps
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Class = TypeVar("Class", bound=type)
MOST, MOST_AXES = 2**63 - 1, 32


def checked_numbers(cls: Class) -> Class:
    """Have a class's constructor refuse, by name, what is not of the kind that it is annotated.

    Arguments annotated ``int``, ``float``, ``bool`` or ``str`` (or one of these ``| None``) must be
    a whole number that fits 64 bits, a finite number, a truth value, text. What range they must lie
    in is for the class to say: `check_counts`, `check_positive`, `check_nonnegative`.

    Examples
    --------
    >>> @checked_numbers
    ... class Step:
    ...     def __init__(self, size: float, most: int | None = None) -> None: ...
    >>> Step(float("nan"))
    Traceback (most recent call last):
    ValueError: size must be a finite number; got nan
    """
    inner = vars(cls)["__init__"]
    kinds = _kinds(inner)
    if not kinds:
        return cls
    names = list(inspect.signature(inner).parameters)[1:]

    @wraps(inner)
    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        for name, value in (*zip(names, arguments, strict=False), *named.items()):
            if name in kinds:
                kinds[name](name, value)
        inner(self, *arguments, **named)

    setattr(cls, "__init__", __init__)  # noqa: B010
    return cls


def check_arguments(make: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """Refuse, by name, arguments that are not of the kind that `checked_numbers` would ask for."""
    kinds = _kinds(make)
    for name, value in arguments.items():
        if name in kinds:
            kinds[name](name, value)


def _kinds(function: Callable[..., Any]) -> dict[str, Callable[[str, Any], None]]:
    """Return what checks each argument that is annotated as a plain number or text."""
    found: dict[str, Callable[[str, Any], None]] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        annotation, default = parameter.annotation, parameter.default
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        words = [word.strip() for word in text.split("|")]
        rest = [word for word in words if word != "None"]
        if len(rest) == 1 and rest[0] in CHECKS:
            endless = isinstance(default, float) and np.isinf(default)
            check = _number if endless else CHECKS[rest[0]]
            found[name] = _optional(check) if len(words) > 1 else check
    return found


def _optional(check: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    def checked(name: str, value: Any) -> None:
        if value is not None:
            check(name, value)

    return checked


def _whole(name: str, value: Any) -> None:
    if not is_whole(value):
        raise ValueError(f"{name} must be a whole number of 64 bits; got {value!r}")


def _finite(name: str, value: Any) -> None:
    if not is_finite(value):
        raise ValueError(f"{name} must be a finite number; got {value!r}")


def _number(name: str, value: Any) -> None:
    if not is_finite(value) and not (isinstance(value, float) and np.isinf(value)):
        raise ValueError(f"{name} must be a number; got {value!r}")


def _truth(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False; got {value!r}")


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text; got {value!r}")


CHECKS = {"int": _whole, "float": _finite, "bool": _truth, "str": _text}


def is_whole(value: object) -> bool:
    """Whether a value is a whole number, by its type, that fits 64 bits.

    Examples
    --------
    >>> is_whole(2), is_whole(2.0), is_whole(True)
    (True, False, False)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and -MOST <= value <= MOST  # type: ignore[operator]


def is_finite(value: object) -> bool:
    """Whether a value is one real number, finite as a float.

    Examples
    --------
    >>> is_finite(1.5), is_finite(float("nan")), is_finite("1")
    (True, False, False)
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return bool(np.isfinite(float(value)))
    except OverflowError:
        return False


def check_counts(**counts: object) -> None:
    """Refuse what is no whole number of at least 1.

    Examples
    --------
    >>> check_counts(restarts=3)
    >>> check_counts(restarts=2.0)
    Traceback (most recent call last):
    ValueError: restarts must be a positive integer; got 2.0
    """
    for name, count in counts.items():
        if not is_whole(count) or count < 1:  # type: ignore[operator]
            raise ValueError(f"{name} must be a positive integer; got {count!r}")


def check_kind(name: str, value: object, *members: str) -> None:
    """Refuse, by name, what lacks the members that it is asked for later on, or is a class.

    Parameters
    ----------
    name : str
        What to call it.
    value : object
    *members : str

    Examples
    --------
    >>> check_kind("motion", 3, "run")
    Traceback (most recent call last):
    TypeError: motion must have run; got 3
    """
    missing = [member for member in members if not hasattr(value, member)]
    if missing or isinstance(value, type):
        raise TypeError(f"{name} must have {', '.join(missing) or 'an instance'}; got {value!r}")


def listed(values: Iterable[Any], name: str, of: str) -> list[Any]:
    """Return what can be gone through as a list, or refuse it by name.

    Parameters
    ----------
    values : iterable
    name : str
        What to call it.
    of : str
        What it should hold.

    Examples
    --------
    >>> listed(range(2), "terms", "energies")
    [0, 1]
    >>> listed(3, "terms", "energies")
    Traceback (most recent call last):
    TypeError: terms must be a list of energies; got 3
    """
    try:
        return list(values)
    except TypeError as error:
        raise TypeError(f"{name} must be a list of {of}; got {values!r}") from error


def check_positive(**numbers: object) -> None:
    """Refuse what is no finite number above 0; None passes, as what is left to others.

    Examples
    --------
    >>> check_positive(capacity=2.5, limit=None)
    >>> check_positive(capacity=0)
    Traceback (most recent call last):
    ValueError: capacity must be a positive number; got 0
    """
    for name, number in numbers.items():
        if number is not None and not (is_finite(number) and number > 0):  # type: ignore[operator]
            raise ValueError(f"{name} must be a positive number; got {number!r}")


def check_nonnegative(**numbers: object) -> None:
    """Refuse what is no finite number of at least 0; None passes, as what is left to others.

    Examples
    --------
    >>> check_nonnegative(weight=0.0)
    >>> check_nonnegative(weight=-1.0)
    Traceback (most recent call last):
    ValueError: weight must be a nonnegative number; got -1.0
    """
    for name, number in numbers.items():
        if number is not None and not (is_finite(number) and number >= 0):  # type: ignore[operator]
            raise ValueError(f"{name} must be a nonnegative number; got {number!r}")


def check_axes(**counts: object) -> None:
    """Refuse what is no number of axes that an array can have."""
    for name, count in counts.items():
        if not is_whole(count) or not 0 <= count <= MOST_AXES:  # type: ignore[operator]
            raise ValueError(f"{name} must be a whole number in 0 … {MOST_AXES}; got {count!r}")


def check_shape(shape: Any) -> tuple[int, ...]:
    """Return a shape, a tuple of nonnegative whole numbers, or refuse it by name."""
    if not isinstance(shape, tuple) or len(shape) > MOST_AXES:
        raise ValueError(f"shape must be a tuple of whole numbers; got {shape!r}")
    if not all(is_whole(n) and n >= 0 for n in shape):
        raise ValueError(f"shape must hold nonnegative whole numbers; got {shape!r}")
    return shape


def check_limits(tol: float, **counts: object) -> None:
    """Refuse a tolerance that is negative or NaN, and limits that are no whole numbers."""
    check_counts(**counts)
    if not (isinstance(tol, Real) and tol >= 0):
        raise ValueError(f"tol must be nonnegative; got {tol!r}")


def refuse_masked(values: ArrayLike, name: str) -> None:
    """Refuse a masked array with entries that are masked, which NumPy would read as numbers.

    Parameters
    ----------
    values : array_like
    name : str
        What to call them.

    Examples
    --------
    >>> refuse_masked(np.ma.masked_equal([1, 0], 0), "weights")
    Traceback (most recent call last):
    ValueError: weights must have a value everywhere; got 1 masked entry: use filled() first
    """
    count = np.count_nonzero(values.mask) if isinstance(values, np.ma.MaskedArray) else 0
    if count:
        entries = f"{count} masked {'entry' if count == 1 else 'entries'}"
        raise ValueError(f"{name} must have a value everywhere; got {entries}: use filled() first")


def numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array of real numbers in the type that they have, or refuse it by name.

    Parameters
    ----------
    values : array_like
    name : str
        What to call them where they are refused.

    Raises
    ------
    ValueError
        Where rows are ragged, or an entry is masked, text, complex, or None or another object.

    Examples
    --------
    >>> numbers([[1, None]], "weights")
    Traceback (most recent call last):
    ValueError: weights must be a rectangular array of numbers; got None
    """
    refuse_masked(values, name)
    try:
        given = np.asarray(values)
        if given.dtype.kind == "O":
            odd = next((x for x in given.flat if not isinstance(x, Real | Decimal)), 0)
            if not isinstance(odd, Real):
                raise TypeError(repr(odd))
            given = given.astype(float)
        if given.dtype.kind not in "biuf":
            raise TypeError(f"dtype {given.dtype}")
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be a rectangular array of numbers; got {error}") from error
    return given


def indices(values: ArrayLike, name: str) -> NDArray[np.intp]:
    """Return an array of whole numbers, or refuse it by name.

    Parameters
    ----------
    values : array_like
    name : str
        What to call them where they are refused.

    Examples
    --------
    >>> indices([0.5], "edges")
    Traceback (most recent call last):
    ValueError: edges must hold whole numbers; got 0.5
    """
    given = numbers(values, name)
    for odd in given[(given != np.rint(given)) | (np.abs(given.astype(float)) >= 2**53)][:1]:
        raise ValueError(f"{name} must hold whole numbers; got {odd:g}")
    return given.astype(np.intp)


def finite(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return an array of finite `numbers` in the type that they have, or refuse it by name."""
    array = numbers(values, name)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite; got NaN or infinity")
    return array
