from __future__ import annotations

import os
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import Monitor, Status, minimize
from hopopt.solve.workers import Workers
from problems.tours import TSP, lower_bound
from problems.tours.distances import PointDistances
from problems.tours.linkern import regions as module
from problems.tours.linkern.engine import Settings
from problems.tours.linkern.regions import Improved, Region, Regions
from problems.tours.merged import MOST_COPIES, Merged, shared_points
from problems.tours.ring import stretch
from problems.tours.route import Route

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


@pytest.mark.no_cover
def test_most_points_equal_and_the_rest_scattered() -> None:
    points = np.random.default_rng(1).random((1000, 2))
    points[::2] = 0.5
    problem = TSP.from_points(points)
    result = minimize(problem, "ring", solver="majorize", rng=0, restarts=1)
    least = lower_bound(problem, steps=50)
    assert least <= result.fun < 1.3 * least


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


def regions(n: int, seed: int, workers: Workers = 1, **options: object) -> Regions:
    """Return the regions of a random tour of random points."""
    rng = np.random.default_rng(seed)
    distances = options.pop("distances", None) or PointDistances(rng.random((n, 2)))
    order = options.pop("order", None)
    return Regions(
        rng.permutation(n) if order is None else order,
        distances,
        rng,
        settings=Settings(),
        workers=workers,
        slots=90,
        **options,
    )


@pytest.fixture(autouse=True)
def few_kicks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KICKS_A_CITY", 0.3)


def length(each: Regions) -> float:
    return each.distances.tour_length(each.order)


@pytest.mark.no_cover
def test_regions_stay_a_tour_and_any_workers_give_the_same() -> None:
    one, two, mapped = regions(180, 3), regions(180, 3, 2), regions(180, 3, in_order)
    for each in (one, two, mapped):
        before = length(each)
        for _ in range(2):
            each.round()
            assert sorted(each.order) == list(range(180))
        assert length(each) < before
    assert one.order.tolist() == two.order.tolist() == mapped.order.tolist()


def in_order(function, tasks):
    return map(function, tasks)


def test_what_a_map_does_at_once_is_seen_in_its_first_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(module, "now", lambda: clock[0])

    def two_at_once(function, tasks):
        sent.append([task.seconds for task in tasks])
        clock[0] += sum(sent[-1]) / 2
        return [Improved(np.arange(task.distances.n), 0, 0) for task in tasks]

    sent: list[list[float]] = []
    monitor = Monitor()
    monkeypatch.setattr(monitor, "remaining", lambda: 120.0 - clock[0])
    each = regions(180, 3, two_at_once, monitor=monitor)
    for _ in range(2):
        each.round()
    assert [sum(seconds) for seconds in sent] == pytest.approx([120.0, 120.0])
    assert clock[0] == pytest.approx(120.0)


def dying(region: Region) -> Improved:
    """Kill the process of about every other region."""
    if region.seed % 2 == 0:
        os._exit(1)
    return region.improve()


def failing(region: Region) -> Improved:
    if region.seed % 2 == 0:
        raise MemoryError("no memory for this region")
    return region.improve()


@pytest.mark.parametrize(("fault", "named"), [(dying, "Lost"), (failing, "no memory")])
def test_a_worker_that_dies_leaves_its_region_as_it_was(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[..., Improved], named: str
) -> None:
    monkeypatch.setattr(module, "improve", fault)
    each = regions(200, 5, workers=2)
    before = length(each)
    with pytest.warns(RuntimeWarning, match=f"regions were left as they were: .*{named}"):
        each.round()
    assert sorted(each.order) == list(range(200))
    assert length(each) <= before


@pytest.mark.no_cover
def test_ctrl_c_keeps_the_regions_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(region: Region) -> Improved:
        if left.pop() == 0:
            raise KeyboardInterrupt
        return region.improve()

    monkeypatch.setattr(module, "improve", pressed)
    few = {"workers": 1, "monitor": None, "slots": 90}
    monkeypatch.setattr(Regions.__init__, "__kwdefaults__", few)
    problem, options = TSP.load("random-200-2"), {"kicks": 60, "divide": 100, "compiled": False}
    left = [0]
    none = minimize(problem, "k-opt", rng=0, **options)
    left = [0, 1]
    one = minimize(problem, "k-opt", rng=0, **options)
    assert none.status == one.status == Status.INTERRUPTED
    assert one.fun <= none.fun
    assert one.nfev > none.nfev


@pytest.mark.no_cover
def test_regions_keep_links_and_the_gate() -> None:
    rng = np.random.default_rng(4)
    fixed = [(k, k + 1) for k in range(0, 90, 5)]
    route = Route(PointDistances(rng.random((180, 2))), cycle=False, start=9, fixed=fixed)
    first = route.encode(route.decode(rng.permutation(181)))
    each = regions(181, 4, distances=route.encoded, order=first)
    before = length(each)
    for _ in range(2):
        each.round()
        order = each.order
        assert np.count_nonzero(route.encoded.linked(order, np.roll(order, -1))) == len(fixed) + 1
    assert length(each) < before


def test_minimize_hands_its_workers_to_a_single_restart() -> None:
    sent = []

    def counting(function, tasks):
        sent.append(len(tasks))
        return map(function, tasks)

    problem = TSP.load("random-200-2")
    result = minimize(problem, "k-opt", workers=counting, rng=0, kicks=60, divide=100)
    assert result.success
    assert sent[0] >= 1


@pytest.mark.slow
def test_a_dask_cluster_improves_regions() -> None:
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        warnings.simplefilter("ignore")
        here, there = regions(600, 8), regions(600, 8)
        there.workers = lambda f, tasks: client.gather(client.map(f, tasks))
        here.round()
        there.round()
    assert here.order.tolist() == there.order.tolist()


def test_units_go_where_the_cities_are() -> None:
    phase = 2 * np.pi * np.arange(40) / 40
    ring = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    rng = np.random.default_rng(0)
    crowd = np.array([1.0, 0.0]) + 0.1 * rng.standard_normal((300, 2))
    even = np.stack([np.cos(t := 2 * np.pi * rng.random(100)), np.sin(t)], axis=1)
    units = stretch(ring, 200, np.vstack([crowd, even]))
    assert units.shape == (200, 2)
    near = np.hypot(*(units - [1.0, 0.0]).T) < 0.35
    assert 0.5 < near.mean() < 0.8
    assert np.abs(np.hypot(*units.T) - 1).max() < 0.01
