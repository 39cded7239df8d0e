"""The distance of two nodes, one pair at a time: plain Python that numba compiles."""

from __future__ import annotations

from math import acos, asin, ceil, cos, floor, sin, sqrt
from typing import Any

EUCLIDEAN, ROUNDED, CEILING, PSEUDO = 1, 2, 3, 4
MANHATTAN, ROUNDED_MANHATTAN, MAXIMUM, ROUNDED_MAXIMUM = 5, 6, 7, 8
SQUARED, GREAT_CIRCLE, GEOGRAPHICAL, METRES, FLOOR = 9, 10, 11, 12, 13
GATED, ROW = 50, 100
FAR = 1e18
EARTH_RADIUS = 6371.0088
GEO_RADIUS = 6378.388


def between(kind: Any, where: Any, i: Any, j: Any) -> Any:
    """Return the distance of nodes i and j, their prices included.

    Parameters
    ----------
    kind : int
        A metric from 1 on, of rows (x, y, z, price), plus GATED where the last row is next to all
        others; ROW + n for a symmetric matrix of n rows, and −n for a directed one: city k is then
        node 2k, where edges arrive, and 2k + 1, whence they leave.
    where : sequence of float
        The rows, one after another.
    """
    if kind > ROW:
        return where[i * (kind - ROW) + j]
    if kind < 0:
        if (i ^ j) & 1 == 0:
            return FAR
        if i & 1:
            return where[(j >> 1) - (i >> 1) * kind]
        return where[(i >> 1) - (j >> 1) * kind]
    a = 4 * i
    b = 4 * j
    x = where[a] - where[b]
    y = where[a + 1] - where[b + 1]
    price = where[a + 3] + where[b + 3]
    if kind == ROUNDED:
        z = where[a + 2] - where[b + 2]
        return floor(sqrt(x * x + y * y + z * z) + 0.5) + price
    if kind == EUCLIDEAN:
        z = where[a + 2] - where[b + 2]
        return sqrt(x * x + y * y + z * z) + price
    return rare(kind, where, a, b) + price


def rare(kind: Any, where: Any, a: Any, b: Any) -> Any:
    """Return the distance of the nodes at a and b, without prices, by one of the rarer metrics."""
    if kind > GATED:
        if a + 4 == len(where) or b + 4 == len(where):
            return 0.0
        kind -= GATED
    x = where[a] - where[b]
    y = where[a + 1] - where[b + 1]
    if kind == CEILING:
        return 1.0 * ceil(sqrt(x * x + y * y))
    if kind == PSEUDO:
        return 1.0 * ceil(sqrt((x * x + y * y) / 10.0))
    if kind in (GREAT_CIRCLE, METRES):
        half = sin(x / 2) ** 2 + where[a + 2] * where[b + 2] * sin(y / 2) ** 2
        angle = 2.0 * asin(min(1.0, sqrt(half)))
        if kind == METRES:
            return 1.0 * floor(1000.0 * GEO_RADIUS * angle + 1.0)
        return EARTH_RADIUS * angle
    if kind == GEOGRAPHICAL:
        q = cos(y)
        cosine = 0.5 * ((1.0 + q) * cos(x) - (1.0 - q) * cos(where[a] + where[b]))
        return 1.0 * floor(GEO_RADIUS * acos(max(-1.0, min(1.0, cosine))) + 1.0)
    z = where[a + 2] - where[b + 2]
    if kind == SQUARED:
        return x * x + y * y + z * z
    if kind == EUCLIDEAN:
        return sqrt(x * x + y * y + z * z)
    if kind in (ROUNDED, FLOOR):
        return 1.0 * floor(sqrt(x * x + y * y + z * z) + (0.5 if kind == ROUNDED else 0.0))
    away = max(abs(x), abs(y), abs(z)) if kind >= MAXIMUM else abs(x) + abs(y) + abs(z)
    if kind in (ROUNDED_MANHATTAN, ROUNDED_MAXIMUM):
        away = 1.0 * floor(away + 0.5)
    return away


MULTIPLIER = 6364136223846793005
INCREMENT = 1442695040888963407
MASK = 0x3FFFFFFFFFFFFFFF


def draw(state: Any, bound: Any) -> Any:
    """Return an integer in [0, bound), bound ≤ 2³¹: a linear congruential generator mod 2⁶².

    What overflows 64 bits is masked away, so that the numbers are the same in machine integers.
    """
    x = (state[0] * MULTIPLIER + INCREMENT) & MASK
    state[0] = x
    return ((x >> 31) * bound) >> 31
