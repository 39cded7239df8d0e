"""Couplings arranged for sweeps: by colour classes where they are sparse, in panels where not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, filled, is_sparse, rows_of
from hopopt.core.structured import Structured
from hopopt.fast.colouring import colour_classes
from hopopt.fast.couplings import Couplings, narrow
from hopopt.fast.ready import TIE, Units

DENSE = 0.25
PANEL = 32


def couplings_of(
    energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
) -> Couplings:
    """Return an energy ready for sweeps: by colour classes where sparse, in panels where dense.

    Parameters
    ----------
    energy : IsingEnergy
    units : {"clip", "sign"}, default "clip"
        Hard-limited units v = clip(u, −1, 1), or two-valued ones v = ±1.
    loops : module, optional
        The compiled loops, as `loops.loops` gives them.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> type(couplings_of(energy)).__name__, couplings_of(energy).size
    ('DenseCouplings', 3)
    """
    dense = filled(energy.Q) > DENSE * energy.size**2 and energy.size > 1
    return (DenseCouplings if dense else SparseCouplings)(energy, units, loops)


class SparseCouplings(Couplings):
    """Couplings that reach a colour class as one sparse product."""

    def __init__(
        self, energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        super().__init__(energy, colour_classes(energy.J), units, loops)
        self.J = narrow(self.J)
        self.blocks = [self.J[rows] for rows in self.rows]

    @cached_property
    def _inputs(self) -> list[Any]:
        """The weights of each class."""
        weights = narrow(self.weights)
        return [weights[rows] for rows in self.rows]

    def _sweep(self, state: Array, gain: np.float32, push: Array) -> None:
        for rows, block in zip(self.rows, self._inputs, strict=True):
            u = (block @ state).astype(np.float32)
            u *= gain
            u += push[rows]
            self.settle(u, state[rows])

    def slopes(self, s: Array, k: int) -> Array:
        field = self.blocks[k] @ s
        field += self.h[self.rows[k]]
        return np.asarray(field)

    def _seconds(self, count: int) -> float:
        each = 7e-11 if self.whole else 1.4e-10
        return count * (each * int(self.J.nnz) + 1.1e-9 * self.size) + 6e-6 * len(self.rows)


class DenseCouplings(Couplings):
    """Couplings among all units, which move one after another, in panels.

    What a panel feels of the other units is one matrix product, of its own units one a unit. The
    rows of a structured matrix are made anew for every panel and sweep.
    """

    def __init__(
        self, energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        super().__init__(energy, [np.array([i]) for i in range(energy.size)], units, loops)
        if is_sparse(self.J):
            self.J = self.J.toarray()
        if loops is not None and not self.whole:
            self.loops = None
        self.panels = [slice(a, min(a + PANEL, self.size)) for a in range(0, self.size, PANEL)]

    def _inputs(self) -> Iterator[tuple[slice, Array, Array]]:
        """Yield panels, their weights, and those among their own units."""
        for panel in self.panels:
            weights = self._single
            if isinstance(weights, Structured):
                rows = weights.rows(np.arange(panel.start, panel.stop)).astype(np.float32)
            else:
                rows = weights[panel]
            yield panel, rows, np.ascontiguousarray(rows[:, panel])

    @cached_property
    def _single(self) -> Matrix:
        """The weights in single precision, in one array unless they are structured."""
        if isinstance(self.weights, Structured):
            return self.weights
        W = self.weights if isinstance(self.weights, np.ndarray) else self.weights.toarray()
        return W.astype(np.float32)

    def slopes(self, s: Array, k: int) -> Array:
        rows = np.arange(self.size)[self.rows[k]]
        return np.asarray(rows_of(self.J, rows) @ s + self.h[rows])

    def _sweep(self, state: Array, gain: np.float32, push: Array) -> None:
        v = state.astype(np.float32)
        for panel, weights, inner in self._inputs():
            rows, kicks = v[panel], push[panel]
            field = weights @ v
            field -= inner @ rows
            for i in range(len(rows)):
                u = inner[i] @ rows
                u += field[i]
                u *= gain
                u += kicks[i]
                self.settle(u, state[panel.start + i])
                rows[i] = state[panel.start + i]

    def _seconds(self, count: int) -> float:
        return self.size * (7e-6 + 2.5e-11 * count * self.size)

    def descend(self, s: Array) -> tuple[int, int]:
        work, replica = np.ascontiguousarray(s.T), np.arange(s.shape[1])
        field = np.ascontiguousarray((self.J @ s + self.h).T)
        place, count = np.zeros(len(replica), dtype=np.intp), np.arange(self.size)
        sweeps, flips = np.ones(len(replica), dtype=np.intp), 0
        while len(replica):
            wrong = field[replica] * work[replica] < -TIE
            ahead = wrong & (count >= place[replica, None])
            again = ~ahead.any(1)
            sweeps[replica] += again & (place[replica] > 0)  # a new sweep begins with unit 0
            ahead[again] = wrong[again]
            moves = ahead.any(1)
            unit, replica = ahead.argmax(1)[moves], replica[moves]
            place[replica] = unit + 1
            work[replica, unit] *= -1
            field[replica] += rows_of(self.J, unit) * (2 * work[replica, unit, None])
            flips += len(replica)
        s[...] = work.T
        return int(sweeps.max(initial=0)), flips
