from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import minimize
from problems.tsp import TSP, lower_bound
from problems.tsp.distances import PointDistances
from problems.tsp.merged import MOST_COPIES, Merged, shared_points

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(1, 5))
def test_shared_points_are_visited_once_for_all_their_cities(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    where = np.concatenate([np.arange(places), rng.integers(places, size=20 * places)])
    rng.shuffle(where)
    distances = PointDistances(rng.random((places, 2))[where])
    merged = shared_points(distances)
    assert isinstance(merged, Merged)
    assert merged.n == places
    order = rng.permutation(places)
    tour = merged.expand(order)
    assert sorted(tour) == list(range(len(where)))
    assert merged.contract(tour).tolist() == order.tolist()
    assert distances.tour_length(tour) == pytest.approx(merged.tour_length(order), abs=1e-12)


def test_few_copies_are_left_alone() -> None:
    points = np.random.default_rng(0).random((50, 2))
    points[:MOST_COPIES] = 0.5
    distances = PointDistances(points)
    assert shared_points(distances) is distances


@pytest.mark.parametrize("method", ["auto", "ring", "k-opt"])
def test_a_hundred_thousand_equal_points(method: str) -> None:
    problem = TSP.from_points(np.full((200_000, 2), 3.5))
    result = minimize(problem, method, rng=0, restarts=1, time_limit=5)
    assert result.success
    assert result.fun == 0
    assert lower_bound(problem) == 0


def test_most_points_equal_and_the_rest_scattered() -> None:
    points = np.random.default_rng(1).random((3000, 2))
    points[::2] = 0.5
    problem = TSP.from_points(points)
    result = minimize(problem, rng=0, restarts=1, time_limit=1)
    assert lower_bound(problem, steps=50) <= result.fun < 1.4 * 0.7124 * np.sqrt(1500)


def test_long_distances_are_not_truncated() -> None:
    points = np.random.default_rng(2).integers(0, 9, (40, 2)) * 2.0**40
    problem = TSP.from_points(points, "EUC_2D")
    result = minimize(problem, rng=0, time_limit=0.5)
    assert result.fun > 2**41
    assert 0 <= lower_bound(problem) <= result.fun


def test_time_limit_of_nothing_still_gives_a_tour() -> None:
    problem = TSP.load("random-2000")
    result = minimize(problem, rng=0, time_limit=0)
    assert result.success
