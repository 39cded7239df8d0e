"""What unlearning gains: exact recall against the number of dreams."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hopopt.core.checks import check_counts
from hopopt.core.lagrangian import Array
from hopopt.memory.capacities import flipped
from hopopt.memory.coding import from_bipolar, to_bipolar
from hopopt.memory.estimator import AssociativeMemory
from hopopt.memory.load import CapacityWarning


@dataclass(frozen=True)
class Unlearning:
    """Exact recall along unlearning.

    Attributes
    ----------
    dreams : array of int, shape (K,)
        How many states had been unlearned.
    exact, overlap : arrays, shape (K,)
        Share of cues recalled exactly, and the mean overlap with the pattern that was meant.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt.memory import Unlearning
    >>> Unlearning(np.array([0, 10]), np.array([0.5, 0.9]), np.array([0.9, 0.99])).best
    10
    """

    dreams: Array
    exact: Array
    overlap: Array

    @property
    def best(self) -> int:
        """How many dreams gave the best recall."""
        return int(self.dreams[np.lexsort((self.overlap, self.exact))[-1]])


def unlearning_curve(
    memory: AssociativeMemory,
    dreams: Sequence[int] = (0, 25, 50, 100, 200, 400),
    strength: float = 0.01,
    *,
    noise: float = 0.1,
    cues: int = 200,
    rng: np.random.Generator | int | None = 0,
) -> Unlearning:
    """Measure what unlearning gains a Hebbian memory, which itself stays as it is.

    Parameters
    ----------
    memory : AssociativeMemory
        Fitted, rule "hebb".
    dreams : sequence of int
        Rising numbers of dreams to stop at.
    strength : float, default 0.01
        Of each dream, in the weights' own scale.
    noise : float, default 0.1
        Share of flipped units of the cues.
    cues : int, default 200
    rng : Generator or seed, default 0

    References
    ----------
    Hopfield, Feinstein & Palmer, 1983.

    Examples
    --------
    >>> import warnings
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (24, 100))
    >>> with warnings.catch_warnings(action="ignore"):
    ...     memory = AssociativeMemory("hebb").fit(patterns)
    >>> curve = unlearning_curve(memory, (0, 200), cues=50)
    >>> bool(curve.overlap[1] > curve.overlap[0])
    True
    """
    counts = list(dreams)
    if counts != sorted(counts) or min(counts, default=-1) < 0:
        raise ValueError(f"dreams must be rising numbers from 0; got {dreams!r}")
    check_counts(cues=cues)
    draw, sleep = np.random.default_rng(rng).spawn(2)
    patterns, coding = memory.patterns_, memory.coding_
    index = draw.integers(len(patterns), size=cues)
    truth = to_bipolar(patterns[index], coding)
    given = from_bipolar(flipped(truth, noise, draw), coding)
    dreamer, done, rows = AssociativeMemory(**memory.get_params()), 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        dreamer.fit(patterns)
    for count in counts:
        dreamer.unlearn(count - done, strength, rng=sleep)
        done = count
        state = to_bipolar(dreamer.recall(given).state, coding)
        rows.append(((state == truth).all(-1).mean(), (state * truth).mean()))
    exact, overlap = np.array(rows).T
    return Unlearning(np.array(counts), exact, overlap)
