"""Codings: what the numbers of a pattern may be, and what is said of them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array, Lagrangian
from hopopt.core.matrices import real
from hopopt.core.units import Identity, Sigmoid, Tanh

Coding = Literal["bipolar", "binary", "real"]
CODINGS: tuple[Coding, ...] = ("bipolar", "binary", "real")
VALUES: dict[str, tuple[float, float]] = {"bipolar": (-1.0, 1.0), "binary": (0.0, 1.0)}
DOMAINS: dict[str, Lagrangian] = {"bipolar": Tanh(), "binary": Sigmoid(), "real": Identity()}


def hamming(a: ArrayLike, b: ArrayLike) -> Array:
    """Return in how many places two patterns differ, along the last axis.

    Parameters
    ----------
    a, b : array_like, shape (..., N)
        Broadcast against each other.

    Examples
    --------
    >>> int(hamming([1, -1, 1], [1, 1, -1]))
    2
    """
    return np.asarray((np.asarray(a) != np.asarray(b)).sum(-1))


def binarize(
    images: ArrayLike,
    threshold: float | Literal["mean", "median"] = "mean",
    *,
    coding: Literal["bipolar", "binary"] = "bipolar",
) -> Array:
    """Return images as flat two-valued patterns: on where a pixel is above the threshold.

    Parameters
    ----------
    images : array_like, shape (P, N) or (P, height, width)
    threshold : float, "mean" or "median", default "mean"
        "mean" and "median" are each image's own.
    coding : {"bipolar", "binary"}

    Returns
    -------
    array of int8, shape (P, N)

    Examples
    --------
    >>> binarize([[[0.1, 0.9], [0.8, 0.2]]])
    array([[-1,  1,  1, -1]], dtype=int8)
    """
    pixels = real(images, "images")
    if pixels.ndim < 2:
        raise ValueError(f"images must have shape (P, N) or more axes; got {pixels.shape}")
    if coding not in VALUES:
        raise ValueError(f"coding must be 'bipolar' or 'binary'; got {coding!r}")
    return two_valued(pixels.reshape(len(pixels), -1), threshold, coding).astype(np.int8)


def two_valued(rows: Array, threshold: Any, coding: str, name: str = "threshold") -> Array:
    """Return rows as two values, on where an entry is above the threshold; NaN stays."""
    if isinstance(threshold, str):
        if threshold not in ("mean", "median"):
            raise ValueError(f"{name} must be a number, 'mean' or 'median'; got {threshold!r}")
        middle = np.nanmean if threshold == "mean" else np.nanmedian
        level = np.asarray(middle(rows, axis=1, keepdims=True))
    else:
        level = real(threshold, name)
        if level.shape not in ((), rows.shape[-1:], rows.shape):
            raise ValueError(f"{name} must be a number, or one a unit; got shape {level.shape}")
    low, high = VALUES[coding]
    return np.where(np.isnan(rows), np.nan, np.where(rows > level, high, low))


def detect(patterns: Array, name: str) -> Coding:
    """Return the coding of an array: 0/1 and ±1 where all entries are, real otherwise.

    Examples
    --------
    >>> detect(np.array([[0.0, 1.0]]), "patterns"), detect(np.array([[-1.0, 1.0]]), "patterns")
    ('binary', 'bipolar')
    """
    values = np.unique(patterns)
    if np.isin(values, (-1, 1)).all():
        return "bipolar"
    if np.isin(values, (0, 1)).all():
        return "binary"
    if np.isin(values, (-1, 0, 1)).all():
        raise ValueError(
            f"{name} must be all ±1 or all 0/1; got the mixed codings {values.tolist()} "
            "(coding='real' takes them as they are)"
        )
    return "real"


def check_coding(values: Array, coding: str, name: str) -> None:
    """Refuse entries that a two-valued coding does not have."""
    if coding == "real":
        return
    low, high = VALUES[coding]
    foreign = values[(values != low) & (values != high)]
    if foreign.size:
        raise ValueError(
            f"{name} must be {coding}, all {low:g} or {high:g}; got {float(foreign.flat[0]):g}"
        )


def to_bipolar(values: Array, coding: str) -> Array:
    """Return two-valued patterns as ±1; real ones as they are."""
    return np.asarray(2.0 * values - 1.0 if coding == "binary" else values, dtype=float)


def from_bipolar(values: Array, coding: str) -> Array:
    """Undo `to_bipolar`."""
    return np.asarray((values + 1) / 2 if coding == "binary" else values)


def neutral(coding: str) -> float:
    """Return the output that stands for an unknown unit: halfway between the two values."""
    return 0.5 if coding == "binary" else 0.0


def rounded(state: Array, coding: str) -> Array:
    """Return two-valued outputs at the nearer of their values; real ones as they are."""
    if coding == "real":
        return state
    low, high = VALUES[coding]
    return np.where(state > (low + high) / 2, high, low)
