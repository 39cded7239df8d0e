"""How many random patterns a rule recalls, with nearest-pattern search beside."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t

from hopopt.core.checks import check_counts
from hopopt.core.lagrangian import Array
from hopopt.memory.estimator import AssociativeMemory
from hopopt.memory.load import CapacityWarning
from hopopt.memory.store import Store


@dataclass(frozen=True)
class Capacity:
    """The largest load at which a rule recalls exactly; printed, a line of a table.

    Attributes
    ----------
    rule, n, noise, level
        What was asked.
    load : float
        The mean largest P/N over the nets, with its confidence interval (`low`, `high`).
    patterns : tuple of int
        The largest P of each net.
    exact, control : float
        Share of cues recalled exactly at that load, by the memory and by nearest-pattern search.

    Examples
    --------
    >>> from hopopt.memory import Capacity
    >>> one = Capacity("hebb", 100, 0.1, 0.99, 0.05, 0.04, 0.06, (5, 5), 1.0, 1.0)
    >>> print(one)
    hebb, N = 100, 10 % flips: load 0.050 (0.040 to 0.060), 100.0 % exact; nearest pattern 100.0 %
    """

    rule: str
    n: int
    noise: float
    level: float
    load: float
    low: float
    high: float
    patterns: tuple[int, ...]
    exact: float
    control: float

    def __str__(self) -> str:
        return (
            f"{self.rule}, N = {self.n}, {100 * self.noise:g} % flips: load {self.load:.3f} "
            f"({self.low:.3f} to {self.high:.3f}), {100 * self.exact:.1f} % exact; "
            f"nearest pattern {100 * self.control:.1f} %"
        )


def capacity(
    rule: str | AssociativeMemory,
    n: int,
    noise: float,
    *,
    level: float = 0.99,
    nets: int = 4,
    cues: int = 200,
    most: int | None = None,
    confidence: float = 0.95,
    order: str = "auto",
    rng: np.random.Generator | int | None = 0,
) -> Capacity:
    """Measure the largest load P/N at which at least `level` of the cues are recalled exactly.

    Random ±1 patterns; cues are stored patterns with a share `noise` of exactly that many units
    flipped. Each net bisects P on one stream of patterns; the interval is Student's over the nets.

    Parameters
    ----------
    rule : str or AssociativeMemory
        An unfitted memory gives its parameters.
    n : int
        Units.
    noise : float in [0, ½)
    level : float, default 0.99
    nets, cues : int
        Streams of patterns, cues for each P.
    most : int, optional
        Largest P that is tried; by default 2·N for pairwise rules, and as many as 2²⁴/N for others.
    confidence : float, default 0.95
    order : str, default "auto"
        As in `AssociativeMemory.recall`.
    rng : Generator or seed, default 0

    Examples
    --------
    >>> measured = capacity("projection", 40, 0.1, cues=50)
    >>> 0 < measured.low <= measured.load <= measured.high < 1
    True
    """
    check_counts(n=n, nets=nets, cues=cues)
    if not 0 <= noise < 0.5:
        raise ValueError(f"noise must lie in [0, 0.5); got {noise}")
    if not 0 < level <= 1:
        raise ValueError(f"level must lie in (0, 1]; got {level}")
    memory = AssociativeMemory(rule) if isinstance(rule, str) else rule
    if memory.rule in ("lse", "covariance"):
        raise ValueError(f"rule must take ±1 patterns for capacity; got {memory.rule!r}")
    if most is None:
        most = 2 * n if memory.rule not in ("polynomial", "exponential") else max(2, 2**24 // n)
    found = [
        _largest(memory, n, noise, level, cues, most, order, stream)
        for stream in np.random.default_rng(rng).spawn(nets)
    ]
    counts, exact, control = (np.array(column) for column in zip(*found, strict=True))
    loads = counts / n
    half = _half_width(loads, confidence)
    mean = float(loads.mean())
    return Capacity(
        *(memory.rule, n, noise, level, mean, max(0.0, mean - half), mean + half),
        patterns=tuple(int(count) for count in counts),
        exact=float(exact.mean()),
        control=float(control.mean()),
    )


def _half_width(values: Array, confidence: float) -> float:
    if len(values) < 2:
        return np.inf
    quantile = float(t.ppf((1 + confidence) / 2, len(values) - 1))
    return quantile * float(values.std(ddof=1)) / sqrt(len(values))


def _largest(
    memory: AssociativeMemory,
    n: int,
    noise: float,
    level: float,
    cues: int,
    most: int,
    order: str,
    rng: np.random.Generator,
) -> tuple[int, float, float]:
    """Return the largest P that passes on one stream of patterns, and the shares at it."""
    stream = np.empty((0, n), np.int8)
    seed = int(rng.integers(2**31))

    def share(count: int) -> tuple[float, float]:
        nonlocal stream
        if count > len(stream):
            more = rng.choice(np.array([-1, 1], np.int8), (count - len(stream), n))
            stream = np.concatenate([stream, more])
        draw = np.random.default_rng([seed, count])
        index = draw.integers(count, size=cues)
        given = flipped(stream[index], noise, draw)
        return exactness(memory, stream[:count], given, index, order)

    low, high, best = 0, 1, (0.0, 0.0)
    while high <= most and (now := share(high))[0] >= level:
        low, high, best = high, 2 * high, now
    high = min(high, most + 1)
    while high - low > max(1, low // 100):
        middle = (low + high) // 2
        now = share(middle)
        low, high, best = (middle, high, now) if now[0] >= level else (low, middle, best)
    return low, *best


def flipped(patterns: Array, noise: float, rng: np.random.Generator) -> Array:
    """Return ±1 patterns with a share `noise` of the units of each, chosen at random, flipped."""
    if not 0 <= noise <= 1:
        raise ValueError(f"noise must be shares of the units, from 0 to 1; got {noise}")
    count = round(noise * patterns.shape[1])
    ranks = rng.random(patterns.shape).argsort(-1)
    return np.where(ranks < count, -patterns, patterns)


def exactness(
    memory: AssociativeMemory, patterns: Array, cues: Array, index: Array, order: str = "auto"
) -> tuple[float, float]:
    """Return the shares of cues recalled exactly by a memory and by nearest-pattern search."""
    learned = AssociativeMemory(**memory.get_params())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        learned.fit(patterns)
    state = learned.recall(cues, order=order).state  # type: ignore[arg-type]
    store = Store(patterns.shape[1], "bipolar")
    store.append(patterns)
    nearest, _ = store.nearest(cues)
    truth = patterns[index]
    control = (patterns[nearest] == truth).all(-1).mean()
    return float((state == truth).all(-1).mean()), float(control)
