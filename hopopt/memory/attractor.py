"""Where a memory ends from random starts: stored, negated, mixed or spurious states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from hopopt.core.checks import check_counts
from hopopt.core.lagrangian import Array
from hopopt.memory.coding import VALUES, to_bipolar
from hopopt.memory.estimator import AssociativeMemory

Kind = Literal["stored", "negated", "mixture", "spurious"]
KINDS: tuple[Kind, ...] = ("stored", "negated", "mixture", "spurious")
MIXED = 0.9


class Attractor(NamedTuple):
    """One state that starts ended in.

    Attributes
    ----------
    kind : {"stored", "negated", "mixture", "spurious"}
    hits : int
        How many starts.
    parts : tuple of int
        The patterns it is made of, one-based and signed: (3,) is pattern 2, (−3,) its negation,
        (1, −2, 5) the majority of patterns 0, not 1, and 4; empty for a spurious state.
    overlap : float
        With the nearest pattern.
    energy : float
    state : array, shape (N,)

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt.memory import AssociativeMemory
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 100))
    >>> from hopopt.memory import attractors
    >>> first = attractors(AssociativeMemory("projection").fit(patterns), 20).found[0]
    >>> first.kind in ("stored", "negated", "mixture", "spurious"), first.state.shape
    (True, (100,))
    """

    kind: Kind
    hits: int
    parts: tuple[int, ...]
    overlap: float
    energy: float
    state: Array


@dataclass(frozen=True)
class Attractors:
    """What random starts fell into: the distinct states, most visited first.

    Attributes
    ----------
    found : tuple of Attractor
    starts : int

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt.memory import AssociativeMemory
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 100))
    >>> from hopopt.memory import attractors
    >>> found = attractors(AssociativeMemory("exponential").fit(patterns), 20)
    >>> found.starts, sum(one.hits for one in found.found)
    (20, 20)
    """

    found: tuple[Attractor, ...] = field(repr=False)
    starts: int

    def share(self, kind: Kind) -> float:
        """Return the share of starts that ended in states of a kind."""
        hits = Counter[str]()
        for one in self.found:
            hits[one.kind] += one.hits
        return hits[kind] / self.starts

    def __str__(self) -> str:
        shares = ", ".join(f"{kind} {100 * self.share(kind):.1f} %" for kind in KINDS)
        return f"{self.starts} random starts, {len(self.found)} states: {shares}"


def attractors(
    memory: AssociativeMemory,
    n_starts: int = 300,
    *,
    rng: np.random.Generator | int | None = 0,
    **options: Any,
) -> Attractors:
    """Start a two-valued memory from random states and name what it falls into.

    A mixture is a state whose overlap with the majority of three or five patterns (or their
    negations), those it overlaps most, is at least .9: at a finite load mixtures are not exact.

    Parameters
    ----------
    memory : AssociativeMemory
        Fitted.
    n_starts : int, default 300
    rng : Generator or seed, default 0
    **options
        For `AssociativeMemory.recall`.

    References
    ----------
    Amit, Gutfreund & Sompolinsky, "Spin-glass models of neural networks", 1985.

    Examples
    --------
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 100))
    >>> found = attractors(AssociativeMemory("hebb").fit(patterns), 50)
    >>> found.share("stored") + found.share("negated") > 0.5
    True
    """
    patterns = memory.patterns_
    if memory.coding_ == "real":
        raise ValueError("memory must be two-valued for attractors; got a real one")
    check_counts(n_starts=n_starts)
    generator = np.random.default_rng(rng).spawn(1)[0]  # not the stream of the user's patterns
    starts = generator.choice(VALUES[memory.coding_], (n_starts, patterns.shape[1]))
    recall = memory.recall(starts, **options)
    states, first, hits = np.unique(recall.state, axis=0, return_index=True, return_counts=True)
    X = to_bipolar(patterns, memory.coding_)
    found = []
    for state, k, count in zip(states, first, hits, strict=True):
        kind, parts = _name(to_bipolar(state, memory.coding_), X, int(recall.index[k]))
        overlap, energy = float(recall.overlap[k]), float(recall.energy[k])
        found.append(Attractor(kind, int(count), parts, overlap, energy, state))
    return Attractors(tuple(sorted(found, key=lambda one: (-one.hits, one.energy))), n_starts)


def _name(v: Array, X: Array, nearest: int) -> tuple[Kind, tuple[int, ...]]:
    """Return what a ±1 state is, and of what it is made."""
    if not len(X):
        return "spurious", ()
    if (v == X[nearest]).all():
        return "stored", (nearest + 1,)
    if (v == -X[nearest]).all():
        return "negated", (-nearest - 1,)
    m = X @ v / len(v)
    by_size = np.argsort(-np.abs(m), kind="stable")
    for count in (3, 5):
        if len(X) < count:
            break
        chosen = by_size[:count]
        signs = np.where(m[chosen] < 0, -1, 1)
        if np.sign(signs @ X[chosen]) @ v / len(v) >= MIXED:
            return "mixture", tuple(int(s * (k + 1)) for s, k in zip(signs, chosen, strict=True))
    return "spurious", ()
