"""Two heaps of numbers that differ little, by differencing, or the least, by all sums of halves."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def differencing(numbers: ArrayLike) -> NDArray[np.float64]:
    """Return sides ±1 by largest differencing, exact where the numbers are.

    Examples
    --------
    >>> abs(float(differencing([4, 5, 6, 7, 8]) @ [4, 5, 6, 7, 8]))
    2.0
    """
    values = np.asarray(numbers, dtype=object).tolist()
    heap = [(-value, k) for k, value in enumerate(values)]
    heapq.heapify(heap)
    apart: list[list[int]] = [[] for _ in values]
    while len(heap) > 1:
        (big, a), (small, b) = heapq.heappop(heap), heapq.heappop(heap)
        apart[a].append(b)
        heapq.heappush(heap, (big - small, a))
    side = np.zeros(len(values))
    stack = [(heap[0][1], 1.0)]
    while stack:
        k, sign = stack.pop()
        side[k] = sign
        stack += [(other, -sign) for other in apart[k]]
    return side


def matched(numbers: Sequence[Any]) -> NDArray[np.float64]:
    """Return the sides ±1 of the least difference, exact whatever the numbers are.

    Examples
    --------
    >>> matched([4, 5, 6, 7, 8])
    array([ 1.,  1.,  1., -1., -1.])
    """
    parts = [Fraction(number) for number in numbers]
    unit = math.lcm(*(part.denominator for part in parts))
    values = [int(part * unit) for part in parts]
    middle = (len(values) + 1) // 2
    kind = np.int64 if sum(values) < 2**62 else object
    left, right = (_signed_sums(half, kind) for half in (values[1:middle], values[middle:]))
    left, order = values[0] + left, np.argsort(right)
    last = len(order) - 1
    place = np.searchsorted(right[order], -left)
    near = order[np.clip([place - 1, place], 0, last)]
    rest = np.abs(left + right[near])
    which, i = divmod(int(np.argmin(rest)), len(left))
    bits = [1, *_bits(i, middle - 1), *_bits(int(near[which, i]), len(values) - middle)]
    return np.where(np.array(bits) > 0, 1.0, -1.0)


def _signed_sums(values: Sequence[int], kind: Any) -> NDArray[Any]:
    """Return Σ ±a; the k-th bit of a sum's index is set where the k-th number is added."""
    sums = np.zeros(1, dtype=kind)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums


def _bits(index: int, count: int) -> list[int]:
    return [index >> k & 1 for k in range(count)]
