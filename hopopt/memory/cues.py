"""What a user gives: patterns to learn, cues to recall from, masks, clamps, external input."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import numbers
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import is_sparse, real
from hopopt.memory.coding import check_coding, neutral
from hopopt.memory.dynamics import Start
from hopopt.memory.store import Store

Shape = tuple[int, ...]

LARGE = 1e70  # the largest entry of a pattern: squares, summed, are within ±1e150


class Given(NamedTuple):
    """Cues as they were given, one a row.

    Attributes
    ----------
    rows : array, shape (B, N)
        Unknown units are NaN.
    known : array of bool, shape (B, N), or None
        The units that the cues tell; None is all.
    own : tuple of int
        The shape of one cue: (N,), or (height, width) of an image.
    single : bool
        Whether there is only one, not a batch of one.
    """

    rows: Array
    known: Array | None
    own: Shape
    single: bool


def patterns(values: ArrayLike, name: str, width: int | None = None) -> tuple[Array, Shape]:
    """Return patterns as rows, and the shape of each, or refuse them by name."""
    _refuse_kinds(values, name)
    rows = real(values, name)
    if rows.ndim not in (2, 3) or rows.size == 0:
        hint = ""
        if rows.ndim == 1 and rows.size:
            hint = ". Reshape your data with reshape(1, -1) if it is one pattern"
        elif rows.ndim in (2, 3) and len(rows):
            hint = f": 0 feature(s) (shape={rows.shape}) while a minimum of 1 is required."
        raise ValueError(
            f"{name} must have shape (P, N) or (P, height, width), all ≥ 1; got {rows.shape}{hint}"
        )
    if (size := max(float(rows.max()), -float(rows.min()))) > LARGE:
        raise ValueError(f"{name} must be within ±{LARGE:g}; got {size:g}")
    flat = rows.reshape(len(rows), -1)
    if width is not None:
        check_width(flat.shape[1], width, name)
    return flat, rows.shape[1:]


def pairs(
    X: ArrayLike, y: ArrayLike | None, known: tuple[Shape, ...] = ()
) -> tuple[Array, Array | None, tuple[Shape, ...]]:
    """Return patterns joined with their other sides, their labels, and the shapes of the sides."""
    widths = [prod(shape) for shape in known]
    rows, shape = patterns(X, "X", widths[0] if widths else None)
    if y is None:
        return rows, None, (shape,)
    labels = rectangular(y, "y")
    if labels.shape[:1] != (len(rows),):
        got = len(labels) if labels.ndim else "a single value"
        raise ValueError(f"y must have as many rows as X, {len(rows)}; got {got}")
    if labels.ndim == 1:
        return rows, labels, (shape,)
    others, other = patterns(y, "y", widths[1] if len(widths) > 1 else None)
    return np.hstack([rows, others]), None, (shape, other)


def rectangular(values: ArrayLike | None, name: str) -> Array:
    """Return an array of any type, or refuse ragged rows by name."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array; got {error}") from None


def _refuse_kinds(values: ArrayLike, name: str) -> None:
    """Refuse sparse and complex arrays, and objects that are no numbers, by name."""
    if is_sparse(values):
        raise ValueError(f"{name} must be dense; got a sparse matrix: use toarray()")
    if np.issubdtype(getattr(values, "dtype", float), np.complexfloating):
        raise ValueError(f"{name} must be real. Complex data not supported")
    if np.issubdtype(getattr(values, "dtype", float), np.object_):
        try:
            np.asarray(values).astype(float)
        except TypeError as error:
            raise TypeError(f"{name} must be of numbers: {error}") from None
        except (ValueError, OverflowError):
            pass  # text, or what no float holds, which `real` refuses


def check_width(got: int, expected: int, name: str) -> None:
    """Refuse patterns of another width."""
    if got != expected:
        raise ValueError(
            f"{name} must have {expected} units; got {got}: X has {got} features, but "
            f"AssociativeMemory is expecting {expected} features as input"
        )


def given_cues(cues: ArrayLike, mask: ArrayLike | None, width: int, shape: Shape) -> Given:
    """Return cues, each of `width` units or an image of `shape`, as rows.

    NaN and masked entries are unknown, as what a mask leaves out.
    """
    values, nan = _told(cues)
    image = len(shape) == 2 and values.ndim > 1 and values.shape[-2:] == shape
    own = shape if image and values.shape[-1:] != (width,) else (width,)
    lead = values.shape[: values.ndim - len(own)]
    rows = values.reshape(*lead, prod(values.shape[len(lead) :]))
    if rows.ndim not in (1, 2) or rows.shape[-1] != width:
        raise ValueError(f"cues must have {width} units; got shape {np.asarray(cues).shape}")
    single, rows = rows.ndim == 1, np.atleast_2d(rows)
    if not len(rows):
        raise ValueError(f"cues must have at least one row; got shape {np.asarray(cues).shape}")
    known = None if nan is None else ~nan.reshape(rows.shape)
    if mask is not None:
        seen = _booleans(mask, rows.shape, own, "mask")
        known = seen if known is None else seen & known
    if known is None:
        return Given(rows, None, own, single)
    if not known.any(-1).all():
        raise ValueError("cues must tell at least one unit each; got one that tells none")
    return Given(np.where(known, rows, np.nan), known, own, single)


def _told(cues: ArrayLike) -> tuple[Array, Array | None]:
    """Return cues as floats, and which entries are unknown."""
    _refuse_kinds(cues, "cues")
    if isinstance(cues, np.ma.MaskedArray):
        cues = np.ma.filled(cues.astype(float), np.nan)
    try:
        given = np.asarray(cues)
        values = (
            given.astype(float, copy=False) if given.dtype.kind in "fO" else real(given, "cues")
        )
    except (TypeError, ValueError, OverflowError):
        values = real(cues, "cues")
    unknown = np.isnan(values)
    if not unknown.any():
        return real(values, "cues"), None
    return real(np.where(unknown, 0, values), "cues"), unknown


def start_of(given: Given, store: Store, side: slice, clamp: Any) -> Start:
    """Return where a recall from cues to some side of the network starts."""
    rows, known = given.rows, given.known
    check_cues(rows, known, store.coding)
    if known is not None:
        rows = np.where(known, rows, neutral(store.coding))
    held = _clamped(clamp, given)
    if rows.shape[1] == store.width:
        return Start(rows, known, held)
    whole = np.full((len(rows), store.width), neutral(store.coding))
    told, kept = np.zeros(whole.shape, dtype=bool), np.zeros(whole.shape, dtype=bool)
    whole[:, side] = rows
    told[:, side] = True if known is None else known
    kept[:, side] = False if held is None else held
    return Start(whole, told, kept if held is not None else None)


def check_cues(rows: Array, known: Array | None, coding: str) -> None:
    """Refuse cues of another coding than the patterns."""
    try:
        check_coding(rows if known is None else rows[known], coding, "cues")
    except ValueError as error:
        hint = "; mark unknown units with mask= or NaN" if known is None else ""
        raise ValueError(f"{error}, as the memory's patterns are{hint}") from None


def _booleans(values: ArrayLike, shape: Shape, own: Shape, name: str) -> Array:
    array = numbers(values, name)
    rows = flat(array, own)
    if array.dtype != bool or rows.shape not in (shape, shape[1:]):
        raise ValueError(
            f"{name} must be booleans of shape {shape} or {shape[1:]}; "
            f"got {array.dtype} of shape {array.shape}"
        )
    return np.broadcast_to(rows, shape)


def flat(array: Array, own: Shape) -> Array:
    """Return the images of an array, where it is of images, as rows."""
    image = len(own) == 2 and array.shape[-2:] == own and array.shape[-1] != prod(own)
    return array.reshape(*array.shape[:-2], -1) if image else array


def _clamped(clamp: Any, given: Given) -> Array | None:
    if clamp is None or clamp is False:
        return None
    rows, known = given.rows, given.known
    if clamp is True:
        return np.ones(rows.shape, dtype=bool) if known is None else known
    held = _booleans(clamp, rows.shape, given.own, "clamp")
    return held if known is None else held & known


def inputs(external: ArrayLike | str | None, cues: Array, own: Shape) -> Array:
    """Return the external input x to every unit, broadcastable to the cues."""
    if external is None:
        return np.zeros(())
    if isinstance(external, str):
        if external != "cue":
            raise ValueError(f"external must be an array or 'cue'; got {external!r}")
        return cues
    x = flat(real(external, "external"), own)
    if x.shape not in ((), cues.shape[1:], cues.shape):
        raise ValueError(
            f"external must have shape {cues.shape[1:]} or {cues.shape}; got {x.shape}"
        )
    return x
