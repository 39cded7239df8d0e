"""Random numbers of restarts: a seed, and a stream for each (SPEC 7)."""

from __future__ import annotations

import numpy as np

RandomState = int | np.random.Generator | np.random.SeedSequence | np.random.BitGenerator | None


def streams(rng: RandomState, count: int) -> tuple[int | None, list[np.random.Generator]]:
    """Return the seed, where there is one, and a generator for each restart."""
    if isinstance(rng, np.random.SeedSequence | np.random.BitGenerator):
        rng = np.random.default_rng(rng)
    if isinstance(rng, np.random.Generator):
        return None, rng.spawn(count)
    if rng is not None and (isinstance(rng, bool) or not isinstance(rng, int | np.integer)):
        raise TypeError(f"rng must be an integer seed, a numpy Generator or None; got {rng!r}")
    if rng is not None and rng < 0:
        raise ValueError(f"rng must be a nonnegative seed; got {rng}")
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if rng is None else int(rng)
    return seed, [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(count)]
