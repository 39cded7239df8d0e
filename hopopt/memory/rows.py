"""A matrix that grows and shrinks by rows, without a copy for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from hopopt.core.lagrangian import Array


class Rows:
    """Rows of one width in a buffer with room to grow (half as much again when it is full).

    Examples
    --------
    >>> rows = Rows(2, float)
    >>> rows.append([[1, 2], [3, 4], [5, 6]])
    >>> rows.delete(1)
    >>> rows.view
    array([[1., 2.],
           [5., 6.]])
    """

    def __init__(self, width: int, dtype: DTypeLike) -> None:
        self._buffer = np.empty((0, width), dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def view(self) -> Array:
        """The rows: a view, valid until the next change."""
        return self._buffer[: self._count]

    def append(self, rows: ArrayLike) -> None:
        """Add rows, shape (K, width), at the end."""
        new = np.asarray(rows)
        count = self._count + len(new)
        if count > len(self._buffer):
            full = len(self._buffer) > 0
            size = max(count, 3 * len(self._buffer) // 2) if full else count
            buffer = np.empty((size, self._buffer.shape[1]), self._buffer.dtype)
            buffer[: self._count] = self.view
            self._buffer = buffer
        self._buffer[self._count : count] = new
        self._count = count

    def delete(self, index: int) -> None:
        """Remove one row; those behind it move up."""
        self._buffer[index : self._count - 1] = self._buffer[index + 1 : self._count]
        self._count -= 1
