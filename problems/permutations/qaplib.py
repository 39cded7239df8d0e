"""Instances of quadratic assignment: QAPLIB's files, and what is built in.

References
----------
Burkard, Karisch & Rendl, "QAPLIB – a quadratic assignment problem library", 1997.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hopopt.core import Order, Placement
from problems.shared.text import words

Floats = NDArray[np.float64]

BUILT_IN: Mapping[str, str] = {
    "grid-R-C": "random flows between R·C facilities on a grid, Manhattan distances; grid-R-C-SEED",
    "random-N": "N facilities, random flows and distances; random-N-SEED for another seed than 0",
}

MOST = 1000
_GRID = re.compile(r"grid-([1-9][0-9]{0,2})-([1-9][0-9]{0,2})(?:-([0-9]{1,9}))?")
_RANDOM = re.compile(r"random-([1-9][0-9]{0,5})(?:-([0-9]{1,9}))?")


def built_in(name: str) -> tuple[Floats, Floats, Floats | None] | None:
    """Return flows, distances and points of a built-in instance; None where it is none."""
    if match := _GRID.fullmatch(name):
        rows, cols, seed = int(match[1]), int(match[2]), int(match[3] or 0)
        cells = np.stack(np.divmod(np.arange(_checked(rows * cols)), cols), axis=1)
        distance = np.abs(cells[:, None] - cells).sum(-1).astype(float)
        points = np.stack([cells[:, 1], -cells[:, 0]], axis=1).astype(float)
        return _random(rows * cols, seed), distance, points
    if match := _RANDOM.fullmatch(name):
        n, seed = _checked(int(match[1])), int(match[2] or 0)
        return _random(n, seed), _random(n, seed + 1), None
    return None


def _checked(n: int) -> int:
    if n > MOST:
        raise ValueError(f"source must have at most {MOST} facilities; got {n}")
    return n


def _random(n: int, seed: int) -> Floats:
    upper = np.triu(np.random.default_rng(seed).integers(0, 10, (n, n)), 1)
    return np.asarray(upper + upper.T, dtype=float)


def read_solution(text: str, name: str, placement: Placement) -> Order:
    r"""Read a solution in QAPLIB's form: n, the value, and a permutation of 1 … n (or 0 … n − 1).

    Some of the collection's permutations place facilities, others give each place its facility: it
    is the one whose value is that of the file.

    Raises
    ------
    ValueError
        Where it is no permutation of the problem's size.

    Examples
    --------
    >>> A, B = read_qaplib("2 0 1 0 0 0 3 5 0", "tiny")
    >>> read_solution("2 5\n2,1\n", "tiny", Placement.of(A, B))
    array([1, 0])
    """
    found, n = words(text.replace(",", " ")), placement.size
    try:
        value, entries = float(found[1]), [int(word) for word in found[2:]]
    except (ValueError, IndexError):
        value, entries = 0.0, []
    first = min(entries, default=0)
    if found[:1] != [str(n)] or sorted(entries) != list(range(first, first + n)) or first > 1:
        raise ValueError(f"{name}: expected {n}, a value, and a permutation of 1 … {n}")
    order = np.array(entries, dtype=np.intp) - first
    other = np.argsort(order)
    return (
        other
        if abs(placement.value(other) - value) < abs(placement.value(order) - value)
        else order
    )


def read_qaplib(text: str, name: str) -> tuple[Floats, Floats]:
    r"""Read QAPLIB's format: n, then the two n×n matrices, in numbers parted by white space.

    Raises
    ------
    ValueError
        Where a word is no number, or there are not just 2·n² of them; the message says which.

    Examples
    --------
    >>> A, B = read_qaplib("2\n0 1\n1 0\n\n0 3\n3 0\n", "tiny")
    >>> B.tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    found = words(text)
    if not found or not found[0].isdecimal() or not int(found[0]):
        got = repr(found[0][:40]) if found else "an empty file"
        raise ValueError(f"{name}: expected the size of two matrices; got {got}")
    n, entries = int(found[0]), found[1:]
    if len(entries) != 2 * n * n:
        raise ValueError(f"{name}: expected 2·{n}² = {2 * n * n} numbers; got {len(entries)}")
    try:
        values = np.array([float(word) for word in entries])
    except ValueError as error:
        raise ValueError(f"{name}: expected numbers only; {error}") from None
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{name}: expected finite numbers; got NaN or infinity")
    return values[: n * n].reshape(n, n), values[n * n :].reshape(n, n)
