"""A memory that goes to a file and comes back."""

from __future__ import annotations

from os import PathLike
from typing import Self

import numpy as np

from hopopt.core.checks import check_arguments
from hopopt.memory import persistence
from hopopt.memory.coding import check_coding
from hopopt.memory.learning import rule_of
from hopopt.memory.sharing import reads
from hopopt.memory.store import Store
from hopopt.memory.stored import Stored


class Saving(Stored):
    """A memory that can be saved and loaded."""

    @reads
    def save(self, path: str | PathLike[str]) -> None:
        """Write the memory to a file of plain arrays (NumPy's .npz, never pickle)."""
        self._check_fitted()
        names = getattr(self, "feature_names_in_", None)
        parts = self._shapes, self._store.patterns, self._labels, names, self._rule.arrays()
        saved = persistence.Saved(self.get_params(), self.coding_, *parts)
        persistence.save(path, saved)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a memory that `save` wrote; it recalls bit for bit as the saved one did.

        Raises
        ------
        ValueError
            If the file is none of ours, or damaged.
        """
        saved = persistence.load(path)
        try:
            return cls._restored(saved)
        except (TypeError, ValueError, KeyError) as error:
            raise persistence.refusal(path, error) from error

    @classmethod
    def _restored(cls, saved: persistence.Saved) -> Self:
        check_arguments(cls, saved.parameters)
        memory = cls(**saved.parameters)
        rule, width = rule_of(memory), saved.patterns.shape[1]
        if saved.coding not in rule.codings:
            raise ValueError(f"its coding is {saved.coding!r}")
        check_coding(saved.patterns, saved.coding, "patterns")
        if sum(int(np.prod(shape)) for shape in saved.shapes) != width:
            raise ValueError(f"its patterns have {width} units, not those of {saved.shapes}")
        memory._begin(rule, Store(width, saved.coding), saved.shapes)
        memory._store.append(saved.patterns)
        memory._labels = saved.labels
        if saved.names is not None:
            memory.feature_names_in_ = saved.names.astype(object)
        rule.restore(saved.learned, memory._store)
        return memory
