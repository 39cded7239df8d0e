"""Faces of a domain: some units are clamped, the others move as before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from hopopt.core.lagrangian import Array, Blocks, Lagrangian, instance, total


@dataclass(frozen=True, eq=False)
class Face(Lagrangian):
    """A face of a domain: L(u) = max ⟨u, v⟩ − L*(v) over the outputs that keep the clamped values.

    A face of a face is one face; where both clamp a unit, the later value holds.

    Parameters
    ----------
    base : Lagrangian
        The whole domain.
    mask : array of bool, shape domain
        The clamped units.
    values : array, shape domain (batch axes allowed)
        Their outputs; read only where `mask`.

    Raises
    ------
    ValueError
        For values that the domain does not hold.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Sinkhorn
    >>> corner = np.outer([1, 0, 0], [1, 0, 0])
    >>> face = Face(Sinkhorn(), corner == 1, corner)
    >>> face.gradient(np.zeros((3, 3)))[0]
    array([[1. , 0. , 0. ],
           [0. , 0.5, 0.5],
           [0. , 0.5, 0.5]])
    """

    base: Lagrangian
    mask: Array
    values: Array

    def __post_init__(self) -> None:
        instance(self.base, "base")
        base, mask = self.base, np.asarray(self.mask, dtype=bool)
        shape = np.broadcast_shapes(mask.shape, np.shape(self.values))
        mask, values = np.broadcast_to(mask, shape), np.broadcast_to(self.values, shape)
        if isinstance(base, Face):
            values, mask = np.where(mask, values, base.values), mask | base.mask
            base = base.base
        base.check_pins(mask, values)
        for name, part in (("base", base), ("mask", mask), ("values", values)):
            object.__setattr__(self, name, part)

    @property
    def blocks(self) -> Blocks:
        return self.base.blocks

    @property
    def bounded(self) -> bool:
        return self.base.bounded

    @property
    def lipschitz(self) -> float:
        return self.base.lipschitz

    @property
    def ndim(self) -> int:
        return self.base.ndim

    def on(self, shape: tuple[int, ...]) -> Self:
        return replace(self, base=self.base.on(shape))

    def labels(self, shape: tuple[int, ...]) -> Array:
        return self.base.labels(shape)

    def _pinned(self, u: Array) -> Array:
        return self.base.pinned(u, self.mask, self.values)

    def _face(self, v: Array) -> Array:
        return np.where(self.mask, self.values, v)

    def _value(self, x: Array, warm: Array | None) -> Array:
        v, _ = self._gradient(x, warm)
        return total(x * v - self.density(v), self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        v, warm = self.base._gradient(self._pinned(x), warm)
        return self._face(v), warm

    def density(self, v: Array) -> Array:
        return np.where(self.mask, 0, self.base.density(v))

    def _jvp(self, v: Array, w: Array) -> Array:
        moved = self.base._jvp(v, np.where(self.mask, 0, w))
        return np.where(self.mask, 0, moved)

    def _inverse(self, v: Array) -> Array:
        return self.base._inverse(v)

    def vertex(self, u: Array) -> Array:
        return self._face(self.base.vertex(self._pinned(u)))

    def opposite(self, v: Array) -> Array:
        return self._face(self.base.opposite(v))

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.where(self.mask, 0, self.base.noise(rng, shape))

    def check_pins(self, mask: Array, values: Array) -> None:
        self.base.check_pins(mask, values)
