"""First tours where the time is short, and limits that hold for every kind of distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from hopopt import Monitor, Status, minimize
from problems import TSP
from problems.tours import MatrixDistances, PointDistances
from problems.tours.linkern import quick
from problems.tours.linkern.engine import Engine, Settings
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.quick import Moves, quick_tours
from problems.tours.linkern.sliding import reverse, shift, slid
from problems.tours.neighbours import others


def length(layout: Layout, order: Any) -> float:
    return float(layout.apart(order, np.roll(order, -1)).sum())


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), n=st.integers(9, 30))
def test_moves_gain_what_they_say(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    layout = Layout(PointDistances(rng.random((n, 2))))
    points, order = layout.points, rng.permutation(n)
    near = others(cKDTree(points), points, np.arange(n), min(6, n - 1))
    before = length(layout, order)
    moves = Moves(layout, order, near)
    for found in (moves._crossings(1), moves._crossings(0), *map(moves._insertions, (1, 2, 3))):
        for low, high, gain, by, turned in zip(*(x.tolist() for x in found), strict=True):
            moves.tour = order.copy()
            moves._change(low, high, by, turned)
            assert length(layout, moves.tour) == pytest.approx(before - gain)
    moves.tour = order
    moved = moves.make()
    assert sorted(order.tolist()) == list(range(n))
    assert (length(layout, order) < before - 1e-9) == moved


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), n=st.integers(4, 60))
def test_windows_that_slide_make_tours_shorter(seed: int, n: int) -> None:
    """Single moves too: none makes the path longer, and all keep its ends."""
    layout = Layout(PointDistances(np.random.default_rng(seed).random((n, 2))))

    def path(order: Any) -> float:
        return float(layout.apart(order[:-1], order[1:]).sum())

    order = np.random.default_rng(seed + 1).permutation(n)
    first = (order[0], order[-1])
    for move in (reverse, shift):
        for reach in (1, 2, 5):
            moved = move(order, layout.apart, reach) if reach + 3 <= n else order
            assert sorted(moved.tolist()) == list(range(n))
            assert moved is order or path(moved) < path(order)
    before = path(order)
    for slid_to in slid(order, layout.apart, lambda: False):
        assert (slid_to[0], slid_to[-1]) == first
        assert path(slid_to) < before
        before = path(slid_to)
    assert not list(slid(order, layout.apart, lambda: True))


def test_a_descent_of_distances_asked_for_ends_with_its_time() -> None:
    rng = np.random.default_rng(0)
    Q = np.triu(rng.random((40, 40)), 1)
    engine = Engine(
        Layout(MatrixDistances(Q + Q.T), thrifty=True), rng, Settings(5, 8, False, False)
    )
    assert len(list(engine.descend(-1.0))) == 1
    assert sorted(engine.order.tolist()) == list(range(40))
    assert engine.length == pytest.approx(engine.measure(engine.order))
    late = engine.length
    assert min(engine.descend()) < late


@pytest.mark.parametrize("n", [9, 30, 250])
@pytest.mark.parametrize("metric", ["euclidean", "correlation", "asymmetric", "matrix"])
def test_quick_tours_are_tours_that_get_shorter(n: int, metric: str) -> None:
    rng = np.random.default_rng(n)
    if metric == "correlation":
        layout = Layout(PointDistances(rng.random((n, 5)), metric), thrifty=True)
    elif metric == "euclidean":
        layout = Layout(PointDistances(rng.random((n, 2))))
    else:
        matrix = rng.random((n, n))
        layout = Layout(MatrixDistances(matrix + matrix.T * (metric == "matrix")))
    tours = [layout.decode(order).copy() for order in quick_tours(layout, Monitor())]
    lengths = [layout.distances.tour_length(tour) for tour in tours]  # refuses what is no tour
    assert lengths[-1] == min(lengths)
    assert lengths[-1] < 0.9 * layout.distances.tour_length(rng.permutation(n)) or n < 20


class Dear:
    """A metric that counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, a: Any, b: Any) -> float:
        self.calls += 1
        return float(np.hypot(*(a - b)))


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("share", [0.0, 1e9])
def test_dear_distances_are_not_all_asked_for(
    symmetric: bool, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MATRIX_SHARE", share)
    metric, points = Dear(), np.random.default_rng(0).random((120, 2))
    distances = TSP.from_points(points, metric, symmetric=symmetric).distances
    layout = quick.thrifty(Layout(distances), 1.0)
    *_, order = quick_tours(layout, Monitor())
    assert (metric.calls < 120 * 119 / 2) == (share == 0)
    assert distances.tour_length(layout.decode(order)) < 0.35 * distances.tour_length(range(120))


@pytest.mark.parametrize("n", [30, 3000])
def test_no_time_at_all_is_no_random_tour(n: int) -> None:
    problem = TSP.load(f"random-{n}")
    result = minimize(problem, "k-opt", rng=0, compiled=False, time_limit=0)
    assert result.status == Status.TIME_LIMIT
    assert result.fun < 1.6 * 0.7124 * np.sqrt(n)
