"""A recall in slow motion: where it was after every flip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from hopopt.core.lagrangian import Array


class Path(NamedTuple):
    """The states that a recall went through, and their energies.

    One row a flip; one a step where units move together ("sync", "majorize", "continuous" and the
    first part of "guarded"). Cues that rest while others move repeat their state.

    Attributes
    ----------
    states : array, shape (K + 1, B, N), or (K + 1, N) for one cue; images where the cues were
    energies : array, shape (K + 1, B) or (K + 1,)

    Examples
    --------
    >>> from hopopt.memory import AssociativeMemory
    >>> memory = AssociativeMemory("hebb").fit([[1, 1, 1, 1, -1, -1]])
    >>> path = memory.recall([-1, 1, 1, 1, -1, 1], order="fixed", record="flips").path
    >>> path.energies
    array([ 1., -5., -15.])
    """

    states: Array
    energies: Array

    @classmethod
    def joined(cls, parts: Sequence[Self | None]) -> Self | None:
        """Put the paths of several batches side by side; the shorter ones stay where they end."""
        known = [part for part in parts if part is not None]
        if not known:
            return None
        rows = max(len(part.energies) for part in known)
        steps = [np.minimum(np.arange(rows), len(part.energies) - 1) for part in known]
        pairs = list(zip(known, steps, strict=True))
        states = np.concatenate([part.states[k] for part, k in pairs], axis=1)
        return cls(states, np.concatenate([part.energies[k] for part, k in pairs], axis=1))

    def single(self) -> Self:
        """Return the path of the only cue of a batch."""
        return type(self)(self.states[:, 0], self.energies[:, 0])

    def shaped(self, own: tuple[int, ...]) -> Self:
        """Return the path with its states as images, where the cues were."""
        return self._replace(states=self.states.reshape(*self.states.shape[:2], *own))
