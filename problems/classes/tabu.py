"""Tabu search over one-hot groups (TabuCol): one group at a time goes to another class.

References
----------
Hertz & de Werra, "Using tabu search techniques for graph coloring", 1987; Galinier & Hao, "Hybrid
evolutionary algorithms for graph coloring", 1999, for tenures that grow with the conflicts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]
State = NDArray[np.intp]
Couple = Callable[[Array, int, int, int], None]

DENSE_NODES = 2500
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


class PottsMoves:
    """A group goes to another class: the moves of one replica of a one-hot state.

    Parameters
    ----------
    fields : array, shape (k, n)
        ∂H/∂v of every unit at `classes`; `couple` keeps it so.
    classes : array of int, shape (n,)
        The class of each group.
    value : float
        H there.
    couple : callable
        ``couple(fields, group, old, new)`` updates the fields.
    tenure, share : float
        A group may not go back to its class for tenure·z + share·(number of groups that may move)
        steps, z uniform on [0, 1].
    troubled : bool
        Whether only groups that feel a positive field may move, as where H counts conflicts.
    balanced : bool
        Whether only states count as the best whose classes differ by at most one group in size.
    """

    def __init__(
        self,
        fields: Array,
        classes: State,
        value: float,
        couple: Couple,
        *,
        tenure: float = 10.0,
        share: float = 0.6,
        troubled: bool = True,
        balanced: bool = False,
    ) -> None:
        self.fields, self.couple = fields, couple
        self.tenure, self.share, self.troubled, self.balanced = tenure, share, troubled, balanced
        self.state, self.value = classes[None].copy(), np.array([float(value)])
        self.most = fields.size
        self._until = np.zeros(fields.shape, dtype=np.float32)
        self._all = self._groups = np.arange(len(classes))
        self._sizes = np.bincount(classes, minlength=len(fields))

    def rises(self) -> Array:
        classes = self.state[0]
        own = self.fields[classes, self._all]
        self._groups = groups = np.flatnonzero(own > 0) if self.troubled else self._all
        rise = self.fields[:, groups] - own[groups]
        rise[classes[groups], np.arange(len(groups))] = np.inf
        return np.asarray(rise.reshape(1, -1) if len(self.fields) > 1 else rise[:, :0])

    def tabu(self, step: int) -> Array:
        return (self._until[:, self._groups] > step).reshape(1, -1)

    def tenures(self, z: Array) -> Array:
        return np.asarray(self.tenure * z)

    def make(self, chosen: Array, step: int, tenure: Array) -> None:
        count = len(self._groups)
        new, k = divmod(int(chosen[0]), count)
        group, fields = int(self._groups[k]), self.fields
        old = int(self.state[0, group])
        self.value += fields[new, group] - fields[old, group]
        self.state[0, group] = new
        self.couple(fields, group, old, new)
        self._until[new, group] = 0  # nothing is tabu that is no move
        self._until[old, group] = step + float(tenure[0, 0]) + self.share * count
        self._sizes[old] -= 1
        self._sizes[new] += 1

    def admits(self) -> Array:
        return np.array([not (self.balanced and np.ptp(self._sizes) > 1)])
