"""What other packages' solvers of two-valued variables share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, IsingEnergy, Monitor
from hopopt.core import explicit
from problems.shared.external import External, Stopwatch
from problems.spins.instance import Instance

Floats = NDArray[np.float64]


Read = Callable[[int], tuple[Floats, float]]


FINE = 10**6


SEEDS = 2**31 - 1


TICK = 1e-6


class Pairs(NamedTuple):
    """An Ising energy as other packages take it: Σ_k w_k·s_i(k)·s_j(k) + Σ_i b_i·s_i, i < j."""

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    w: Floats
    b: Floats


def pairs(energy: IsingEnergy) -> Pairs:
    """Return the pairs of an Ising energy, with the signs turned round: *plus*.

    Examples
    --------
    >>> pairs(IsingEnergy([[0, 1], [1, 0]], [2, 0])).w
    array([-1.])
    """
    upper = sparse.coo_array(sparse.triu(sparse.csr_array(explicit(energy.J)), 1))
    i, j = upper.coords
    return Pairs(i.astype(np.intp), j.astype(np.intp), -upper.data.astype(float), -energy.h)


class Peer(External):
    """What the solvers of other packages share; see `problems.external`.

    Attributes
    ----------
    most : int
        The largest number of variables.
    """

    most: ClassVar[int] = 100_000

    def refusal(self, problem: Instance) -> str | None:
        if problem.size > self.most:
            return f"{self.name} takes at most {self.most} variables; got {problem.size}"
        return super().refusal(problem)

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal = self.refusal(problem)
        if refusal is not None:
            raise ValueError(refusal)
        watch = Stopwatch(monitor)
        s, scale = self.spins(problem.energy, rng, watch)
        return Attempt(
            x=problem.decode(s), status=watch.status, integrator=self.integrator(scale), output=s
        )

    @abstractmethod
    def spins(
        self, energy: IsingEnergy, rng: np.random.Generator, watch: Stopwatch
    ) -> tuple[Floats, float]:
        """Return the best spins found in the time that is left, and what scaled the energy."""


def best_of_reads(read: Read, watch: Stopwatch) -> Floats:
    """Return the best spins of as many reads as fit in the time, twice as many at a time.

    Parameters
    ----------
    read : callable
        ``read(n)`` returns the best spins of n reads, and their energy.
    watch : Stopwatch
        A call that would not come to an end in time is not made, but for the first.
    """
    n, begin = 1, watch.spent
    best, least = read(n)
    while (each := (watch.spent - begin) / n) < watch.seconds - watch.spent:
        n, begin = max(1, min(2 * n, int(watch.left / max(each, TICK)))), watch.spent
        s, energy = read(n)
        if energy < least:
            best, least = s, energy
    return best


def checked(sweeps: int) -> int:
    """Return a number of sweeps, or refuse it."""
    if isinstance(sweeps, bool) or not isinstance(sweeps, int) or sweeps < 1:
        raise ValueError(f"sweeps must be a positive integer; got {sweeps!r}")
    return sweeps
