"""What a cue lets one guess: that a part of it is unknown rather than told."""

from __future__ import annotations

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.memory.cues import Shape
from hopopt.memory.store import Store

LEAST = 16
SAMPLE = 1000
FIRST = 8


def hint_of(cues: Array, store: Store, side: slice, shape: Shape) -> str:
    """Say where cues have one value over a quarter, at a border, that no stored pattern has there.

    The quarters are the first and the last of the units and, of images, the left and the right one.
    """
    count = int(_blackened(cues, store, side, shape).sum()) if len(store) else 0
    if not count:
        return ""
    which = "the cue has" if len(cues) == 1 else f"{count} of {len(cues)} cues have"
    return (
        f"{which} one value over a whole side, which no stored pattern has there: "
        "where it is unknown rather than told, say so with mask= or NaN"
    )


def _blackened(cues: Array, store: Store, side: slice, shape: Shape) -> Array:
    found = np.zeros(len(cues), dtype=bool)
    for units in _quarters(cues.shape[1], shape):
        flat = np.arange(len(cues))
        for some in (units[:FIRST], units):  # most cues are told apart by the first few
            flat = flat[(cues[np.ix_(flat, some)] == cues[flat, units[0], None]).all(-1)]
        if not len(flat):
            continue
        stored = store.take(slice(SAMPLE), side)[:, units]
        even = stored[(stored == stored[:, :1]).all(-1), 0]
        found[flat] |= ~np.isin(cues[flat, units[0]], even)
    return found


def _quarters(width: int, shape: Shape) -> list[Array]:
    if width < LEAST:
        return []
    units = np.arange(width)
    quarters = [units[: width // 4], units[-(width // 4) :]]
    if len(shape) == 2 and shape[1] >= 4:
        image = units.reshape(shape)
        columns = shape[1] // 4
        quarters += [image[:, :columns].ravel(), image[:, -columns:].ravel()]
    return quarters
