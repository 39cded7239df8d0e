"""Certificates: which corners of a penalty energy are stable, by theorem and by census.

A penalty turns a constraint into energy, and its weight P decides whether a network can rest where
the constraint is broken. For two kinds of constraint there is a bound above which it cannot:

- **Permutations.** H = P/2·Σ_x (S_x − 1)² + P/2·Σ_i (S_i − 1)² + cost, S the sums of rows and
  columns, the cost's field f = ∂cost/∂v nowhere negative. If P is above the largest f over states
  with all S ≤ 1, the corners that no single flip lowers or leaves level are exactly the
  permutations: in an overfull group a removal changes H by P·(3 − S_x − S_i) − f ≤ 0; with all
  S ≤ 1 and an empty row there is an empty column, and filling both changes it by f − P < 0; at a
  permutation a removal costs P − f > 0 and an insertion P + f > 0.
- **One-hot groups.** H = P/2·Σ_g (S_g − 1)² + cost with P > 2·max|f| over all corners: a removal
  from an overfull group changes H by P·(3 − 2S)/2 − f < 0, and so on.

Other constraints get the census and its counterexamples, and no claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Protocol, runtime_checkable

import numpy as np

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array

MOST_UNITS = 20
CHUNK = 2**14
MARGIN = 1e-3
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Encoding:
    """A problem over zero-one units, as `certify` asks a problem for it.

    Attributes
    ----------
    energy : callable
        ``energy(P)``: H at this weight of the penalty, an `Energy` over bits.
    feasible : callable
        ``feasible(v)``: which corners, shape (M, *shape), keep the constraints; shape (M,).
    bound : float
        The weight above which `theorem` holds, or, without a theorem, the weight that the problem
        takes.
    theorem : str or None
        What holds above the bound: the name of the statement.
    complete : bool
        Whether the theorem says that every feasible corner is stable, too.

    Examples
    --------
    >>> from problems import TSP
    >>> encoding = TSP.load("random-3").encoding()
    >>> encoding.theorem, encoding.energy(2 * encoding.bound).shape
    ('the stable corners are the permutations', (3, 3))
    """

    energy: Callable[[float], Energy]
    feasible: Callable[[Array], Array]
    bound: float
    theorem: str | None = None
    complete: bool = True


@runtime_checkable
class Encoded(Protocol):
    """A problem that can be certified."""

    name: str

    def encoding(self) -> Encoding:
        """Return the problem over zero-one units."""
        ...


@dataclass(frozen=True, eq=False)
class Census:
    """Every corner of {0, 1}^N looked at.

    Attributes
    ----------
    corners : bool array, shape (2^N, *shape)
    feasible : bool array, shape (2^N,)
    stable : bool array, shape (2^N,)
        Where every single flip raises H.
    strict : bool array, shape (2^N,)
        Where (1 − 2v_i)·∂H/∂v_i > 0 for all i: where the continuous network is at rest, too. The
        same as `stable` if no unit couples to itself.
    """

    corners: Array = field(repr=False)
    feasible: Array = field(repr=False)
    stable: Array = field(repr=False)
    strict: Array = field(repr=False)

    @property
    def intruders(self) -> Array:
        """The corners that are stable and not feasible, shape (M, *shape)."""
        return np.asarray(self.corners[self.stable & ~self.feasible])

    @property
    def exiles(self) -> Array:
        """The corners that are feasible and not stable, shape (M, *shape)."""
        return np.asarray(self.corners[self.feasible & ~self.stable])

    @property
    def sound(self) -> bool:
        """Whether every stable corner is feasible."""
        return not len(self.intruders)

    @property
    def exact(self) -> bool:
        """Whether the stable corners are the feasible ones."""
        return bool(np.array_equal(self.stable, self.feasible))


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is known about a penalty's weight.

    Attributes
    ----------
    problem : str
    weight : float
        P, the weight that was looked at.
    bound : float or None
        Above it the theorem holds; None where there is none.
    theorem : str or None
    census : Census or None
        None where there are too many corners.
    """

    problem: str
    weight: float
    bound: float | None
    theorem: str | None
    census: Census | None

    @property
    def margin(self) -> float | None:
        """(P − bound)/bound: positive where the theorem holds; None without a theorem."""
        if self.bound is None:
            return None
        return (self.weight - self.bound) / self.bound if self.bound else np.inf

    @property
    def certified(self) -> bool:
        """Whether the theorem holds at this weight."""
        return self.bound is not None and self.weight > self.bound

    def __str__(self) -> str:
        claim = self.theorem if self.certified else "no claim"
        limit = "" if self.bound is None else f", bound {self.bound:.6g}"
        lines = [f"{self.problem}: P = {self.weight:.6g}{limit}: {claim}"]
        if self.census is not None:
            c = self.census
            lines.append(
                f"census of {len(c.corners)} corners: {int(c.feasible.sum())} feasible, "
                f"{int(c.stable.sum())} stable, {len(c.intruders)} stable but infeasible, "
                f"{len(c.exiles)} feasible but unstable"
            )
        return "\n".join(lines)


def certify(problem: Encoded, *, scale: float | None = None) -> Certificate:
    """Say whether a problem's penalty keeps the network out of what is not feasible.

    Parameters
    ----------
    problem : Problem
        With a method `encoding`, as the catalogue's constrained problems have.
    scale : float, optional
        Look at this multiple of the bound instead of the weight that the problem takes, which is a
        thousandth above the bound: below 1 the census finds what goes wrong.

    Returns
    -------
    Certificate
        With a census up to 20 units.

    Raises
    ------
    TypeError
        If the problem has no encoding.

    Examples
    --------
    >>> from hopopt import certify
    >>> from problems import LinearAssignment
    >>> print(certify(LinearAssignment([[1, 2, 3], [2, 4, 6], [3, 6, 9]])))
    assignment: P = 8.008, bound 8: the stable corners are the permutations
    census of 512 corners: 6 feasible, 6 stable, 0 stable but infeasible, 0 feasible but unstable
    """
    if not isinstance(problem, Encoded):
        raise TypeError(
            f"problem must have a method encoding() to be certified; {type(problem).__name__} has "
            "none"
        )
    if scale is not None and not 0 <= scale < np.inf:
        raise ValueError(f"scale must be a finite number ≥ 0; got {scale}")
    encoding = problem.encoding()
    factor = scale if scale is not None else (1.0 if encoding.theorem is None else 1 + MARGIN)
    weight = encoding.bound * factor
    energy = encoding.energy(weight)
    small = prod(energy.shape) <= MOST_UNITS
    return Certificate(
        problem=problem.name,
        weight=weight,
        bound=None if encoding.theorem is None else encoding.bound,
        theorem=encoding.theorem,
        census=census(energy, encoding.feasible) if small else None,
    )


def census(energy: Energy, feasible: Callable[[Array], Array]) -> Census:
    """Look at every corner of {0, 1}^N.

    Parameters
    ----------
    energy : Energy
        Over N ≤ 20 bits.
    feasible : callable
        Maps corners, shape (M, *shape), to a boolean array, shape (M,).

    Examples
    --------
    >>> from hopopt import Quadratic
    >>> found = census(Quadratic([[0.0, 2.0], [2.0, 0.0]], [-1.0, -1.0]), lambda v: v.sum(-1) == 1)
    >>> found.corners[found.stable].astype(int).tolist(), found.exact
    ([[1, 0], [0, 1]], True)
    """
    size = prod(energy.shape)
    if size > MOST_UNITS:
        raise ValueError(f"energy must have at most {MOST_UNITS} units for a census; got {size}")
    corners = (np.arange(2**size)[:, None] >> np.arange(size) & 1).astype(bool)
    corners = corners.reshape(-1, *energy.shape)
    stable, strict = np.empty(len(corners), dtype=bool), np.empty(len(corners), dtype=bool)
    for start in range(0, len(corners), CHUNK):
        part = slice(start, start + CHUNK)
        v = corners[part].astype(float)
        gradient = energy.gradient(v)
        slack = ROUNDING * max(1.0, float(np.abs(gradient).max(initial=0)))
        axes = tuple(range(1, v.ndim))
        stable[part] = np.all(energy.flip(v, 1 - 2 * v) > slack, axis=axes)
        strict[part] = np.all((1 - 2 * v) * gradient > slack, axis=axes)
    kept = np.asarray(feasible(corners), dtype=bool)
    return Census(corners, kept, stable, strict)
