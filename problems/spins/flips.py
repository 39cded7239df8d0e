"""Single flips of the spins of an energy, as moves of a tabu search."""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Multilinear
from hopopt.core import Matrix, Structured
from hopopt.fast import Occurrences, occurrences

Array = NDArray[Any]

DENSE_UNITS = 4000
TENURE, SPREAD, MOST_TABU = 7.0, 8.0, 1 / 4


class FlipMoves:
    """Single flips of an Ising energy's spins, in replicas.

    Parameters
    ----------
    energy : IsingEnergy
        Or, of `TermMoves`, Multilinear.
    s : array, shape (B, N)
        The first spins of each replica.
    tenure, spread : float
        A unit that has flipped is tabu for tenure + spread·z steps, z uniform on [0, 1], but no
        more than N/4.

    Attributes
    ----------
    state : array of float32, shape (B, N)
        The spins.
    value : array, shape (B,)
        Their energies.
    most_replicas, chunk : int
        How many replicas, and steps at a time, a search takes at most.
    """

    most_replicas, chunk = 32, 500

    def __init__(
        self, energy: Any, s: Array, tenure: float = TENURE, spread: float = SPREAD
    ) -> None:
        replicas, size = s.shape
        self.energy, self.tenure, self.spread = energy, tenure, spread
        self._prepare(size)
        self._replicas = np.arange(replicas)
        self._until, self._field, self.state = np.zeros((3, replicas, size), dtype=np.float32)
        self.value, self.most = np.zeros(replicas), size
        self.place(self._replicas, s)

    def _prepare(self, size: int) -> None:
        self._rows, self._J = None, 4 * self.energy.J
        if size <= DENSE_UNITS:
            self._rows = as_dense(self._J)
        elif isinstance(self._J, np.ndarray):
            self._J = sparse.csr_array(self._J)

    def place(self, replicas: Array, s: Array) -> None:
        """Put some replicas in states, shape (N,) or (len(replicas), N), with nothing tabu."""
        spins = np.asarray(s, dtype=float)
        self.state[replicas] = spins
        self._field[replicas] = -2 * self.energy.gradient(spins)
        self._until[replicas] = 0
        self.value[replicas] = self.energy.value(spins)

    def rises(self) -> Array:
        return self.state * self._field

    def tabu(self, step: int) -> Array:
        return np.asarray(self._until > step)

    def tenures(self, z: Array) -> Array:
        return np.asarray(
            np.minimum(self.tenure + self.spread * z, MOST_TABU * self.state.shape[1])
        )

    def make(self, chosen: Array, step: int, tenure: Array) -> None:
        here = self._replicas, chosen
        old = self.state[here]
        self.value += old * self._field[here]
        self.state[here] = -old
        self._tell(chosen, old)
        self._until[here] = step + tenure[0]

    def admits(self) -> Array:
        return np.ones(len(self.value), dtype=bool)

    def _tell(self, units: Array, old: Array) -> None:
        """Take what one unit a replica was from the fields of its neighbours, twice."""
        if self._rows is not None:
            self._field -= old[:, None] * self._rows[units]
            return
        J = self._J
        if isinstance(J, Structured):
            self._field -= old[:, None] * J.rows(units)
            return
        for replica, k in enumerate(units.tolist()):
            near = slice(J.indptr[k], J.indptr[k + 1])
            self._field[replica, J.indices[near]] -= old[replica] * J.data[near]


class TermMoves(FlipMoves):
    """Single flips of the spins of an energy of any order: `FlipMoves` of a `Multilinear` energy.

    A flip of spin k changes the field of j by what the products that hold both of them say.
    """

    most_replicas, chunk = 4, 100
    energy: Multilinear

    def _prepare(self, size: int) -> None:
        self._found: Occurrences = occurrences(self.energy)

    def _tell(self, units: Array, old: Array) -> None:
        for replica, k in enumerate(units.tolist()):
            change, s = np.float32(4 * old[replica]), self.state[replica]
            for others, pushes in self._meetings(k, s):
                np.subtract.at(self._field[replica], others, change * pushes)

    def _meetings(self, k: int, s: Array) -> Any:
        """Yield spins that k meets, and −∂²H/∂v_k∂v_j of each such product, by their number."""
        found = self._found
        first, last = int(found.indptr[k]), int(found.indptr[k + 1])
        starts = found.starts[first : last + 1].astype(np.intp)
        counts = np.diff(starts)
        for count in np.unique(counts).tolist():
            where = np.flatnonzero(counts == count)
            places = starts[where] + np.arange(count)[:, None]
            others, b = found.others[places], found.slopes[places]
            factors = list(found.offsets[places] + b * s[others])
            one = np.ones_like(factors[0])
            before = accumulate(factors[:-1], mul, initial=one)
            after = list(accumulate(reversed(factors[1:]), mul, initial=one))[::-1]
            weights = found.weights[first + where]
            rest = [weights * x * y for x, y in zip(before, after, strict=True)]
            yield others.ravel(), (b * rest).ravel()


def as_dense(J: Matrix) -> Array:
    """Return a matrix as an array in single precision."""
    if isinstance(J, Structured):
        return J.explicit(np.float32)
    return np.asarray(J if isinstance(J, np.ndarray) else J.toarray()).astype(np.float32)
