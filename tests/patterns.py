"""Random patterns and noisy cues, and the rules that the tests of the memory go through."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from hopopt.core.lagrangian import Array

TWO_VALUED = ("hebb", "storkey", "projection", "perceptron", "polynomial", "exponential")
PAIRWISE = ("hebb", "storkey", "projection", "perceptron")
N, P = 100, 5
seeds = st.integers(0, 2**32 - 1)


def data(seed: int = 0, n: int = N, p: int = P, noise: float = 0.1) -> tuple[Array, Array]:
    rng = np.random.default_rng([seed, 77])
    patterns = rng.choice([-1, 1], (p, n))
    return patterns, np.where(rng.random((p, n)) < noise, -patterns, patterns)


def coded(values: Array, coding: str) -> Array:
    return (values + 1) // 2 if coding == "binary" else values
