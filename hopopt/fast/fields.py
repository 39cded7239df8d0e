"""What one unit's move changes: the fields of quadratic energies, the overlaps of dense ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from hopopt.core.dense import DenseMemory
from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.low_rank import LowRank
from hopopt.core.matrices import Matrix, apply, rows_of
from hopopt.core.quadratic import Quadratic
from hopopt.core.sweeping import ROUNDING

BLOCK = 64


def product(Q: Matrix, v: Array) -> Array:
    """Return v·Q for the rows of v, in the precision of a low-rank Q."""
    if not isinstance(Q, LowRank):
        return apply(Q, v)
    rows = v.astype(Q.factors.dtype, copy=False)
    hidden = rows @ Q.factors.T
    hidden *= Q.s.astype(hidden.dtype, copy=False)
    out = hidden @ Q.factors
    out += rows * Q.d.astype(out.dtype, copy=False)
    return np.asarray(out)


def some(parameters: Array, replicas: Array) -> Array:
    """Return the parameters of some replicas; those that all share as they are."""
    return parameters if len(parameters) == 1 else parameters[replicas]


class Fields(ABC):
    """The moves open to every unit of a batch of replicas, kept up to date while units move.

    Parameters
    ----------
    energy : Energy
    count : int
        How many replicas there are.

    Attributes
    ----------
    replicas : array of int
        The numbers of those that still move.
    """

    def __init__(self, count: int) -> None:
        self.replicas = np.arange(count)
        self._hidden: Array | None = None

    def keep(self, chosen: Array) -> None:
        """Go on with some of the replicas only (a mask)."""
        self.replicas = self.replicas[chosen]
        if self._hidden is not None:
            self._hidden = self._hidden[chosen]

    @abstractmethod
    def start(self, v: Array, step: Array) -> tuple[Array, Array]:
        """Return, from the outputs afresh, ΔH of every unit's step, and H."""

    @abstractmethod
    def sweep(self, v: Array, step: Array, order: Array, kick: Array | None, noise: Array) -> int:
        """Visit units in order, each once; move those that gain. Changes v and step in place."""


class QuadraticFields(Fields):
    """Fields g = Qv + c: a block of units at a time, and inside it one row of Q a move."""

    def __init__(self, energy: Quadratic, count: int) -> None:
        super().__init__(count)
        self.Q: Matrix = energy.Q
        self.self_coupling, self.constant = energy.diagonal(), energy.constant.reshape(-1)
        self.c = energy.c.reshape(-1, energy.shape[0])
        if isinstance(energy.Q, LowRank):
            self._s = energy.Q.s.astype(energy.Q.factors.dtype)[:, None]

    def start(self, v: Array, step: Array) -> tuple[Array, Array]:
        c = some(self.c, self.replicas)
        g = product(self.Q, v) + c
        energy = np.einsum("bi,bi->b", v, g + c) / 2 + some(self.constant, self.replicas)
        if isinstance(self.Q, LowRank):
            self._hidden = v.astype(self.Q.factors.dtype, copy=False) @ self.Q.factors.T
        return step * (g + self.self_coupling * step / 2), energy

    def wants(self, slope: Array, step: Array) -> Array:
        """Return which replicas have a unit whose step lowers H, given ∇H."""
        rise = step * (slope + self.self_coupling * step / 2)
        return np.asarray(rise.min(-1) < -ROUNDING * np.abs(rise).max(-1))

    def _block(self, v: Array, units: Array) -> tuple[Array, Callable[[], Array]]:
        """Return the fields of some units, and what gives the weights among them."""
        c = some(self.c, self.replicas)[:, units]
        if self._hidden is None:
            rows = rows_of(self.Q, units)
            return v @ rows.T + c, lambda: rows[:, units]
        part = self.Q.factors.take(units, axis=1)
        weighted = part * self._s

        def among() -> Array:
            weights: Array = part.T @ weighted
            weights[np.diag_indices(len(units))] += self.Q.d[units]
            return weights

        return self._hidden @ weighted + v[:, units] * self.Q.d[units] + c, among

    def sweep(self, v: Array, step: Array, order: Array, kick: Array | None, noise: Array) -> int:
        flips = 0
        for begin in range(0, len(order), BLOCK):
            units = order[begin : begin + BLOCK]
            g, among = self._block(v, units)
            moves = np.array(step[:, units])
            push = None if kick is None else kick[:, units]
            moved = _visit(g, among, moves, push, noise, self.self_coupling[units])
            if moved is None:
                continue
            v[:, units] += moved
            step[:, units] = moves
            flips += int(np.count_nonzero(moved))
            if self._hidden is not None:
                self._hidden += moved.astype(self._hidden.dtype) @ self.Q.factors[:, units].T
        return flips


def _visit(
    g: Array,
    among: Callable[[], Array],
    moves: Array,
    kick: Array | None,
    noise: Array,
    own: Array,
) -> Array | None:
    """Visit a block's units in order, skipping those that no replica moves; return the moves."""
    gain = -moves * (g + own * moves / 2)
    if kick is not None:
        gain += kick * moves
    if not (gain > noise[:, None]).any():
        return None
    if len(gain) == 1:
        cross = moves.T * among() * moves
        chosen = _visit_one(gain[0], cross, float(noise[0]))
        moved: Array | None = np.where(chosen, moves, 0)
    else:
        moved = _visit_all(gain, among(), moves, noise[:, None])
    if moved is not None:
        moves -= 2 * moved
    return moved


def _visit_one(gain: Array, cross: Array, limit: float) -> Array:
    """Return which units of a single replica move; `cross` is what one takes off another's gain."""
    chosen, begin = np.zeros(len(gain), dtype=bool), 0
    while begin < len(gain):
        j = begin + int((gain[begin:] > limit).argmax())
        if not gain[j] > limit:
            break
        chosen[j], begin = True, j + 1
        gain[begin:] -= cross[j, begin:]
    return chosen


def _visit_all(gain: Array, among: Array, moves: Array, limit: Array) -> Array | None:
    """Return the moves of every replica; a unit that any of them moves is visited in all."""
    moved, begin = None, 0
    while begin < gain.shape[1]:
        wants = gain[:, begin:] > limit
        first = int(wants.any(0).argmax())
        chosen = wants[:, first]
        if not chosen.any():
            break
        j, begin = begin + first, begin + first + 1
        moved = np.zeros_like(moves) if moved is None else moved
        moved[:, j] = np.where(chosen, moves[:, j], 0)
        gain[:, begin:] -= moved[:, j, None] * among[j, begin:] * moves[:, begin:]
    return moved


class DenseFields(Fields):
    """Overlaps m = Ξv + b of a dense memory: a move adds a column of Ξ to them."""

    def __init__(self, energy: DenseMemory, count: int) -> None:
        super().__init__(count)
        self.energy = energy
        self.columns = np.ascontiguousarray(energy.patterns.T)

    def start(self, v: Array, step: Array) -> tuple[Array, Array]:
        self._hidden = self.energy.similarities(v)
        value = -self.energy.hidden.value(self._hidden, self.energy.T)
        return self.energy.flip_at(self._hidden, step), value

    def sweep(self, v: Array, step: Array, order: Array, kick: Array | None, noise: Array) -> int:
        size = float(np.abs(step).max(initial=0))
        overlaps = self.energy.similarities(v) if self._hidden is None else self._hidden
        pull, constant = self.energy.response(overlaps, size)
        flips = 0
        for i in order:
            column, move = self.columns[i], step[:, i]
            towards = np.sign(move) * (pull @ column) / self.energy.entry
            gain = -self.energy.rise(towards, constant, size)
            if kick is not None:
                gain = gain + kick[:, i] * move
            rows = np.flatnonzero((gain > noise) & (move != 0))
            if not len(rows):
                continue
            overlaps[rows] += step[rows, i, None] * column
            pull[rows], constant[rows] = self.energy.response(overlaps[rows], size)
            v[rows, i] += step[rows, i]
            step[rows, i] *= -1
            flips += len(rows)
        return flips


def fields_of(energy: Energy, count: int) -> Fields | None:
    """Return the fields of an energy for a number of replicas, where they are known to be cheap."""
    if isinstance(energy, Quadratic):
        return QuadraticFields(energy, count)
    if not isinstance(energy, DenseMemory) or energy.T.ndim or energy.bias.ndim > 1:
        return None
    return DenseFields(energy, count)
