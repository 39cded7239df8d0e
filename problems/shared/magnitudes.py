"""Costs of moderate size, all finite, that rank tours and assignments as given ones do.

A power of two changes no digit, and no comparison. What is missing, and what costs so much that it
stands for missing (a "big M"), must cost more than all else in a solution, and no more: what is
added to 10³⁰⁰ is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

__all__ = ["exponent", "level", "lowered", "moderate", "no_tour", "ranked", "tour_in"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]

MODERATE = 30
APART = 10
ABOVE, BEYOND = 4, 10  # binades above the sum, and the largest, of what is hidden
PARTS = (1, 2, 3, 4, 6)  # of the least big M that others may be multiples of
SAMPLE, WIDEST = 64, 1000
FIRST, COUNT = -1100, 2200  # exponents of doubles lie in between


def exponent(number: float) -> int:
    """Return e with number = m·2ᵉ, ½ ≤ m < 1."""
    return int(np.frexp(number)[1])


def moderate(binade: int) -> int:
    """Return by how many binades numbers of this one are to be scaled down: none within ±30."""
    return 0 if abs(binade) <= MODERATE else binade


def ranked(matrix: Floats, enough: Callable[[Mask], bool]) -> tuple[Floats, float]:
    """Return costs of n choices each that rank solutions alike, and the unit of those that matter.

    Where more than log₂ n + 11 binades in a row are empty, those above come down, if the entries
    below are enough for a solution, or if all above are one number: to 2n times those below, which
    is more than any solution saves. Infinite entries come to lie as far above the others. Then all
    are divided by the unit, a power of two that makes those that matter moderate.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Numbers ≥ 0, perhaps infinite: of tours, distances with a zero diagonal, of assignments,
        costs. Returned as it is where it will do.
    enough : callable
        Whether the entries in a mask hold a solution, as far as one can tell: `tour_in`.

    Examples
    --------
    >>> big = np.array([[0, 1, 1, 1e300], [1, 0, 1e300, 1], [1, 1e300, 0, 1], [1e300, 1, 1, 0]])
    >>> small, unit = ranked(big, lambda ways: tour_in(ways, symmetric=True))
    >>> bool(small[0, 3] > 4 * small[0, 1] == 4), unit
    (True, 1.0)
    """
    above = 1 + len(matrix).bit_length()
    used, missing = binades(matrix)
    if not len(used):
        return (np.where(np.isinf(matrix), 1.0, 0.0) if missing else matrix), 1.0
    empty = np.diff(used) - above
    wide = np.flatnonzero(empty > APART).tolist()
    first = next((k for k in wide if apart_at(matrix, used, k, enough)), -1)
    excess = np.where(empty > APART, empty, 0) * (np.arange(len(empty)) >= first) * (first >= 0)
    unit = moderate(int(used[first]))
    if not (missing or unit or excess.any()):
        return matrix, 1.0
    down = np.full(COUNT, unit, dtype=np.intc)
    down[used[1:] - FIRST] += np.cumsum(excess).astype(np.intc)
    result = np.empty_like(matrix)
    highest = int(used[-1]) - int(down[used[-1] - FIRST])
    for row, given in zip(result, matrix, strict=True):
        finite = np.isfinite(given)
        size = np.where(finite, given, 0.0)
        row[:] = np.ldexp(size, -down[np.frexp(size)[1] - FIRST])
        row[~finite] = np.ldexp(1.0, highest + above)
    return result, float(np.ldexp(1.0, unit))


def lowered(values: Floats) -> Floats:
    """Return numbers ≥ 0 of moderate size whose sums rank alike.

    What is 2¹⁰ times as large as all smaller ones together comes down to a power of two above
    them: it outweighs them still, and hides them no more. Where there is no need they are returned
    as they are.

    Examples
    --------
    >>> lowered(np.array([1e300, 2.0, 3.0, 1e300])), lowered(np.array([9.0, 2.0]))
    (array([16.,  2.,  3., 16.]), array([9., 2.]))
    """
    top = values.max(initial=0.0)
    below = values < top
    rest = float(values[below].sum())
    if 0 < rest * 2**APART < top:
        top = np.ldexp(1.0, exponent(2 * rest))
        values = np.where(below, values, top)
    down = moderate(exponent(top))
    return np.ldexp(values, -down) if down else values


def binades(matrix: Floats) -> tuple[Ints, bool]:
    """Return the exponents of the positive finite entries, and whether any is infinite."""
    seen, missing = np.zeros(COUNT, dtype=bool), False
    for row in matrix:
        finite = np.isfinite(row)
        missing |= not finite.all()
        seen[np.frexp(row[finite & (row > 0)])[1] - FIRST] = True
    return np.flatnonzero(seen) + FIRST, bool(missing)


def no_tour(missing: Mask, symmetric: bool, closed: bool) -> tuple[str, int] | None:
    """Return what every tour needs and a city lacks, and the city; None if nothing is seen.

    Ways out of a city and into it, and whether all cities are connected, are looked at, no more.
    """
    ways, n = ~missing, len(missing)
    np.fill_diagonal(ways, False)
    if n == 1 or not (closed or symmetric):
        return None
    out, into = ways.sum(1), ways.sum(0)
    need = min(1 + symmetric, n - 1) if closed else 1
    city = int(np.minimum(out, into).argmin())
    fewest = min(int(out[city]), int(into[city]))
    if fewest < need:
        return "has two ways at least" if need > 1 else "has a way, there and back", city
    return None if pieces(ways, symmetric) == 1 else ("is connected to all others", 0)


def apart_at(matrix: Floats, used: Ints, k: int, enough: Callable[[Mask], bool]) -> bool:
    """Whether the entries above the k-th occupied binade may stand for missing ones."""
    below = matrix < np.ldexp(1.0, int(used[k]))
    above = matrix[~below & np.isfinite(matrix)]
    if k == len(used) - 2 and above.min() == above.max():
        return True
    return enough(below)


def tour_in(ways: Mask, symmetric: bool) -> bool:
    """Whether these ways may hold a tour, as far as degrees and connections tell."""
    return no_tour(~ways, symmetric, closed=True) is None


def pieces(ways: Mask, symmetric: bool) -> int:
    """Return into how many parts cities fall that ways do not join, there and back."""
    graph: Any = sparse.csr_array(ways)
    how: Any = "weak" if symmetric else "strong"
    found: Any = connected_components(graph, connection=how, return_labels=False)
    return int(found)


def level(*parts: Any) -> tuple[Any, ...] | None:
    """Return coefficients of either sign whose sums over zero-one or ±1 variables rank alike.

    Numbers that are 2⁴ times as large as all smaller ones together, and 2¹⁰ times the largest of
    these, and whole multiples k·M of one M but for a rest that is as small, become k·M′ and the
    rest, where M′ is just above the sum of all that is small: no choice of the small ones makes up
    for one M′. So no big M hides, in sums of a few digits, what is at stake.

    Parameters
    ----------
    *parts : array or sparse array
        Of one and the same sum.

    Returns
    -------
    tuple of the parts, or None where there is no need

    Examples
    --------
    >>> level(np.array([-1e200, 2e200]), np.array([3.0, -1.0]))
    (array([-8., 16.]), array([ 3., -1.]))
    >>> level(np.array([5 - 1e10, 2e10, 1.0]))
    (array([-3., 16.,  1.]),)
    """
    entries = [np.ravel(part if isinstance(part, np.ndarray) else part.data) for part in parts]
    given = np.concatenate(entries)
    even = _level(given)
    if even is given:
        return None
    ends = np.cumsum([len(e) for e in entries])[:-1]
    return tuple(map(_with, parts, np.split(even, ends)))


def _with(part: Any, entries: Floats) -> Any:
    """Return an array, dense or sparse, with other entries in their order."""
    if isinstance(part, np.ndarray):
        return entries.reshape(part.shape)
    other = part.copy()
    other.data = entries
    return other


def _level(values: Floats) -> Floats:
    gap = 0
    while True:
        sizes = np.abs(values)
        mass = np.bincount(np.frexp(sizes)[1] - FIRST, sizes, COUNT)
        used = np.flatnonzero(mass)
        below = np.append(0.0, np.cumsum(mass[used]))[:-1]
        gaps = np.flatnonzero(np.ldexp(1.0, used + FIRST - 1 - ABOVE) > below)
        if gap >= len(gaps):
            return values
        k = int(gaps[gap])
        above = sizes >= np.ldexp(1.0, int(used[k]) + FIRST - 1)
        found = _multiples(values[above], sizes[~above & (sizes > 0)])
        if found is None:
            gap += 1
            continue
        gap, values = 0, values.copy()
        values[above] = found


def _multiples(values: Floats, small: Floats) -> Floats | None:
    """Return k·M′ + rest for numbers k·M + rest, or None where they are no such ones: see `level`.

    What is but rounding of a multiple is no rest.
    """
    some, total = values[:: 1 + len(values) // SAMPLE], float(small.sum())
    least = float(np.abs(values).min())
    if float(np.abs(values).max()) * 2.0**-WIDEST > least:
        return None
    for parts in PARTS:
        shares = np.abs(some) / np.rint(np.abs(some) / (least / parts))
        unit = float(np.sort(shares)[len(shares) // 2])
        if np.abs(_rests(some, unit, total)).sum() * 2**ABOVE >= unit:
            continue
        rest = _rests(values, unit, total)
        hidden = np.append(small, np.abs(rest[rest != 0]))
        whole = float(hidden.sum())
        if max(whole * 2**ABOVE, hidden.max(initial=0.0) * 2**BEYOND) < unit and whole:
            return np.asarray(np.rint((values - rest) / unit) * _above(whole) + rest)
        if not rest.any():
            return None
    return None


def _rests(values: Floats, unit: float, small: float) -> Floats:
    """Return by how much numbers exceed the next whole multiple of a unit."""
    rest, digit = np.fmod(values, unit), np.spacing(np.abs(values))
    rest -= np.where(2 * np.abs(rest) > unit, np.copysign(unit, rest), 0.0)
    told = (rest % 1 == 0) & (digit <= 1)  # sums of whole numbers
    rest[(np.abs(rest) <= 4 * digit) & (digit > small) & ~told] = 0.0
    return rest


def _above(number: float) -> float:
    return float(np.ldexp(1.0, exponent(number)))
