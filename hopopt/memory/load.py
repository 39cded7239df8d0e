"""When a memory holds more than its rule can recall, or patterns too much alike for it."""

from __future__ import annotations

import numpy as np

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.memory.coding import neutral
from hopopt.memory.manners import warn_outside
from hopopt.memory.rules import Rule
from hopopt.memory.store import RIGHT, Store

ALIKE = 0.5
TRIED = 32
TIE = 1e-9


class CapacityWarning(UserWarning):
    """More patterns than the rule can recall, or patterns too much alike for it.

    Examples
    --------
    >>> import warnings
    >>> from hopopt.memory import AssociativeMemory, CapacityWarning
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (9, 20))
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     memory = AssociativeMemory("hebb").fit(patterns)
    >>> issubclass(caught[0].category, CapacityWarning)
    True
    """


def too_many(name: str, rule: Rule, store: Store) -> str:
    """Say where a rule has more patterns than theory lets it recall; else nothing."""
    limit, held = rule.capacity(store.width), rule.held(store)
    if held <= max(limit, 1):
        return ""
    return (
        f"{held} patterns on {store.width} units: rule {name!r} recalls about "
        f"{limit:.0f} random ones; expect spurious states, or take another rule"
    )


def too_alike(name: str, rule: Rule, store: Store) -> str:
    """Say where two patterns overlap by more than half, and the rule minds; else nothing."""
    if not rule.confused or (alike := store.coherence()) <= ALIKE:
        return ""
    return (
        f"patterns overlap by up to {alike:.2f}: rule {name!r} confuses patterns that are "
        f"alike; {rule.cure}"
    )


def not_recalled(name: str, rule: Rule, store: Store, energy: Energy, free: bool) -> str:
    """Say where stored patterns do not recall themselves, of those tried; else nothing.

    `free` tells whether the rule set the thresholds.
    """
    if rule.exact or not (fails := unstable(energy, store)).any():
        return ""
    tried = "" if len(fails) == len(store) else ", of those tried"
    reason = (
        f"rule {name!r} holds more, or patterns more alike, than it can tell apart; {rule.cure}"
    )
    if not free:
        reason = f"the thresholds may be at fault, or rule {name!r}; try threshold='auto'"
    return f"{int(fails.sum())} of {len(fails)} patterns do not recall themselves{tried}: {reason}"


def unstable(energy: Energy, store: Store, most: int = TRIED) -> Array:
    """Return which of the stored patterns (at most so many, evenly chosen) their fields change.

    Real patterns stay where one step moves no unit by more than 1e-3.
    """
    chosen = np.unique(np.linspace(0, len(store) - 1, min(len(store), most)).astype(int))
    v = store.take(chosen).astype(float)
    field = -energy.gradient(v)
    if store.coding == "real":
        return np.asarray(np.abs(field - v).max(-1) >= RIGHT)
    pull = field * (v - neutral(store.coding))
    return np.asarray((pull < -TIE * np.abs(pull).max(initial=0)).any(-1))


def warn(message: str) -> bool:
    """Warn the caller outside of hopopt, where there is something to say."""
    if message:
        warn_outside(message, CapacityWarning)
    return bool(message)
