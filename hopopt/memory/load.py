"""When a memory holds more than its rule can recall, or patterns too much alike for it."""

from __future__ import annotations

import warnings

from hopopt.memory.rules import Rule
from hopopt.memory.store import Store

ALIKE = 0.5
CALLER = 4  # the frame of the user, above fit and what it calls


class CapacityWarning(UserWarning):
    """More patterns than the rule can recall, or patterns too much alike for it."""


def warn_of_load(name: str, rule: Rule, store: Store) -> None:
    """Warn where a rule has more patterns than theory lets it recall."""
    limit, stored = rule.capacity(store.width), len(store)
    if stored > max(limit, 1):
        warnings.warn(
            f"{stored} patterns on {store.width} units: rule {name!r} recalls about "
            f"{limit:.0f} random ones; expect spurious states, or take another rule",
            CapacityWarning,
            stacklevel=CALLER,
        )


def warn_of_likeness(name: str, rule: Rule, store: Store) -> None:
    """Warn where two patterns overlap by more than half, and the rule minds."""
    if rule.confused and (alike := store.coherence()) > ALIKE:
        warnings.warn(
            f"patterns overlap by up to {alike:.2f}: rule {name!r} confuses patterns that are "
            "alike; take 'projection' or 'exponential'",
            CapacityWarning,
            stacklevel=CALLER - 1,
        )
