"""Ways to pack: units that share budgets, alone or before exchanges; branch and bound; greedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from hopopt import Attempt, Budget, Diagonal, Method, Monitor, Network, Status, Tanh, Updates
from hopopt.core import Array, TimeUp, now
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.shared.highs import zero_one
from problems.shared.magnitudes import exponent
from problems.spins.filling import Instance, Taken, density, packed, polished, scale_of

FINE = 20
REPLICAS, NOISE, COLD = 32, 0.15, 0.05
MANY, FEWER = 30, 8  # budgets, from which on it is so many replicas
FORBIDDEN = -10.0  # times the mean value: the field of an item that is too heavy for any budget
POLISHED = 4  # replicas a round whose items are exchanged
WEIGHT_SECONDS, PAIR_SECONDS = 1e-6, 1e-8  # of a replica: for each weight, each pair of weights
MEETING = 19.0
HASTE = 40  # rounds that prices take about, where there is time
SURE = 4.0  # times as long may a replica take as was thought
EPSILON = 1e-9
MOST = 5000  # items under one budget that branch and bound decides on
SECONDS, PROVING = 2.0, 20.0
SMALL = 50  # items, up to which branch and bound ends by itself


def seconds(problem: Instance) -> float:
    """Return about how many seconds a replica under prices takes.

    Many budgets take many rounds, the more so the more items they share.
    """
    m, n = problem.rows.shape
    each: float = m * n * (WEIGHT_SECONDS + PAIR_SECONDS * m)
    shared = np.count_nonzero(problem.rows) / problem.rows.size if m > MANY else 0.0
    return each * (1 + MEETING * shared)


class Prices(Method):
    """Bipolar units under prices, in replicas with frozen noise in their inputs.

    H = −Σ c_i·s_i on the domain of `Budget`, which allows for nothing that costs too much: at a low
    temperature the prices λ are nearly those of the linear program, and a unit is on where its
    value is above what it costs. In order of their outputs the items go in, as far as they fit. The
    prices prove a bound, Σ max(c_i − λ·w_i, 0) + λ·b, and the search ends where it is reached.

    Parameters
    ----------
    replicas : int, optional
        By default 32, or 8 under more than 30 budgets; fewer, where there is no time for so many.
    noise : float, default .15
        Largest standard deviation of the noise, in units of the mean value.

    Attributes
    ----------
    initial : solution or None
        The items of the first round.
    """

    name: ClassVar[str] = "prices"
    summary: ClassVar[str] = "units that share budgets, in replicas with frozen noise"
    kind: Kind = "pure"
    initial: Any = None

    def __init__(self, replicas: int | None = None, noise: float = NOISE) -> None:
        if (replicas is not None and replicas < 1) or not 0 <= noise < np.inf:
            raise ValueError(
                f"replicas must be positive and noise nonnegative; got {replicas}, {noise}"
            )
        self.replicas, self.noise = replicas, noise

    def budget(self, problem: Instance) -> float:
        return SECONDS

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        found = search(self._rounds(problem, rng, monitor), monitor, decode=problem.decode)
        s, proven = found.best.x, found.bound > -np.inf and problem.worth is problem.values
        return Attempt.of(
            found,
            decode=problem.decode,
            output=s,
            valid_before_decoding=bool(np.all(problem.rows @ (s > 0) <= problem.bounds)),
            bound=problem.cost_of(-found.bound) if proven else None,
        )

    def _rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        c, w, b = problem.worth, problem.rows, problem.bounds
        unit = float(c.mean()) or 1.0
        field = np.where(np.all(w <= b[:, None], axis=0), c / unit, FORBIDDEN)
        move, warm = Updates("parallel", max_sweeps=1), None
        monitor.counts.name(move.name)
        aside = monitor.aside()
        whole = bool(np.all(c == np.rint(c)))
        replicas = self.replicas or (REPLICAS if len(b) <= MANY else FEWER)
        first = self._first(problem)
        if first is not None:
            s, cost = self._best(first[None], c, w, b, monitor)
            yield Incumbent(s, -cost)
        each = seconds(problem)
        share = monitor.remaining() / each
        steps = None if share >= 1 else 1 + int(HASTE * max(share, 0))
        units = Budget(Tanh(), w, 2 * b - w.sum(axis=1), steps, tol=1e-6)
        count = replicas if share > SURE * replicas else 1
        while first is None or monitor.remaining() >= each:
            began = now()
            if warm is not None:
                warm = warm[: count if len(warm) >= count else 1]
            strength = self.noise * rng.uniform(size=(count, 1))
            noisy = field + strength * rng.standard_normal((count, problem.size))
            network = Network(Diagonal((problem.size,), c=-noisy), units, T=COLD)
            rest = move.run(network, noisy, aside, warm)
            monitor.counts.add(rest.nit, rest.nfev)
            warm = rest.warm
            s = network.output(rest.u, None if self.pure else warm)[0]  # at rest to the bit
            bound = least_bound(c, w, b, unit * np.asarray(warm) / scale_of(w))
            bound = np.floor(bound * (1 + 1e-12)) if whole else bound
            s, cost = self._best(s, c, w, b, monitor)
            yield Incumbent(s, -cost, bound=-bound)
            first, each = s, (now() - began) / count  # as it is, whatever else runs here
            count = int(np.clip(monitor.remaining() / each, 1, replicas))
        raise TimeUp  # there is none left for another round

    def _first(self, problem: Instance) -> Array | None:
        """Return outputs that come before any network's."""
        known = self.initial
        return None if known is None else np.asarray(problem.encode(known)[: problem.size])

    def _best(
        self, s: Array, c: Array, w: Array, b: Array, monitor: Monitor
    ) -> tuple[Array, float]:
        """Return the outputs of the best replica, and what it is worth."""
        worth = packed(s, c, w, b) @ c
        k = int(worth.argmax())
        return s[k], float(worth[k])


class Exchanges(Prices):
    """`Prices`, and from the best replicas of each round exchanges of one item for another.

    Parameters
    ----------
    replicas, noise
        As in `Prices`.
    """

    name: ClassVar[str] = "exchanges"
    summary: ClassVar[str] = "units that share budgets, then exchanges of one item for another"
    kind: Kind = "hybrid"

    def _first(self, problem: Instance) -> Array:
        known = super()._first(problem)
        return problem.greedy() if known is None else known

    def _best(
        self, s: Array, c: Array, w: Array, b: Array, monitor: Monitor
    ) -> tuple[Array, float]:
        taken = packed(s, c, w, b)
        worth: Array = taken @ c
        best = np.argsort(-worth, kind="stable")[:POLISHED]
        ends = [polished(taken[k], c, w, b, monitor) for k in best]
        k = int(np.argmax([end @ c for end in ends]))
        return np.where(ends[k], 1.0, -1.0), float(ends[k] @ c)


class BranchAndBound(Method):
    """SciPy's `milp`, which is HiGHS: exact, given time."""

    name: ClassVar[str] = "milp"
    summary: ClassVar[str] = "branch and bound, by HiGHS in SciPy; exact, given time"
    kind: Kind = "classical"

    def budget(self, problem: Instance) -> float | None:
        return None if problem.size <= SMALL else PROVING

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        c, w, b = problem.worth, problem.rows, problem.bounds
        ways = [problem.fitted(problem.greedy())]
        open_, x = undecided(c, w, b, float(ways[0] @ c))
        if not open_.any():
            return Attempt(problem.decode(np.where(ways[0], 1.0, -1.0)), Status.CONVERGED)
        unit = np.ldexp(1.0, exponent(float(c.max())) - FINE)  # 1e-6 is nothing to HiGHS
        scale = np.ldexp(1.0, np.frexp(scale_of(w))[1] - FINE)
        found = zero_one(
            -c[open_] / unit,
            w[:, open_] / scale[:, None],
            -np.inf,
            (b - w @ (x & ~open_)) / scale,
            monitor.remaining,
        )
        done = found.status == 0 and (len(b) > 1 or np.count_nonzero(open_) < MOST)
        status = Status.CONVERGED if done else Status.TIME_LIMIT
        if found.x is not None:  # where it is too heavy by HiGHS' tolerance, light items leave
            x[open_] = found.x > 0.5
            both = c / (c.max() or 1), 0 * c
            ways += [problem.fitted(np.where(x, 1 + worth, -1.0)) for worth in both]
        best = max(ways, key=lambda taken: float(taken @ c))
        return Attempt(problem.decode(np.where(best, 1.0, -1.0)), status)


class Greedy(Method):
    """What is worth most for its share of the budgets first, as far as it fits; deterministic.

    References
    ----------
    Senju & Toyoda, "An approach to linear programming with 0-1 variables", 1968.
    """

    name: ClassVar[str] = "greedy"
    summary: ClassVar[str] = "the most valuable for its share of the budgets first"
    kind: Kind = "classical"

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        return Attempt(problem.decode(problem.greedy()), Status.CONVERGED)


def undecided(c: Array, w: Array, b: Array, worth: float) -> tuple[Taken, Taken]:
    """Return which items a packing worth more may take or leave, and which of the others it takes.

    Under one budget, at the price λ of the linear program, an item whose |c_i − λ·w_i| is more than
    the bound exceeds what is known stays as that says (Dembo & Hammer 1980); where very many are
    open, only those that it says least of, for HiGHS keeps to no limit of time then. Under several
    budgets all are open.
    """
    if len(b) > 1:
        return np.full(c.shape, True), np.full(c.shape, False)
    fits = w[0] <= b[0]
    order = np.argsort(np.where(fits, -density(c, w, b), np.inf), kind="stable")[: fits.sum()]
    last = int(np.searchsorted(np.cumsum(w[0, order]), b[0], side="right"))
    price = c[order[last]] / w[0, order[last]] if last < len(order) else 0.0
    gain = np.where(fits, c - price * w[0], 0.0)
    bound = float(np.maximum(gain, 0).sum() + price * b[0])
    spare = bound - worth
    if spare <= EPSILON * bound or (np.all(c == np.rint(c)) and spare < 1 - EPSILON * bound):
        return np.full(c.shape, False), gain > 0
    open_ = fits & (np.abs(gain) <= spare + EPSILON * bound)
    if np.count_nonzero(open_) > MOST:
        nearest = np.argsort(np.where(open_, np.abs(gain), np.inf), kind="stable")
        open_[nearest[MOST:]] = False
    return open_, gain > 0


def least_bound(c: Array, w: Array, b: Array, prices: Array) -> float:
    """Return the least Σ max(c_i − λ·w_i, 0) + λ·b of prices (B, m): no packing is worth more."""
    return float((np.maximum(c - prices @ w, 0).sum(axis=1) + prices @ b).min())


METHODS: Mapping[str, type[Method]] = {
    m.name: m for m in (Exchanges, BranchAndBound, Prices, Greedy)
}
