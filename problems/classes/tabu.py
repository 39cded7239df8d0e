"""Potts networks whose units rest after they have fired: the discrete engine of one-hot problems.

Every group of the domain holds one firing unit. The network is asynchronous: of all units that may
fire, the one whose group gains most by it does, H falls or rises by exactly that, and the unit that
falls silent is refractory for a while. Without the rest this is steepest descent; with it the
network leaves every minimum by the shallowest way and does not come back.

References
----------
Hopfield, "Neural networks and physical systems with emergent collective computational abilities",
1982; Aihara, Takabe & Toyoda, "Chaotic neural networks", 1990, for refractoriness. With a rest that
is all-or-nothing it is what tabu search does (Glover 1989; Hertz & de Werra 1987 on colouring), as
Hasegawa, Ikeguchi & Aihara showed in 1997.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]
State = NDArray[np.intp]
Couple = Callable[[Array, int, int, int], None]

DENSE_NODES = 2500
NEVER = 1e18
WHOLE = 2.0**24  # up to which float32 holds every integer


class Coupling:
    """Pairwise couplings of Potts groups: H = ½·Σ_ij w_ij·[s_i = s_j].

    Positive weights push two groups into different classes, which is colouring; a constant minus
    an edge's weight balances classes while it cuts little, which is partition.

    Parameters
    ----------
    weights : sparse array, shape (n, n)
        Symmetric, zero on the diagonal.
    background : float, default 0
        Added between every two groups, without being stored where the weights are sparse.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> coupling = Coupling(sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]])))
    >>> coupling.fields(np.array([0, 1]), 2)
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """

    def __init__(self, weights: sparse.csr_array[Any], background: float = 0.0) -> None:
        largest = float(abs(weights).sum(1).max(initial=0)) + weights.shape[0] * abs(background)
        whole = np.all(weights.data == np.rint(weights.data)) and float(background).is_integer()
        exact = bool(whole) and largest < WHOLE
        self.weights = weights.astype(np.float32 if exact else float)
        self.background = background
        self.rows: Array | None = None
        if weights.shape[0] <= DENSE_NODES:
            self.rows = self.weights.toarray() + self.weights.dtype.type(background)
            np.fill_diagonal(self.rows, 0)

    def fields(self, state: State, k: int) -> Array:
        """Return ∂H/∂v of every unit, shape (k, n), for groups in these classes."""
        n = len(state)
        one_hot = sparse.csr_array((np.ones(n, np.float32), (state, np.arange(n))), shape=(k, n))
        fields = (one_hot @ self.weights).toarray()
        fields += self.background * (np.bincount(state, minlength=k)[:, None] - one_hot.toarray())
        return np.asarray(fields, dtype=self.weights.dtype)

    def __call__(self, fields: Array, group: int, old: int, new: int) -> None:
        """Update the fields after a group has gone from one class to another."""
        if self.rows is not None:
            row = self.rows[group]
            fields[old] -= row
            fields[new] += row
            return
        start, stop = self.weights.indptr[group : group + 2]
        near, weight = self.weights.indices[start:stop], self.weights.data[start:stop]
        fields[old, near] -= weight
        fields[new, near] += weight
        if self.background:
            fields[old] -= self.background
            fields[new] += self.background
            fields[old, group] += self.background
            fields[new, group] -= self.background


@dataclass(eq=False)
class RefractoryPotts:
    """A Potts network in motion.

    Parameters
    ----------
    fields : array, shape (k, n)
        ∂H/∂v of every unit at `state`; `couple` keeps it so.
    state : array of int, shape (n,)
        The unit that fires in each group.
    energy : float
        H at `state`.
    couple : callable
        ``couple(fields, group, old, new)`` updates the fields.
    rng : numpy.random.Generator
    rest, share : float
        A unit that falls silent stays so for rest·z + share·(number of groups that may move)
        steps, z uniform on [0, 1].
    troubled : bool
        Whether only groups that feel a positive field may move, as where H counts conflicts.
    jitter : float
        Ties are broken by noise of this size, below the least difference of two fields.
    balanced : bool
        Whether only states count as `best` whose classes differ by at most one group in size.

    Attributes
    ----------
    best, best_energy
        The state of lowest H so far.
    step : int
        Steps taken.
    """

    fields: Array
    state: State
    energy: float
    couple: Couple
    rng: np.random.Generator
    rest: float = 10.0
    share: float = 0.6
    troubled: bool = True
    jitter: float = 0.5
    balanced: bool = False
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._silent_until = np.zeros(self.fields.shape, dtype=np.float32)
        self._groups = np.arange(len(self.state))
        self._sizes = np.bincount(self.state, minlength=len(self.fields))
        self.best, self.best_energy = self.state.copy(), self.energy

    def run(self, steps: int, target: float = 0.0) -> bool:
        """Take steps until H is at `target` or so many are done; return whether it is."""
        draws = self.rng.random(steps)
        for z in draws:
            if self.best_energy <= target:
                break
            self._fire(float(z))
        return self.best_energy <= target

    def _fire(self, z: float) -> None:
        """Let the unit fire that lowers H most, or raises it least, among those not resting."""
        self.step += 1
        own = self.fields[self.state, self._groups]
        groups = np.flatnonzero(own > 0) if self.troubled else self._groups
        count = len(groups)
        gain = self.fields[:, groups] - own[groups]
        gain += self.jitter * self.rng.random(gain.shape, dtype=np.float32)
        gain[self._silent_until[:, groups] > self.step] += NEVER
        gain[self.state[groups], np.arange(count)] = 2 * NEVER
        new, k = divmod(int(gain.argmin()), count)
        group = int(groups[k])
        old = int(self.state[group])
        self.energy += float(self.fields[new, group] - self.fields[old, group])
        self.state[group] = new
        self.couple(self.fields, group, old, new)
        self._silent_until[old, group] = self.step + self.rest * z + self.share * count
        self._sizes[old] -= 1
        self._sizes[new] += 1
        if self.energy < self.best_energy and not (self.balanced and np.ptp(self._sizes) > 1):
            self.best, self.best_energy = self.state.copy(), self.energy
