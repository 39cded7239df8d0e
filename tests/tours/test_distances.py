from __future__ import annotations

import math
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist, squareform

from problems.tours import distances as module
from problems.tours.balanced import balanced
from problems.tours.distances import TSPLIB_METRICS, MatrixDistances, PointDistances
from problems.tours.order import as_tour

SCIPY = ["euclidean", "minkowski", "sqeuclidean", "cityblock", "chebyshev", "cosine", "correlation"]
SCIPY_SLOW = ["hamming", "canberra", "braycurtis", "jensenshannon"]
FITTED = ["seuclidean", "mahalanobis"]
EVERY_METRIC = [*SCIPY, *SCIPY_SLOW, *FITTED, *TSPLIB_METRICS, "great-circle"]
SHAPES = [
    ((), ()),
    ((4,), ()),
    ((), (3,)),
    ((4, 1), (3,)),
    ((3,), (4, 1)),
    ((0,), ()),
    ((2, 3), (3,)),
]


def some_points(metric: str, n: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if metric in ("GEO", "GEOM", "great-circle"):
        return rng.uniform([-90, -180], [90, 180], (n, 2))
    width = 3 if metric.endswith("3D") else 2 if metric in TSPLIB_METRICS else 4
    return rng.uniform(1, 100, (n, width))


def manhattan_there_double_back(x, y):
    return float(np.abs(x - y).sum() * (2 if x[0] < y[0] else 1))


def textbook(metric: str, x: list[float], y: list[float]) -> float:
    gaps = [abs(p - q) for p, q in zip(x, y, strict=True)]
    straight = math.sqrt(math.fsum(g * g for g in gaps))
    if metric == "GEO":
        angles = []
        for value in (*x, *y):
            whole = int(value)
            angles.append(3.141592 * (whole + 5.0 * (value - whole) / 3.0) / 180.0)
        q1 = math.cos(angles[1] - angles[3])
        q2 = math.cos(angles[0] - angles[2])
        q3 = math.cos(angles[0] + angles[2])
        return int(6378.388 * math.acos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3)) + 1)
    if metric == "ATT":
        exact = math.sqrt(sum(g * g for g in gaps) / 10)
        rounded = int(exact + 0.5)
        return rounded + 1 if rounded < exact else rounded
    if metric == "CEIL_2D":
        return math.ceil(straight)
    if metric.startswith("FLOOR"):
        return math.floor(straight)
    if metric == "GEOM":  # as Concorde writes it
        (a, b), (c, d) = (map(math.radians, point) for point in (x, y))
        q1 = math.cos(c) * math.sin(b - d)
        q3, q4 = math.sin((b - d) / 2), math.cos((b - d) / 2)
        q2 = math.sin(a + c) * q3 * q3 - math.sin(a - c) * q4 * q4
        q5 = math.cos(a - c) * q4 * q4 - math.cos(a + c) * q3 * q3
        return int(6378388 * math.atan2(math.hypot(q1, q2), q5) + 1)
    exact = {"EUC": straight, "MAN": sum(gaps), "MAX": max(gaps)}[metric[:3]]
    return int(exact + 0.5)


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_every_metric_is_symmetric_with_a_zero_diagonal_and_one_value_per_pair(metric):
    d = PointDistances(some_points(metric), metric)
    matrix = d.matrix()
    assert d.symmetric
    assert (matrix == matrix.T).all()
    assert (np.diagonal(matrix) == 0).all()
    assert (matrix[~np.eye(d.n, dtype=bool)] > 0).all()
    rng = np.random.default_rng(1)
    for first, second in SHAPES:
        i, j = rng.integers(0, d.n, first), rng.integers(0, d.n, second)
        np.testing.assert_allclose(d(i, j), matrix[i, j], rtol=1e-12, strict=True)


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_matrix_built_in_blocks_is_the_matrix_built_at_once(metric, monkeypatch):
    d = PointDistances(some_points(metric, n=11), metric)
    whole = d.matrix()
    monkeypatch.setattr(module, "_BLOCK", 100)
    np.testing.assert_allclose(d.matrix(), whole, rtol=1e-13)


@pytest.mark.parametrize("metric", SCIPY + SCIPY_SLOW)
def test_scipy_names_give_scipys_distances(metric):
    points = np.round(some_points(metric))
    expected = cdist(points, points, metric)
    np.testing.assert_allclose(PointDistances(points, metric).matrix(), expected, atol=1e-12)


@pytest.mark.parametrize("metric", FITTED)
def test_fitted_metrics_are_fitted_to_all_points(metric):
    points = some_points(metric, n=30)
    d = PointDistances(points, metric)
    np.testing.assert_allclose(d.matrix(), squareform(pdist(points, metric)), rtol=1e-10)
    np.testing.assert_allclose(cdist(d.coordinates, d.coordinates), d.matrix(), atol=1e-10)


@pytest.mark.parametrize("metric", TSPLIB_METRICS)
@given(data=st.data())
@settings(max_examples=30)
def test_tsplib_metrics_follow_the_scalar_formulas(metric, data):
    bound = 88 if metric in ("GEO", "GEOM") else 1e5
    numbers = st.floats(-bound, bound).map(lambda x: round(x, 2))
    width = 3 if metric.endswith("3D") else 2
    x, y = (data.draw(st.lists(numbers, min_size=width, max_size=width)) for _ in range(2))
    if metric in ("GEO", "GEOM") and np.allclose(x, y, atol=1e-3):
        x[0] += 1
    assert PointDistances([x, y], metric)(0, 1) == textbook(metric, x, y)


@given(seed=st.integers(0, 2**32), n=st.integers(1, 9), metric=st.sampled_from(EVERY_METRIC))
@settings(max_examples=40)
def test_tour_length_is_the_sum_of_its_edges_in_either_direction(seed, n, metric):
    d = PointDistances(some_points(metric, max(n, 6), seed), metric)
    order = np.random.default_rng(seed).permutation(d.n)
    edges = [float(d(order[k - 1], order[k])) for k in range(d.n)]
    assert d.tour_length(order) == pytest.approx(math.fsum(edges), rel=1e-12)
    assert d.tour_length(np.roll(order[::-1], 2)) == pytest.approx(d.tour_length(order), rel=1e-12)


@pytest.mark.parametrize("metric", EVERY_METRIC)
def test_distances_survive_pickling(metric):
    d = PointDistances(some_points(metric), metric)
    again = pickle.loads(pickle.dumps(d))
    assert (again.matrix() == d.matrix()).all()
    assert again.metric == metric
    assert again.n == d.n


@given(seed=st.integers(0, 2**32), n=st.integers(1, 8))
@settings(max_examples=25)
def test_matrix_distances_are_the_matrix_without_its_diagonal(seed, n):
    rng = np.random.default_rng(seed)
    entries = rng.integers(0, 9, (n, n)).astype(float)
    given_entries = entries.copy()
    np.fill_diagonal(given_entries, rng.choice([np.nan, np.inf, -3.0]))
    np.fill_diagonal(entries, 0)
    d = MatrixDistances(given_entries)
    assert (d.matrix() == entries).all()
    assert d.symmetric == (entries == entries.T).all()
    everyone = np.arange(n)
    assert (d(everyone[:, None], everyone) == entries).all()
    assert (pickle.loads(pickle.dumps(d)).matrix() == entries).all()
    assert d.coordinates is None


def test_matrix_distances_do_not_share_memory_with_their_input_or_output():
    entries = np.array([[0.0, 1.0], [1.0, 0.0]])
    d = MatrixDistances(entries)
    entries[0, 1] = 7
    d.matrix()[0, 1] = 8
    assert d(0, 1) == 1


@pytest.mark.parametrize("metric", ["great-circle", "GEO"])
def test_geographical_coordinates_are_unit_vectors_whose_angles_are_the_distances(metric):
    d = PointDistances(some_points(metric, n=40), metric)
    assert d.coordinates.shape == (40, 3)
    np.testing.assert_allclose(np.linalg.norm(d.coordinates, axis=1), 1)
    angles = np.arccos(np.clip(d.coordinates @ d.coordinates.T, -1, 1))
    np.fill_diagonal(angles, 0)
    radius, slack = (6378.388, 1.01) if metric == "GEO" else (6371.0088, 1e-3)
    assert np.abs(radius * angles - d.matrix()).max() <= slack


def test_planar_metrics_show_their_points_and_the_others_show_none():
    for metric in ["euclidean", "sqeuclidean", "cityblock", "chebyshev", "EUC_2D", "ATT", "MAX_3D"]:
        points = some_points(metric)
        assert (PointDistances(points, metric).coordinates == points).all()
    for metric in ["cosine", "correlation", "hamming", "canberra", manhattan_there_double_back]:
        points = some_points("euclidean")
        assert PointDistances(points, metric, symmetric=False).coordinates is None


def test_callable_is_called_both_ways():
    points = some_points("euclidean")
    d = PointDistances(points, manhattan_there_double_back, symmetric=False)
    expected = [[manhattan_there_double_back(x, y) for y in points] for x in points]
    np.testing.assert_allclose(d.matrix(), expected)
    assert not d.symmetric
    assert (pickle.loads(pickle.dumps(d)).matrix() == d.matrix()).all()


def test_symmetric_callable_is_symmetric_to_the_last_bit():
    points = some_points("euclidean")
    d = PointDistances(points, lambda x, y: float((1.1 * x - y).sum() - 0.1 * x.sum()) ** 2)
    assert (d.matrix() == d.matrix().T).all()


def test_callable_is_not_called_for_a_city_and_itself():
    d = PointDistances([[1.0], [2.0]], lambda x, y: 1 / abs(x[0] - y[0]))
    assert d.matrix().tolist() == [[0, 1], [1, 0]]


def test_quarter_of_a_meridian_and_antipodes():
    quarter = math.pi / 2 * 6371.0088
    d = PointDistances([[0, 0], [90, 45], [0, 180], [0, -90]], "great-circle")
    np.testing.assert_allclose(d(0, [1, 2, 3]), [quarter, 2 * quarter, quarter], rtol=1e-12)


def test_places_metres_apart_keep_their_digits():
    d = PointDistances([[48.2, 16.37], [48.2 + 1e-7, 16.37]], "great-circle")
    assert d(0, 1) == pytest.approx(math.radians(1e-7) * 6371.0088, rel=1e-6)


def test_tsplib_puts_coincident_places_one_kilometre_apart():
    assert PointDistances([[10.5, 20.5], [10.5, 20.5]], "GEO").matrix().tolist() == [[0, 1], [1, 0]]


def test_geographical_distances_use_the_pi_of_tsplib():
    places = [[42.0, 163.0], [-34.0, -101.0]]
    assert PointDistances(places, "GEO")(0, 1) == textbook("GEO", *places) == 12_916


def test_halves_round_up_and_pseudo_euclidean_distances_never_round_down():
    assert PointDistances([[0, 0], [0.5, 0]], "EUC_2D")(0, 1) == 1
    assert PointDistances([[0, 0], [2.5, 0]], "MAX_2D")(0, 1) == 3
    assert PointDistances([[0, 0], [4, 0]], "ATT")(0, 1) == 2
    assert PointDistances([[0, 0], [10, 30]], "ATT")(0, 1) == 10


def test_two_hundred_thousand_cities_take_no_matrix():
    points = np.random.default_rng(0).random((200_000, 2))
    tracemalloc.start()
    d = PointDistances(points)
    length = d.tour_length(np.arange(d.n))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length == pytest.approx(0.5214 * d.n, rel=0.01)
    assert peak < 100e6


BAD_MATRICES = [
    ([[0, 1, 2], [1, 0, 2]], r"square, got shape \(2, 3\)"),
    ([0, 1], r"2-D.*\(2,\)"),
    ([], "not empty"),
    ([[0, 1], [1]], "rectangular"),
    ([[0, 1], [math.nan, 0]], r"matrix\[1, 0\] must be finite, or infinite for no way, got nan"),
    ([[0, -math.inf], [1, 0]], r"matrix\[0, 1\] must be at least 0, got -inf"),
    ([[0, 1, 2], [1, 0, 3], [2, -3, 0]], r"matrix\[2, 1\] must be at least 0, got -3"),
]


@pytest.mark.parametrize(("matrix", "message"), BAD_MATRICES)
def test_bad_matrices_are_refused(matrix, message):
    with pytest.raises(ValueError, match=message):
        MatrixDistances(matrix)


@pytest.mark.parametrize("values", [[["a", "b"], ["c", "d"]], [[1j, 1], [1, 1]], None])
def test_entries_that_are_not_numbers_are_refused(values):
    with pytest.raises(ValueError, match="matrix must be a rectangular array of numbers; got"):
        MatrixDistances(values)
    with pytest.raises(ValueError, match="points must be a rectangular array of numbers; got"):
        PointDistances(values)


BAD_POINTS = [
    ([[0, 0], [1, math.nan]], "euclidean", r"points\[1, 1\] must be finite, got nan"),
    ([[0, 0], [1e301, 0]], "euclidean", r"points\[1, 0\] must be within ±1e\+300"),
    ([[0, 0], [1e200, 0]], "sqeuclidean", r"points\[1, 0\] must be within ±1e\+150"),
    ([1, 2, 3], "euclidean", r"2-D.*\(3,\)"),
    (np.empty((0, 2)), "euclidean", r"not empty, got shape \(0, 2\)"),
    ([[0, 0, 0]], "EUC_2D", r"2 columns for metric 'EUC_2D', got shape \(1, 3\)"),
    ([[0, 0]], "MAN_3D", "3 columns"),
    ([[0, 0], [91, 0]], "great-circle", r"points\[1, 0\] must be a latitude"),
    ([[1, 1], [0, 0]], "cosine", r"points\[1\] must not be zero"),
    ([[1, 2, 3], [0.1, 0.1, 0.1]], "correlation", r"points\[1\] must not be zero .* or constant"),
    ([[1, 2], [3, 2]], "seuclidean", r"points\[:, 1\] must vary"),
    ([[1, 2]], "seuclidean", r"points\[:, 0\] must vary"),
    ([[1, 2], [3, 4]], "mahalanobis", "more rows than columns"),
    ([[1, 0], [2, 0], [3, 0]], "mahalanobis", "span every direction"),
    ([[0, 0]], "euclid", "metric must be .* got 'euclid'"),
    ([[0, 0]], "se", "got 'se'"),
    ([[0, 0]], "pdist", "got 'pdist'"),
    ([[0, 0]], "XRAY1", "got 'XRAY1'"),
]


@pytest.mark.parametrize(("points", "metric", "message"), BAD_POINTS)
def test_bad_points_are_refused(points, metric, message):
    with pytest.raises(ValueError, match=message):
        PointDistances(points, metric)


def test_metric_of_a_wrong_type_is_refused():
    with pytest.raises(TypeError, match="metric must be a name or a callable, got int"):
        PointDistances([[0, 0]], 2)


def test_asymmetric_callable_that_claims_symmetry_is_refused():
    with pytest.raises(ValueError, match=r"not symmetric.*symmetric=False"):
        PointDistances(some_points("euclidean"), manhattan_there_double_back)


@pytest.mark.parametrize("value", [math.nan, -math.inf, -1.0])
def test_callable_must_return_numbers_from_zero(value):
    d = PointDistances([[0.0], [1.0], [2.0]], lambda x, y: value, symmetric=False)
    with pytest.raises(ValueError, match=f"got {value} for the points 2 and 1"):
        d(2, [2, 1])


BAD_TOURS = [
    ([0, 1], ValueError, r"order must have shape \(3,\).*got shape \(2,\)"),
    ([[0, 1, 2]], ValueError, r"got shape \(1, 3\)"),
    ([0, 1, 3], ValueError, r"order\[2\] must be a city in 0 … 2, got 3"),
    ([0, -1, 1], ValueError, r"order\[1\].*got -1"),
    ([0, 2, 2], ValueError, "got city 1 0 times"),
    ([0.0, 1.0, 2.0], TypeError, "order must hold integers, got dtype float64"),
    ([True, False, True], TypeError, "got dtype bool"),
]


@pytest.mark.parametrize(("order", "error", "message"), BAD_TOURS)
def test_orders_that_are_no_permutation_are_refused(order, error, message):
    with pytest.raises(error, match=message):
        as_tour(order, 3)
    with pytest.raises(error, match=message):
        MatrixDistances(np.ones((3, 3))).tour_length(order)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(3, 12), whole=st.booleans())
def test_costs_of_leaving_and_reaching_cancel_along_a_tour(seed: int, n: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 50, (n, n)).astype(float) if whole else rng.random((n, n))
    lopsided = MatrixDistances(matrix + 1)
    if n > 3 and not whole:
        assert balanced(lopsided) is lopsided
    leave, reach = rng.integers(0, 50, (2, n)) if whole else rng.random((2, n))
    given_ = MatrixDistances(matrix + matrix.T + leave[:, None] + reach)
    plain = balanced(given_)
    assert plain.symmetric
    for tour in (rng.permutation(n) for _ in range(5)):
        assert plain.tour_length(tour) == pytest.approx(given_.tour_length(tour), rel=1e-9)
