"""What a user gives: patterns to learn, cues to recall from, masks, clamps, external input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.memory.coding import check_coding, neutral
from hopopt.memory.dynamics import Start
from hopopt.memory.store import Store


def patterns(values: ArrayLike, name: str, width: int | None = None) -> Array:
    """Return patterns as rows, or refuse them by name."""
    rows = np.atleast_2d(real(values, name))
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"{name} must have shape (P, N), P and N ≥ 1; got {rows.shape}")
    if width is not None and rows.shape[1] != width:
        raise ValueError(f"{name} must have {width} units; got {rows.shape[1]}")
    return rows


def pairs(X: ArrayLike, y: ArrayLike | None, widths: tuple[int, int] | None = None) -> Array:
    """Return patterns, joined with their other sides where there are any."""
    rows = patterns(X, "X", widths and widths[0])
    if y is None:
        return rows
    others = patterns(y, "y", widths and widths[1])
    if len(others) != len(rows):
        raise ValueError(f"y must have as many rows as X, {len(rows)}; got {len(others)}")
    return np.hstack([rows, others])


def start_of(
    cues: ArrayLike, store: Store, side: slice, *, mask: ArrayLike | None, clamp: Any
) -> tuple[Start, bool]:
    """Return where a recall from cues to some side of the network starts, and if it is one cue."""
    rows = real(cues, "cues")
    single, rows = rows.ndim == 1, np.atleast_2d(rows)
    size = len(range(store.width)[side])
    if rows.ndim != 2 or rows.shape[1] != size:
        raise ValueError(f"cues must have {size} units; got shape {np.shape(cues)}")
    if not len(rows):
        raise ValueError(f"cues must have at least one row; got shape {np.shape(cues)}")
    known = None if mask is None else _booleans(mask, rows.shape, "mask")
    _check_cues(rows, known, store.coding)
    held = _clamped(clamp, rows.shape, known)
    if size == store.width:
        return Start(rows, known, held), single
    whole = np.full((len(rows), store.width), neutral(store.coding))
    told, kept = np.zeros(whole.shape, dtype=bool), np.zeros(whole.shape, dtype=bool)
    whole[:, side] = rows
    told[:, side] = True if known is None else known
    kept[:, side] = False if held is None else held
    return Start(whole, told, kept if held is not None else None), single


def _check_cues(rows: Array, known: Array | None, coding: str) -> None:
    try:
        check_coding(rows if known is None else rows[known], coding, "cues")
    except ValueError as error:
        hint = "; mark unknown units with mask=" if known is None else ""
        raise ValueError(f"{error}, as the memory's patterns are{hint}") from None


def _booleans(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    array = np.asarray(values)
    if array.dtype != bool or array.shape not in (shape, shape[1:]):
        raise ValueError(
            f"{name} must be booleans of shape {shape} or {shape[1:]}; "
            f"got {array.dtype} of shape {array.shape}"
        )
    return np.broadcast_to(array, shape)


def _clamped(clamp: Any, shape: tuple[int, ...], known: Array | None) -> Array | None:
    if clamp is None or clamp is False:
        return None
    if clamp is True:
        return np.ones(shape, dtype=bool) if known is None else known
    held = _booleans(clamp, shape, "clamp")
    return held if known is None else held & known


def inputs(external: ArrayLike | str | None, cues: Array) -> Array:
    """Return the external input x to every unit, broadcastable to the cues."""
    if external is None:
        return np.zeros(())
    if isinstance(external, str):
        if external != "cue":
            raise ValueError(f"external must be an array or 'cue'; got {external!r}")
        return cues
    x = real(external, "external")
    if x.shape not in ((), cues.shape[1:], cues.shape):
        raise ValueError(
            f"external must have shape {cues.shape[1:]} or {cues.shape}; got {x.shape}"
        )
    return x
