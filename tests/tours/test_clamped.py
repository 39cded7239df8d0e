"""Clamped relaxation: a window is a face of the tour's network, and motions alone move it."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from hopopt import Exchanges, Monitor, Network, Polytope, Snapshot, Status, minimize
from problems import TSP
from problems.tours.candidates import candidates
from problems.tours.clamped import Clamped
from problems.tours.clamped.chains import (
    ONE_OF_EACH,
    ChainExchanges,
    ChainLength,
    orders_of,
    outputs,
)
from problems.tours.clamped.relaxations import exchanged, flowing, shortest, shuffled
from problems.tours.clamped.tours import Tours
from problems.tours.clamped.windows import Windows, draw, nested
from problems.tours.exact import held_karp
from problems.tours.ring import Ring

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(3, 5)
ways = st.sampled_from([1, 2])
QUIET = Monitor(record=False)


class Cut:
    """Tours among whole random distances, cut in windows: S = 2 orientations if symmetric."""

    def __init__(self, seed: int, chains: int, S: int, n: int = 24, replicas: int = 3) -> None:
        self.rng, self.S = np.random.default_rng(seed), S
        matrix = self.rng.integers(1, 1000, (n, n)) / 1024
        self.matrix = matrix + matrix.T if S == 2 else matrix
        distances = TSP.from_matrix(self.matrix).distances
        self.tours = Tours(self.rng.permuted(np.tile(np.arange(n), (replicas, 1)), axis=1))
        near = candidates(distances, 7)
        self.windows = draw(self.tours.position, near, chains, 20, self.rng)
        self.energy = self.of(self.windows)

    def between(self, i: Ints, j: Ints) -> Floats:
        return np.asarray(self.matrix[i, j])

    def of(self, windows: Windows) -> ChainLength:
        return ChainLength(self.between, *self.tours.ends(windows, self.S))

    def lengths(self) -> Floats:
        order = self.tours.order
        return np.asarray(self.between(order, np.roll(order, -1, axis=1)).sum(axis=1))

    def random_orders(self) -> Ints:
        count, chains = self.windows.cuts.shape
        chain = self.rng.permuted(np.tile(np.arange(1, chains), (count, 1)), axis=1)
        turned = self.rng.integers(0, self.S, chain.shape)
        return np.hstack([np.zeros((count, 1), np.intp), self.S * chain + turned])

    @property
    def as_it_is(self) -> Ints:
        count, chains = self.windows.cuts.shape
        return np.tile(self.S * np.arange(chains), (count, 1))


@given(seed=seeds, chains=sizes, S=ways)
@settings(max_examples=30, deadline=None)
def test_energy_of_a_window_is_the_length_of_the_tour(seed: int, chains: int, S: int) -> None:
    """Up to a constant: what H changes by is what the tour changes by, in one window alone."""
    cut = Cut(seed, chains, S)
    orders = cut.random_orders()[:1]
    window = cut.windows.take(np.array([0]))
    energy, before = cut.of(window), cut.lengths()
    new, old = outputs(orders, S), outputs(cut.as_it_is[:1], S)
    assert_array_equal(orders_of(new), orders)
    assert_allclose(energy.value(new), energy.lengths(orders))
    change = energy.value(new) - energy.value(old)
    assert cut.tours.join(window, orders, S) == (orders != cut.as_it_is[:1]).any()
    moved = np.zeros(3)
    moved[window.replica] = change
    assert_allclose(cut.lengths() - before, moved, atol=1e-12)


@given(seed=seeds, chains=sizes, S=ways)
@settings(max_examples=40, deadline=None)
def test_windows_that_do_not_cross_add_up(seed: int, chains: int, S: int) -> None:
    """Every order of theirs leaves closed tours, and the changes of length are those of H."""
    cut = Cut(seed, chains, S)
    orders, before = cut.random_orders(), cut.lengths()
    changes = cut.energy.lengths(orders) - cut.energy.lengths(cut.as_it_is)
    moving = np.flatnonzero((orders != cut.as_it_is).any(axis=1))
    taken = moving[nested(cut.windows.take(moving), 3)]
    assert cut.tours.join(cut.windows, orders, S) == len(taken)
    sums = np.bincount(cut.windows.replica[taken], changes[taken], minlength=3)
    assert_allclose(cut.lengths() - before, sums, atol=1e-12)
    assert_array_equal(np.sort(cut.tours.order), np.tile(np.arange(24), (3, 1)))
    assert_array_equal(cut.tours.position, np.argsort(cut.tours.order, axis=1))


def test_of_windows_that_cross_the_first_is_taken() -> None:
    cuts = np.array([[1, 5, 9], [3, 6, 11], [2, 3, 4], [9, 12, 13], [0, 14, 15], [0, 2, 8]])
    windows = Windows(cuts, np.array([0, 0, 0, 0, 0, 1]))
    assert nested(windows, 2).tolist() == [0, 2, 4, 5]


@given(seed=seeds, chains=sizes, S=ways, T=st.sampled_from([0.0, 0.3]))
@settings(max_examples=30, deadline=None)
def test_fast_exchanges_are_those_of_the_core(seed: int, chains: int, S: int, T: float) -> None:
    """Step for step, with the same noise: the same states, sweeps and changes."""
    cut = Cut(seed, chains, S)
    network = Network(cut.energy, Polytope(ONE_OF_EACH), T=T)
    u = outputs(cut.random_orders(), S)

    def settings() -> dict[str, Any]:
        rng, noise = np.random.default_rng(seed), np.random.default_rng(seed + 1)
        return {"rng": rng, "noise": noise if T else None, "max_sweeps": 3 if T else 1000}

    core = Exchanges(**settings()).run(network, u, QUIET)
    fast = ChainExchanges(**settings()).run(network, u, QUIET)
    assert_array_equal(fast.u, core.u)
    assert (fast.status, fast.nit, fast.nfev) == (core.status, core.nit, core.nfev)


@given(seed=seeds, chains=sizes, S=ways)
@settings(max_examples=20, deadline=None)
def test_gradient_is_the_difference_quotient(seed: int, chains: int, S: int) -> None:
    cut = Cut(seed, chains, S)
    energy = cut.energy
    v = cut.rng.random((len(cut.windows.replica), *energy.shape))
    for index in np.ndindex(*energy.shape):
        step = np.zeros(energy.shape)
        step[index] = 1e-3
        quotient = (energy.value(v + step) - energy.value(v - step)) / 2e-3
        assert_allclose(energy.gradient(v)[(..., *index)], quotient, atol=1e-8)
        assert_allclose(energy.flip(v, step)[(..., *index)], quotient * 1e-3, atol=1e-10)


@given(seed=seeds, chains=sizes, S=ways)
@settings(max_examples=20, deadline=None)
def test_no_motion_at_zero_temperature_ends_higher(seed: int, chains: int, S: int) -> None:
    """From the tour as it is; and none ends below the optimum of dynamic programming."""
    cut = Cut(seed, chains, S)
    now = cut.energy.lengths(cut.as_it_is)
    least = cut.energy.lengths(shortest(cut.energy, 0.0, cut.rng, QUIET))
    for motion in (exchanged, flowing, shuffled):
        relaxed = motion(cut.energy, 0.0, cut.rng, QUIET)
        assert_array_equal(np.sort(relaxed // S), cut.as_it_is // S)
        lengths = cut.energy.lengths(relaxed)
        assert (lengths <= now + 1e-12).all()
        assert (lengths >= least - 1e-12).all()


@pytest.mark.parametrize("S", [1, 2])
def test_dynamic_programming_is_exact(S: int) -> None:
    cut = Cut(5, 4, S)
    every = [
        cut.energy.lengths(np.tile([0, *(S * np.array(p) + turns)], (len(cut.windows.replica), 1)))
        for p in permutations(range(1, 4))
        for turns in product(range(S), repeat=3)
    ]
    found = cut.energy.lengths(shortest(cut.energy, 0.0, cut.rng, QUIET))
    assert_allclose(found, np.min(every, axis=0))


@pytest.mark.parametrize("S", [1, 2])
def test_heat_bath_of_a_window_follows_the_boltzmann_distribution(S: int) -> None:
    """K = 3: one meeting draws a state with probability exp(−H/T)/Z, from any state."""
    cut = Cut(3, 3, S)
    ends = [np.repeat(part[:1], 40_000, axis=0) for part in cut.tours.ends(cut.windows, S)]
    energy, T = ChainLength(cut.between, *ends), 0.4
    orders = exchanged(energy, T, np.random.default_rng(0), QUIET)
    every = [[0, S * a + s, S * (3 - a) + r] for a in (1, 2) for s in range(S) for r in range(S)]
    H = ChainLength(cut.between, *(part[: len(every)] for part in ends)).lengths(np.array(every))
    expected = np.exp(-H / T) / np.exp(-H / T).sum()
    drawn = [(orders == state).all(axis=1).mean() for state in every]
    assert_allclose(drawn, expected, atol=0.02)


def instances(seed: int, n: int) -> list[TSP]:
    """A tour, one among asymmetric distances, paths, and tours and paths with fixed edges."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2))
    matrix = rng.random((n, n))
    return [
        TSP.from_points(points),
        TSP.from_matrix(matrix),
        TSP.from_points(points, cycle=False),
        TSP.from_points(points, cycle=False, start=1, end=0),
        TSP.from_points(points, fixed=[(0, 2), (2, 1)] if n > 3 else []),
        TSP.from_matrix(matrix, cycle=False, start=0, fixed=[(1, 2)]),
        TSP.from_points(np.zeros((n, 2))),
    ]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("n", "motion"),
    [*product([4, 8], ["exchanges", "exact", "random"]), (3, "exchanges"), (4, "flow")],
)
def test_answers_are_feasible_and_what_the_output_says(n: int, motion: str) -> None:
    settings: dict[str, Any] = {"sweeps": 3, "chains": 4, "replicas": 1, "motion": motion}
    for problem in instances(n, n):
        result = minimize(problem, "clamped", **settings, rng=0)
        assert problem.feasible(result.x)
        assert result.x == problem.decode(result.output)
        assert result.status == Status.CONVERGED


@pytest.mark.no_cover
@given(seed=seeds, directed=st.booleans())
@settings(max_examples=3, deadline=None)
def test_no_answer_is_below_the_optimum(seed: int, directed: bool) -> None:
    problem = instances(seed, 8)[directed]
    result = minimize(problem, "clamped", sweeps=20, replicas=2, rng=seed)
    assert result.fun >= held_karp(problem.distances.matrix())[0] - 1e-9


@pytest.mark.no_cover
@given(seed=seeds, chains=sizes)
@settings(max_examples=3, deadline=None)
def test_without_heat_no_tour_is_longer_than_the_ring_s(seed: int, chains: int) -> None:
    problem = TSP.from_points(np.random.default_rng(seed).random((12, 2)))
    ring = Ring("majorize").attempt(problem, np.random.default_rng(seed), QUIET)
    method = Clamped(heat=0, chains=chains, sweeps=5, replicas=2)
    attempt = method.attempt(problem, np.random.default_rng(seed), Monitor())
    assert problem.cost(attempt.x) <= problem.cost(ring.x) + 1e-12
    assert attempt.energy == pytest.approx(problem.cost(attempt.x))
    assert attempt.trace.rise() == 0


@pytest.mark.no_cover
@pytest.mark.parametrize("motion", ["exchanges", "flow"])
def test_same_seed_and_sweeps_same_tour(motion: str) -> None:
    problem, settings = TSP.load("random-12"), {"sweeps": 2, "replicas": 1, "motion": motion}
    first, again = (minimize(problem, "clamped", **settings, rng=3) for _ in "ab")
    assert (first.x, first.nfev) == (again.x, again.nfev)
    assert first.pure


def test_what_motions_do_is_counted() -> None:
    problem = TSP.load("random-20")
    small, large = (minimize(problem, "clamped", sweeps=1, replicas=R, rng=0) for R in (1, 9))
    assert large.nfev > small.nfev > 0
    assert small.integrator == "majorize + exchanges"


def test_limits_and_callbacks_keep_a_tour() -> None:
    problem = TSP.load("random-60")
    assert problem.feasible(minimize(problem, "clamped", time_limit=0, rng=0).x)
    seen: list[Snapshot] = []

    def stop(snapshot: Snapshot) -> None:
        seen.append(snapshot)
        if snapshot.output.ndim == 1 and len(seen) > 1:
            assert problem.feasible(snapshot.solution())
            raise StopIteration

    result = minimize(problem, "clamped", callback=stop, replicas=2, rng=0)
    assert result.status == Status.STOPPED
    assert problem.feasible(result.x)
    assert seen[-1].output.ndim == 1


@pytest.mark.parametrize(
    "options",
    [
        {"sweeps": 0},
        {"replicas": 0},
        {"chains": 2},
        {"chains": 13},
        {"heat": -1},
        {"motion": "kicks"},
    ],
)
def test_bad_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Clamped(**options)


def test_controls_are_no_networks() -> None:
    kinds = [Clamped(motion=m).kind for m in ("exchanges", "flow", "exact", "random")]
    assert kinds == ["pure", "pure", "hybrid", "hybrid"]
