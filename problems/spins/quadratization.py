"""Energies of higher order as Ising energies with auxiliary spins."""

from __future__ import annotations

from itertools import product

import numpy as np

from hopopt import IsingEnergy, Multilinear
from problems.spins.instance import Spins

Literals = tuple[int, ...]
MOST_FACTORS = 12


class Quadratized:
    """An energy of any order as an Ising energy: each auxiliary spin stands for a product of two.

    Products are written as products of literals z, a bit or its complement; while one has more than
    two, a bit y takes the place of two of them, z·z′, with Rosenberg's penalty
    w·(z·z′ − 2·z·y − 2·z′·y + 3·y), w what the products that y stands in weigh together.

    Parameters
    ----------
    energy : Multilinear
        No product of more than 12 factors unless each of these is 0 at one side.

    Attributes
    ----------
    energy : IsingEnergy
        Its minimum over the auxiliary spins, the last ones, is the original at the first ones.
    size : int
        How many the first ones are.
    auxiliary : dict
        The numbers, from 1, of the spins that stand for two literals.

    References
    ----------
    Rosenberg, "Reduction of bivalent maximization to the quadratic case", 1975.

    Examples
    --------
    >>> from hopopt import Clauses
    >>> Quadratized(Clauses([[1, 2, 3], [1, 2, -4]])).energy.size
    5
    """

    def __init__(self, energy: Multilinear) -> None:
        self.size = energy.size
        self._constant = energy.constant
        self._h: dict[int, float] = {}
        self._pairs: dict[tuple[int, int], float] = {}
        self.auxiliary: dict[tuple[int, int], int] = {}
        auxiliary = self.auxiliary
        penalties: dict[int, float] = {}
        for key, weight in literal_terms(energy).items():
            literals = key
            while len(literals) > 2:
                pair = literals[0], literals[1]
                y = auxiliary.setdefault(pair, self.size + len(auxiliary) + 1)
                penalties[y] = penalties.get(y, 0.0) + abs(weight)
                literals = (*literals[2:], y)
            self._add(literals, weight)
        for (p, q), y in auxiliary.items():
            for literals, factor in (((p, q), 1), ((p, y), -2), ((q, y), -2), ((y,), 3)):
                self._add(literals, factor * penalties[y])
        size = self.size + len(auxiliary)
        h = np.zeros(size)
        h[list(self._h)] = [-value for value in self._h.values()]
        ends = np.array(list(self._pairs), dtype=np.intp).reshape(-1, 2).T
        J = -np.array(list(self._pairs.values()))
        self.energy = IsingEnergy.from_edges(size, (ends[0], ends[1]), J, h, self._constant)

    def _add(self, literals: Literals, weight: float) -> None:
        """Add a product of one or two literals z = (1 ± s)/2, or of none."""
        share = weight / 2 ** len(literals)
        self._constant += share
        for z in literals:
            i = abs(z) - 1
            self._h[i] = self._h.get(i, 0.0) + (share if z > 0 else -share)
        if len(literals) == 2:
            p, q = literals
            ends = (abs(p) - 1, abs(q) - 1) if abs(p) < abs(q) else (abs(q) - 1, abs(p) - 1)
            self._pairs[ends] = self._pairs.get(ends, 0.0) + (share if p * q > 0 else -share)

    def inner(self, s: Spins) -> Spins:
        """Return the spins with what the auxiliary ones then are."""
        whole = [*s.tolist(), *[-1.0] * len(self.auxiliary)]
        for pair, y in self.auxiliary.items():
            holds = all(whole[abs(z) - 1] * z > 0 for z in pair)
            whole[y - 1] = 1.0 if holds else -1.0
        return np.array(whole)

    def outer(self, s: Spins) -> Spins:
        """Return the spins of the original."""
        return s[: self.size]


def literal_terms(energy: Multilinear) -> dict[Literals, float]:
    """Return an energy, but for its constant, as weighted products of literals.

    +i is the bit (1 + s)/2 of spin i − 1, −i its complement. A factor that is 0 at one side is a
    literal; any other is a number plus a literal, and multiplied out.

    Raises
    ------
    ValueError
        Where a product would be multiplied out to more than 2¹² of them.

    Examples
    --------
    >>> from hopopt import Clauses, Polynomial
    >>> literal_terms(Clauses([[1, -2]])), literal_terms(Polynomial({(0, 1): 1.0}))
    ({(-1, 2): 1.0}, {(): 1.0, (2,): -2.0, (1,): -2.0, (1, 2): 4.0})
    """
    found: dict[Literals, float] = {}
    for part in energy.products:
        up, down = part.offsets + part.slopes, part.offsets - part.slopes
        rows = zip(part.units.T, up.T, down.T, part.weights, strict=True)
        for units, ups, downs, weight in rows:
            choices = [
                _choices(int(i) + 1, a, b) for i, a, b in zip(units, ups, downs, strict=True)
            ]
            if sum(len(choice) > 1 for choice in choices) > MOST_FACTORS:
                raise ValueError(
                    f"energy must have products of at most {MOST_FACTORS} factors to be multiplied "
                    f"out; got {len(units)}"
                )
            for picked in product(*choices):
                literals = tuple(sorted((z for z, _ in picked if z), key=abs))
                value = float(weight) * float(np.prod([x for _, x in picked]))
                if value:
                    found[literals] = found.get(literals, 0.0) + value
    return found


def _choices(number: int, up: float, down: float) -> list[tuple[int, float]]:
    """Return a factor as a sum of literals, 0 for none, with their coefficients."""
    if not down:
        return [(number, up)]
    if not up:
        return [(-number, down)]
    return [(0, down), (number, up - down)]
