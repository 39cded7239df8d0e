"""The stored patterns themselves, compact, and the search for the nearest of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.memory.coding import to_bipolar
from hopopt.memory.rows import Rows

BLOCK = 2**22
RIGHT = 1e-3


class Store:
    """The patterns of a memory: a bit a unit where they are two-valued, float64 where real.

    Parameters
    ----------
    width : int
        N.
    coding : {"bipolar", "binary", "real"}

    Examples
    --------
    >>> store = Store(3, "bipolar")
    >>> store.append(np.array([[1, 1, -1], [-1, 1, 1]]))
    >>> index, overlap = store.nearest(np.array([[1, 1, 1], [1, -1, -1]]))
    >>> index, overlap.round(2)
    (array([0, 1]), array([ 0.33, -1.  ]))
    """

    def __init__(self, width: int, coding: str) -> None:
        self.width, self.coding = width, coding
        real = coding == "real"
        self._rows = Rows(width if real else -(-width // 8), float if real else np.uint8)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def patterns(self) -> Array:
        """The patterns in their own coding, shape (P, N): int8, or a view of real ones."""
        return self.take(slice(None))

    def take(self, rows: Array | slice, columns: slice = slice(None)) -> Array:
        """Return some of the patterns, or some of their units."""
        if self.coding == "real":
            return self._rows.view[rows, columns]
        bits = np.unpackbits(self._rows.view[rows], axis=-1, count=self.width).view(np.int8)
        return (2 * bits - 1 if self.coding == "bipolar" else bits)[..., columns]

    def append(self, patterns: Array) -> None:
        """Store more patterns."""
        self._rows.append(patterns if self.coding == "real" else np.packbits(patterns > 0, axis=-1))

    def delete(self, index: int) -> None:
        """Remove one pattern."""
        self._rows.delete(index)

    def bipolar(self) -> Array:
        """Return the patterns as floats, ±1 where they are two-valued."""
        return to_bipolar(self.patterns, self.coding)

    def nearest(
        self, states: Array, columns: slice = slice(None), hint: Array | None = None
    ) -> tuple[Array, Array]:
        """Return the nearest stored pattern of each state, shape (B, N), and the overlap with it.

        Two-valued: the pattern of the largest |overlap| m = ⟨ξ, v⟩/N in ±1 coding, the sign kept;
        a pattern before the negation of another. Real: the pattern at the least distance, and the
        cosine of the angle between the two. `columns` restricts the patterns to some units;
        a `hint` is taken where it is the very state.
        """
        if hint is not None:
            return self._hinted(states, columns, hint)
        if self.coding == "real":
            return self._nearest_real(states, columns)
        v = to_bipolar(states, self.coding).astype(np.float32)
        size = np.full(len(v), -np.inf, np.float32)
        index, sign = np.zeros(len(v), dtype=int), np.ones(len(v), np.float32)
        for start, block in self._blocks(columns):
            m = v @ to_bipolar(block, self.coding).astype(np.float32).T
            for s in (1.0, -1.0):
                best = (s * m).argmax(-1)
                value = s * np.take_along_axis(m, best[:, None], -1)[:, 0]
                better = value > size + (0.5 if s < 0 else 0.0)
                size = np.where(better, value, size)
                index = np.where(better, start + best, index)
                sign = np.where(better, np.float32(s), sign)
        return index, (sign * size / v.shape[-1]).astype(float)

    def _hinted(self, states: Array, columns: slice, hint: Array) -> tuple[Array, Array]:
        index, overlap = hint.copy(), self.overlaps(states, hint, columns)
        far = np.abs(states - self.take(hint, columns)).max(-1) >= RIGHT
        if far.any():
            index[far], overlap[far] = self.nearest(states[far], columns)
        return index, overlap

    def _nearest_real(self, states: Array, columns: slice) -> tuple[Array, Array]:
        least = np.full(len(states), np.inf)
        index = np.zeros(len(states), dtype=int)
        for start, block in self._blocks(columns):
            distance = np.einsum("pi,pi->p", block, block) / 2 - states @ block.T
            best = distance.argmin(-1)
            value = np.take_along_axis(distance, best[:, None], -1)[:, 0]
            better = value < least
            least, index = np.where(better, value, least), np.where(better, start + best, index)
        return index, self.overlaps(states, index, columns)

    def overlaps(self, states: Array, index: Array, columns: slice = slice(None)) -> Array:
        """Return the overlap of each state with one pattern (real: the cosine)."""
        patterns = to_bipolar(self.take(index, columns), self.coding)
        v = to_bipolar(states, self.coding)
        product = np.einsum("bi,bi->b", patterns, v)
        if self.coding != "real":
            return np.asarray(product / v.shape[-1])
        sizes = np.sqrt((patterns**2).sum(-1) * (v**2).sum(-1))
        out = np.zeros_like(product)
        return np.asarray(np.divide(product, sizes, out=out, where=sizes > 0))

    def _blocks(self, columns: slice) -> Iterator[tuple[int, Array]]:
        height = max(1, BLOCK // max(1, self.width))
        for start in range(0, len(self), height):
            yield start, self.take(slice(start, start + height), columns)

    def coherence(self, most: int = 1000) -> float:
        """Return the largest |overlap| of two patterns (among the first `most`)."""
        if len(self) < 2:
            return 0.0
        X = to_bipolar(self.take(slice(most)), self.coding)
        size = np.sqrt((X * X).sum(-1))
        gram = np.abs(X @ X.T) / np.maximum(np.outer(size, size), np.finfo(float).tiny)
        np.fill_diagonal(gram, 0)
        return float(gram.max())

    @property
    def nbytes(self) -> int:
        """How much memory the patterns take."""
        return int(self._rows.view.nbytes)
