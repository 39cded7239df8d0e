"""From how far a memory recalls its patterns, with nearest-pattern search beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from hopopt.core.checks import check_counts
from hopopt.core.lagrangian import Array
from hopopt.memory.capacities import flipped
from hopopt.memory.coding import VALUES
from hopopt.memory.estimator import AssociativeMemory
from hopopt.memory.store import Store


@dataclass(frozen=True)
class Basin:
    """How far from its patterns a memory recalls them.

    Attributes
    ----------
    noise : array, shape (K,)
        Shares of flipped units.
    exact, low, high : arrays, shape (K,)
        Share of cues recalled exactly, and Wilson's interval.
    control : array, shape (K,)
        The same by nearest-pattern search.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt.memory import AssociativeMemory
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 100))
    >>> from hopopt.memory import basin
    >>> found = basin(AssociativeMemory("projection").fit(patterns), (0, 0.1), cues=20)
    >>> found.noise, found.exact[0].item(), found.radius
    (array([0. , 0.1]), 1.0, 0.1)
    """

    noise: Array
    exact: Array
    low: Array
    high: Array
    control: Array
    rule: str = ""

    @property
    def radius(self) -> float:
        """The largest share of flips up to which at least half of the cues are recalled."""
        fails = np.flatnonzero(self.exact < 0.5)
        last = len(self.noise) - 1 if not len(fails) else fails[0] - 1
        return float(self.noise[last]) if last >= 0 else 0.0


def basin(
    memory: AssociativeMemory,
    noise: Sequence[float] = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    *,
    cues: int = 200,
    confidence: float = 0.95,
    rng: np.random.Generator | int | None = 0,
    **options: Any,
) -> Basin:
    """Measure the basins of attraction of the patterns that a two-valued memory has stored.

    Parameters
    ----------
    memory : AssociativeMemory
        Fitted.
    noise : sequence of float
        Shares of flipped units to try.
    cues : int, default 200
        For each.
    confidence : float, default 0.95
    rng : Generator or seed, default 0
    **options
        For `AssociativeMemory.recall`.

    Examples
    --------
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (5, 80))
    >>> basin(AssociativeMemory("projection").fit(patterns)).radius >= 0.2
    True
    """
    patterns, generator = memory.patterns_, np.random.default_rng(rng).spawn(1)[0]
    if memory.coding_ == "real":
        raise ValueError("memory must be two-valued for basin; got a real one")
    check_counts(cues=cues)
    low, high = VALUES[memory.coding_]
    store = Store(patterns.shape[1], memory.coding_)
    store.append(patterns)
    rows = []
    for share in noise:
        truth = patterns[generator.integers(len(patterns), size=cues)]
        bipolar = flipped(np.where(truth > (low + high) / 2, 1, -1), share, generator)
        given = np.where(bipolar > 0, high, low)
        right = (memory.recall(given, **options).state == truth).all(-1).mean()
        nearest = (patterns[store.nearest(given)[0]] == truth).all(-1).mean()
        rows.append((right, *wilson(float(right), cues, confidence), nearest))
    exact, least, most, control = np.array(rows).T
    return Basin(np.array(noise), exact, least, most, control, memory.rule)


def wilson(share: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's confidence interval of a share.

    Examples
    --------
    >>> low, high = wilson(1.0, 100)
    >>> round(low, 3), high
    (0.963, 1.0)
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * sqrt(share * (1 - share) / count + (z / count) ** 2 / 4) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)
