"""A memory of weights that somebody else has learned, or made up."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.matrices import is_sparse, is_symmetric, square
from hopopt.memory.coding import VALUES, check_coding
from hopopt.memory.cues import patterns as rows_of
from hopopt.memory.rules import Fixed
from hopopt.memory.store import Store
from hopopt.memory.stored import Stored


class FromWeights(Stored):
    """A memory whose weights can be given."""

    @classmethod
    def from_weights(
        cls,
        W: ArrayLike,
        *,
        threshold: Literal["auto"] | ArrayLike = 0.0,
        patterns: ArrayLike | None = None,
        coding: str = "bipolar",
        ties: Literal["keep", "plus"] = "keep",
        symmetric: bool = True,
    ) -> Self:
        """Return a two-valued memory with these weights, which learns nothing more.

        Parameters
        ----------
        W : array_like, shape (N, N)
        threshold : "auto", float or array_like, shape (N,), default 0
            θ; "auto" is ½·W·1 for 0/1 units, 0 for ±1 units.
        patterns : array_like, shape (P, N), optional
            What recalls are judged by; without, `index` is −1, `overlap` and `distance` NaN.
        coding : {"bipolar", "binary"}
        ties : {"keep", "plus"}
        symmetric : bool, default True
            Whether W must be. An asymmetric W is an experiment: E is no Lyapunov function then,
            which `Recall.hint` says, and the network may never rest.

        Examples
        --------
        >>> from hopopt import AssociativeMemory
        >>> memory = AssociativeMemory.from_weights([[0, 1, -1], [1, 0, -1], [-1, -1, 0]])
        >>> memory.recall([1, -1, -1]).state, float(memory.energy([1, 1, -1]))
        (array([ 1.,  1., -1.]), -3.0)
        """
        dense: Any = W.toarray() if is_sparse(W) else np.asarray(W)  # type: ignore[union-attr]
        weights = square(dense, "W")
        if symmetric and not is_symmetric(weights):
            raise ValueError(
                "W must be symmetric, or E is no Lyapunov function; got an asymmetric one: "
                "symmetric=False makes it an experiment"
            )
        if coding not in VALUES:
            raise ValueError(f"coding must be 'bipolar' or 'binary'; got {coding!r}")
        if ties not in ("keep", "plus"):
            raise ValueError(f"ties must be 'keep' or 'plus'; got {ties!r}")
        parameters: dict[str, Any] = {"coding": coding, "threshold": threshold, "ties": ties}
        memory = cls("given", **parameters)  # type: ignore[call-arg]
        width, store = len(weights), Store(len(weights), coding)
        shape: tuple[int, ...] = (width,)
        if patterns is not None:
            rows, shape = rows_of(patterns, "patterns", width)
            check_coding(rows, coding, "patterns")
            store.append(rows)
        memory._begin(Fixed(weights), store, (shape,))
        return memory
