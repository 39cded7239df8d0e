"""Batches of units with inertia: what they return, and how they fit the time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hopopt import IsingEnergy, Monitor
from hopopt.fast import couplings_of, ising_loops
from hopopt.search import Swing, reheats, search
from problems import Ising
from problems.spins.annealing import MANY, Anneal


class Ticks(Monitor):
    """A monitor whose clock goes on by one with every step of a motion, or by more."""

    def __init__(self, limit: float, late: float = 1.0) -> None:
        super().__init__(record=False)
        self.left, self.late, self.seen = limit, late, 0

    def check(self) -> None:
        self.seen += 1
        self.left -= 1.0 if self.seen < 50 else self.late

    def remaining(self) -> float:
        return self.left

    def silent(self) -> Monitor:
        return self


def couplings(n: int, seed: int = 1) -> IsingEnergy:
    return IsingEnergy(np.triu(np.random.default_rng(seed).normal(size=(n, n)), 1))


@pytest.mark.parametrize("count", [1, 5])
def test_batches_come_to_rest_where_no_flip_helps(count: int) -> None:
    energy = couplings(30)
    ready = couplings_of(energy)
    s = Swing().batch(ready, count, np.random.default_rng(0), Monitor())
    assert s.shape == (count, 30)
    spins = ready.outside(s.T).T
    assert np.all(np.abs(spins) == 1)
    assert np.all(energy.flip(spins, -2 * spins) >= -1e-4)


@pytest.mark.parametrize(
    ("limit", "share", "late", "steps"),
    [
        (1000, None, 1.0, 200),
        (np.inf, 1.0, 1.0, 200),
        (1000, 1.0, 1.0, 190),  # five batches of 95 % of a fifth
        (1000, 0.5, 1.0, 237),  # two
        (250, 1.0, 1.0, 237),  # one
        (100, 1.0, 1.0, 95),  # one, for which the time is short
        (15, 1.0, 1.0, 60),
        (1000, 1.0, 2.0, 120),  # half as fast after 50 steps: 140 ticks are 70 steps
        (1000, 1.0, 0.5, 330),
    ],
)
def test_whole_batches_fill_the_time(
    limit: float, share: float | None, late: float, steps: int
) -> None:
    ready, monitor = couplings_of(couplings(10)), Ticks(limit, late)
    Swing().batch(ready, 3, np.random.default_rng(0), monitor, share)
    assert abs(monitor.seen - steps) <= 0.06 * steps


@pytest.mark.parametrize(("size", "steps"), [(10, 200), (1000, 200), (2000, 400)])
def test_large_networks_take_more_steps(size: int, steps: int) -> None:
    ready, rng = (
        couplings_of(IsingEnergy.from_edges(size, ([0], [1]), 1.0)),
        np.random.default_rng(),
    )
    for swing, count in ((Swing(), steps), (Swing(steps=7), 7)):
        monitor = Ticks(np.inf)
        swing.batch(ready, 2, rng, monitor)
        assert monitor.seen == count


@pytest.mark.parametrize("inertia", [True, None])
def test_populations_from_inertia_find_small_ground_states(inertia: bool | None) -> None:
    energy = couplings(12)
    corners = 1.0 - 2.0 * (np.arange(2**12)[:, None] >> np.arange(12) & 1)
    best = float(energy.value(corners).min())
    method = Anneal(target=best + 1e-9, compiled=False, inertia=inertia)
    attempt = method.attempt(Ising(energy), np.random.default_rng(0), Monitor())
    assert attempt.energy == pytest.approx(best)


def test_a_seed_repeats_a_search_with_inertia() -> None:
    problem = Ising(couplings(25))
    runs = [
        Anneal(inertia=True, sweeps=20, patience=3).attempt(
            problem, np.random.default_rng(4), Monitor(now_and)
        )
        for now_and in (None, 1e12)
    ]
    assert np.array_equal(runs[0].x, runs[1].x)


def test_a_population_takes_its_first_replicas_from_the_swing() -> None:
    class Known(Swing):
        def batch(self, ready: Any, count: int, *_: Any, **__: Any) -> Any:
            return np.ones((count, ready.size), dtype=np.float32)

    ferromagnet = couplings_of(IsingEnergy(np.ones((9, 9)) - np.eye(9)))
    rounds = reheats(ferromagnet, np.random.default_rng(0), Monitor(), replicas=8, swing=Known())
    found = search(rounds, Monitor())
    assert np.array_equal(found.best.x, np.ones(9))


@pytest.mark.parametrize(
    ("size", "density", "options", "swings"),
    [
        (40, 1.0, {}, True),
        (40, 0.1, {}, False),
        (40, 1.0, {"units": "sign"}, False),
        (40, 1.0, {"sweeps": 9}, False),
        (40, 0.1, {"inertia": True}, True),
        (MANY, 1.0, {"inertia": False}, False),
        (MANY, 1.0, {}, True),
    ],
)
def test_rule_of_where_inertia_comes_first(
    size: int, density: float, options: dict[str, Any], swings: bool
) -> None:
    rng = np.random.default_rng(0)
    energy = IsingEnergy(np.triu((rng.random((size, size)) < density).astype(float), 1))
    method = Anneal(compiled=False, **options)
    assert method.swings(couplings_of(energy)) is swings


def test_compiled_sweeps_begin_with_inertia_from_many_spins_on() -> None:
    loops = ising_loops(None, MANY)
    if loops is None:
        pytest.skip("no compiled loops")
    for size, swings in ((MANY // 2, False), (MANY, True)):
        energy = IsingEnergy(np.ones((size, size)) - np.eye(size))
        assert Anneal().swings(couplings_of(energy, loops=loops)) is swings
