"""The networks for the travelling salesman: laws that all keep, and what each was published for."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hopopt import (
    Diagonal,
    Energy,
    Flow,
    Majorize,
    Method,
    Monitor,
    Network,
    Sinkhorn,
    Status,
    minimize,
)
from hopopt.core import is_permutation
from problems import TSP
from problems.shared.encodings import one_each
from problems.tours.assignment import Assignment
from problems.tours.bound import lower_bound
from problems.tours.clamped import Clamped
from problems.tours.classic import Classic, HopfieldTank1985, TalavanYanez2002
from problems.tours.elastic import (
    Ends,
    elastic_network,
    ellipse,
    order_along,
    segment,
    spacing,
    stretch,
)
from problems.tours.embedding import embed
from problems.tours.encoders import (
    length,
    length_criticality,
    matrix_of_tour,
    tour_of,
)
from problems.tours.exact import held_karp
from problems.tours.heuristics import two_opt
from problems.tours.methods import NETWORKS
from problems.tours.ring import Ring

Floats = NDArray[np.float64]

FAST: dict[str, Method] = {
    "ring": Ring("majorize", stages=12),
    "assignment": Assignment("exponential-euler", stages=40),
    "hopfield-tank-1985": HopfieldTank1985("RK23"),
    "talavan-yanez-2002": TalavanYanez2002(),
    "clamped": Clamped(sweeps=10, replicas=2),
}
SHAPES = ("random", "asymmetric", "duplicates", "line", "one place", "two far pairs")


def instance(shape: str, n: int, seed: int) -> TSP:
    rng = np.random.default_rng(seed)
    if shape == "asymmetric":
        return TSP.from_matrix(rng.random((n, n)))
    points = rng.random((n, 2))
    if shape == "duplicates":
        points = points[rng.integers(0, max(1, n // 2), n)]
    elif shape == "line":
        points[:, 1] = 3 * points[:, 0]
    elif shape == "one place":
        points[:] = points[0]
    elif shape == "two far pairs":
        points = 1e-3 * points + 1e3 * (np.arange(n) % 2)[:, None]
    return TSP.from_points(points)


def ten(seed: int) -> TSP:
    """Return ten random cities with their optimum."""
    problem = TSP.load(f"random-10-{seed}")
    problem.optimum = held_karp(problem.distances.matrix())[0]
    return problem


# What every method keeps.


def test_every_network_is_tested() -> None:
    assert set(FAST) | {"k-opt"} == {network.name for network in NETWORKS}


@pytest.mark.no_cover
@pytest.mark.parametrize("method", FAST)
@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=3)
@given(n=st.integers(1, 9), seed=st.integers(0, 99))
def test_every_method_returns_a_tour(method: str, shape: str, n: int, seed: int) -> None:
    problem = instance(shape, n, seed)
    result = minimize(problem, FAST[method], restarts=1, rng=seed, time_limit=1)
    assert result.success
    assert sorted(result.x) == list(range(n))
    assert result.fun == pytest.approx(problem.distances.tour_length(result.x))
    assert np.isfinite(result.energy)
    assert isinstance(result.valid_before_decoding, bool)
    assert result.pure


@pytest.mark.parametrize("shape", ["random", "asymmetric", "one place"])
@pytest.mark.parametrize("matrix_only", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
def test_auto_returns_a_tour(shape: str, matrix_only: bool, n: int) -> None:
    problem = instance(shape, n, 0)
    if matrix_only:
        problem = TSP.from_matrix(problem.distances.matrix())
    result = minimize(problem, restarts=1, rng=0)
    assert result.success
    assert n > 3 or result.fun == pytest.approx(held_karp(problem.distances.matrix())[0])


@pytest.mark.no_cover
@pytest.mark.parametrize("method", FAST)
def test_the_same_seed_gives_the_same_tours(method: str) -> None:
    problem = TSP.load("random-8")
    a, b, c = (minimize(problem, FAST[method], restarts=2, rng=seed) for seed in (1, 1, 2))
    assert (a.x, a.funs, a.energy) == (b.x, b.funs, b.energy)
    assert a.output is not None
    assert c.output is not None
    assert not np.array_equal(a.output, c.output)


@pytest.mark.no_cover
@pytest.mark.parametrize("method", ["ring", "assignment"])
def test_workers_do_not_change_the_answer(method: str) -> None:
    problem = TSP.load("random-12")
    here = minimize(problem, FAST[method], restarts=4, rng=7)
    there = minimize(problem, FAST[method], restarts=4, rng=7, workers=2)
    mapped = minimize(problem, FAST[method], restarts=4, rng=7, workers=map)
    assert here.funs == there.funs == mapped.funs
    assert here.x == there.x == mapped.x


@pytest.mark.parametrize("method", ["ring", "assignment"])
def test_restarts_differ(method: str) -> None:
    assert len(set(minimize(TSP.load("random-30"), FAST[method], restarts=4, rng=0).funs)) > 1


@pytest.mark.parametrize("method", FAST)
def test_no_time_still_gives_a_tour(method: str) -> None:
    result = minimize(TSP.load("random-40"), FAST[method], restarts=3, rng=0, time_limit=0)
    assert (result.success, result.status, result.restarts) == (True, Status.TIME_LIMIT, 1)


@pytest.mark.no_cover
@pytest.mark.parametrize(("method", "solver"), [("ring", "LSODA"), ("assignment", "BDF")])
def test_scipys_solvers_never_raise_the_energy(method: str, solver: str) -> None:
    result = minimize(TSP.load("random-8"), method, solver=solver, restarts=1, rng=0, rtol=1e-6)
    assert result.integrator == solver
    assert result.trace.rise() <= 1e-5


# The encodings: law 8.


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_the_length_is_an_affine_function_of_the_energy_of_a_tour(n: int, symmetric: bool) -> None:
    rng = np.random.default_rng(n)
    matrix = rng.random((n, n))
    problem = TSP.from_matrix(matrix + matrix.T if symmetric else matrix)
    d = problem.distances.matrix()
    for _ in range(5):
        order = rng.permutation(n)
        V, cost = matrix_of_tour(order), problem.distances.tour_length(order)
        assert length(d).value(V) == pytest.approx(cost)
        assert one_each(n, 3.0, 2.0).value(V) == 0
        with_coupling = length(d) + Diagonal((n, n), -1.0)
        assert with_coupling.value(V) == pytest.approx(cost - n / 2)


@pytest.mark.parametrize("method", [HopfieldTank1985(), TalavanYanez2002()])
def test_the_published_energies_measure_tours(method: Classic) -> None:
    matrix = TSP.load("random-6").distances.matrix()
    energy = method.network(matrix).energy
    tours = [np.random.default_rng(k).permutation(6) for k in range(6)]
    values = [float(energy.value(matrix_of_tour(order))) for order in tours]
    costs = [TSP.from_matrix(matrix).distances.tour_length(order) for order in tours]
    slope, constant = np.polyfit(costs, values, 1)
    assert slope > 0
    assert values == pytest.approx(slope * np.array(costs) + constant, rel=1e-6)


@given(st.permutations(range(6)))
def test_a_tour_survives_its_matrix(order: list[int]) -> None:
    V = matrix_of_tour(np.array(order))
    assert is_permutation(V)
    assert tour_of(0.6 * V + 0.05).tolist() == order
    assert not is_permutation(np.zeros((6, 6)))
    assert not is_permutation(np.ones((6, 6)))


def one_flip_stable(energy: Energy, corners: Floats) -> NDArray[np.bool_]:
    """Whether every flip of one unit strictly raises H, for each corner."""
    return np.array([bool(np.all(energy.flip(V, 1 - 2 * V) > 0)) for V in corners])


def strictly_stable(network: Network, corners: Floats) -> NDArray[np.bool_]:
    """Whether (1 − 2v)·∂H/∂v > 0 at every unit, for each corner."""
    return np.all((1 - 2 * corners) * network.energy.gradient(corners) > 0, axis=(-1, -2))


def all_corners(n: int) -> Floats:
    return np.array(list(product((0.0, 1.0), repeat=n * n))).reshape(-1, n, n)


@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("symmetric", [True, False])
def test_2002_the_strictly_stable_corners_are_just_the_tours(n: int, symmetric: bool) -> None:
    """The theorem of Talaván & Yáñez (2002), by a census of all corners."""
    matrix = np.random.default_rng(n).random((n, n)) + 0.1
    matrix = TSP.from_matrix(matrix + matrix.T if symmetric else matrix).distances.matrix()
    corners = all_corners(n)
    stable = corners[strictly_stable(TalavanYanez2002().network(matrix), corners)]
    assert len(stable) == len(list(permutations(range(n))))
    assert all(is_permutation(V) for V in stable)


def test_1985_infeasible_corners_are_stable_too() -> None:
    """Wilson & Pawley (1988): the 1985 weights hold the network in corners that are no tours."""
    matrix = TSP.load("random-4").distances.matrix()
    corners = all_corners(4)
    stable = corners[strictly_stable(HopfieldTank1985().network(matrix), corners)]
    infeasible = [V for V in stable if not is_permutation(V)]
    assert len(infeasible) > len(stable) / 2


# What each was published for.


@pytest.mark.no_cover
def test_1985_few_runs_end_in_a_tour() -> None:
    """15 % of runs in Wilson & Pawley (1988), 16 of 20 in Hopfield & Tank (1985)."""
    results = [
        minimize(ten(seed), "hopfield-tank-1985", rng=start)
        for seed, start in product(range(4), range(2))
    ]
    assert np.mean([result.valid_before_decoding for result in results]) <= 0.4
    assert all(result.success for result in results)


@pytest.mark.no_cover
def test_2002_every_run_ends_in_a_tour() -> None:
    """100 % valid in the paper, 22–30 % above the optimum at ten cities; better than at random."""
    problems = [ten(seed) for seed in range(8)]
    results = [minimize(p, "talavan-yanez-2002", rng=seed) for seed, p in enumerate(problems)]
    assert all(result.valid_before_decoding for result in results)
    assert {result.integrator for result in results} == {"line-search"}
    rng = np.random.default_rng(0)
    lengths = [p.distances.tour_length(rng.permutation(10)) for p in problems for _ in range(50)]
    assert np.mean([result.fun for result in results]) < np.mean(lengths)


def test_2002_the_start_is_a_saddle() -> None:
    method, matrix = TalavanYanez2002(), TSP.load("random-9").distances.matrix()
    network = method.network(matrix)
    start, _ = network.output(method.start(network, matrix, np.random.default_rng(0)))
    noise = TalavanYanez2002.NOISE / 9
    assert np.abs(start - start.mean(axis=1, keepdims=True)).max() <= 2 * noise
    flat = start.mean(axis=1, keepdims=True) * np.ones((9, 9))
    A, B, C, D = method.weights(matrix)
    assert np.abs(network.energy.gradient(flat)).max() < 10 * noise * 9 * max(A, B)
    assert (B, pytest.approx(1 / D)) == (3 + C, matrix.max())


def test_2002_with_the_solvers_too() -> None:
    result = minimize(ten(1), "talavan-yanez-2002", solver="LSODA", rng=0)
    assert result.success
    assert result.integrator == "LSODA"
    assert result.trace.rise() <= 1e-3


@pytest.mark.no_cover
def test_assignment_settles_in_tours_close_to_the_optimum() -> None:
    """Softassign, annealed from T_c: valid before decoding, a few percent off at ten cities."""
    problems = [ten(seed) for seed in range(4)]
    fast = Assignment("exponential-euler")
    results = [minimize(problem, fast, restarts=1, rng=0) for problem in problems]
    assert all(result.valid_before_decoding for result in results)
    assert np.mean([result.gap for result in results]) < 0.05


@pytest.mark.no_cover
def test_ring_with_ten_restarts_finds_most_optima_of_ten_cities() -> None:
    problems = [ten(seed) for seed in range(2)]
    gaps = [minimize(p, "ring", solver="majorize", restarts=10, rng=0).gap for p in problems]
    assert np.mean(np.array(gaps) < 1e-9) >= 0.5
    assert np.mean(gaps) < 0.05


@pytest.mark.no_cover
def test_ring_beats_the_published_presets_at_fifty_cities() -> None:
    problem = TSP.load("random-50")
    ring, _, published = (
        minimize(problem, method, restarts=1, rng=0).fun
        for method in (Ring("majorize"), FAST["assignment"], "talavan-yanez-2002")
    )
    best = min(
        problem.distances.tour_length(
            two_opt(problem.distances, np.random.default_rng(k).permutation(50), Monitor())[0]
        )
        for k in range(5)
    )
    assert ring < 1.2 * best < published


# One equilibrium, whatever moves the ring there; for the other networks law 6 says so.


@pytest.mark.no_cover
@pytest.mark.parametrize("width", [0.3, 0.1])
def test_ring_settles_at_equal_energy_by_solver_and_fast_step(width: float) -> None:
    cities = TSP.load("random-6").distances.coordinates
    assert cities is not None
    network = elastic_network(cities, 15, width)
    flows = [Flow(s, duration=1e4, tol=1e-8, rtol=1e-7, atol=1e-9) for s in ("LSODA", "RK45")]
    energies = []
    for motion in (*flows, Majorize(max_steps=20_000, tol=1e-10)):
        rest = motion.run(network, ellipse(cities, 15), Monitor())
        assert rest.status is Status.CONVERGED
        energies.append(float(network.lyapunov(rest.u)))
    assert energies == pytest.approx([energies[0]] * 3, rel=1e-5)


# The parts of the ring.


def test_embedding_keeps_the_distances_of_a_plane() -> None:
    points = np.random.default_rng(0).random((9, 2))
    bare = embed(TSP.from_matrix(TSP.from_points(points).distances.matrix()).distances)
    box = embed(TSP.from_points(points).distances)
    a, b = (
        np.array([np.hypot(*(p[i] - p[j])[:2]) for i, j in combinations(range(9), 2)])
        for p in (bare, box)
    )
    assert np.abs(bare[:, 2]).max() < 1e-6
    assert a / a.max() == pytest.approx(b / b.max(), rel=1e-6)


def test_a_ring_around_embedded_cities_is_a_short_tour() -> None:
    points = TSP.load("random-20")
    bare = TSP.from_matrix(points.distances.matrix())
    by_points, by_matrix = (
        minimize(p, Ring("majorize"), restarts=3, rng=0).fun for p in (points, bare)
    )
    assert by_matrix < 1.1 * by_points


def test_a_large_ring_is_refined_from_a_smaller_one() -> None:
    problem = TSP.load("random-320")
    result = minimize(problem, Ring("majorize", stages=30), restarts=1, rng=0)
    assert result.success
    assert result.output is not None
    assert result.output.shape == (800, 2)
    assert result.fun < 1.3 * lower_bound(problem, steps=60)


def test_ring_parts() -> None:
    cities = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    assert ellipse(cities, 12).mean(axis=0) == pytest.approx([0.5, 0.5])
    assert stretch(cities, 8, cities).tolist()[:3] == [[0, 0], [0.5, 0], [1, 0]]
    assert order_along(cities, stretch(cities, 8, cities)).tolist() == [0, 1, 2, 3]
    assert stretch(cities, 7, cities, closed=False).tolist()[:3] == [[0, 0], [0.5, 0], [1, 0]]
    assert spacing(np.zeros((5, 2))) == 1.0


def test_chain_parts() -> None:
    line = np.array([[2.0, 0], [0, 0], [3, 0], [1, 0], [4, 0]])
    deviation = np.sqrt(2)
    for ends, first, last in (
        (Ends(4, 0), 4, 2),
        (Ends(1, None), 0, 2 + 0.3 * deviation),
        (Ends(None, 1), 2 + 0.3 * deviation, 0),
    ):
        chain = segment(line, 9, ends)
        assert chain[[0, -1], 0] == pytest.approx([first, last])
        assert np.diff(chain, axis=0) == pytest.approx(np.diff(chain, axis=0)[:1].repeat(8, 0))
    assert sorted(segment(line, 9, Ends())[[0, -1], 0] - 2) == pytest.approx(
        [-0.3 * deviation, 0.3 * deviation]
    )
    chain = np.stack([np.linspace(1, 3, 6), np.zeros(6)], axis=1)
    assert order_along(line, chain, Ends()).tolist() == [1, 3, 0, 2, 4]
    assert order_along(line, chain, Ends(0, 3)).tolist() == [0, 1, 2, 4, 3]


@pytest.mark.parametrize("ends", [Ends(), Ends(1), Ends(None, 2), Ends(1, 2)])
@pytest.mark.parametrize("units", [9, 80])
def test_the_energy_of_a_chain_is_that_of_its_springs(ends: Ends, units: int) -> None:
    rng = np.random.default_rng(0)
    cities, y, width = rng.random((6, 2)), rng.random((units, 2)), 0.2
    apart = ((cities[:, None] - y) ** 2).sum(-1)
    attraction = -(width**2) * np.log(np.exp(-apart / (2 * width**2)).sum(1)).sum()
    tension = 5 * np.sqrt(6) * width / 2 * (np.diff(y, axis=0) ** 2).sum()
    tied = sum(1.5 * apart[city, unit] for unit, city in ends.pins(units))
    network = elastic_network(cities, units, width, ends)
    assert float(network.energy.value(y)) == pytest.approx(attraction + tension + tied)


def test_asymmetric_rings_run_the_better_way() -> None:
    n = 6
    matrix = 1.0 + np.subtract.outer(np.arange(n), np.arange(n)) % n
    for order in (matrix, matrix.T):
        problem = TSP.from_matrix(order)
        result = minimize(problem, Ring("majorize"), rng=0, restarts=1)
        assert result.fun <= problem.cost([result.x[0], *result.x[:0:-1]])


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 14), symmetric=st.booleans())
def test_criticality_of_the_length_is_that_of_its_network(
    seed: int, n: int, symmetric: bool
) -> None:
    matrix = np.random.default_rng(seed).uniform(1, 9, (n, n))
    matrix = matrix + matrix.T if symmetric else matrix
    np.fill_diagonal(matrix, 0)
    expected = Network(length(matrix), Sinkhorn()).critical_temperature()
    assert length_criticality(matrix) == pytest.approx(expected, rel=1e-3, abs=1e-8)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_the_weights_of_1985_are_those_of_its_energy(seed: int) -> None:
    rng, n = np.random.default_rng(seed), 5
    A, B, C, D, bias = rng.uniform(0.5, 9, 5)
    matrix = TSP.load(f"random-{n}-{seed % 7}").distances.matrix()
    energy = HopfieldTank1985(A=A, B=B, C=C, D=D, bias=bias).network(matrix).energy
    V = rng.random((n, n))
    scaled = matrix * (0.5214 / (matrix.sum() / (n * (n - 1))))
    rows = sum(V[x, i] * V[x, j] for x in range(n) for i in range(n) for j in range(n) if i != j)
    columns = sum(V[x, i] * V[y, i] for i in range(n) for x in range(n) for y in range(n) if x != y)
    tour = sum(scaled[x, y] * V[x, i] * V[y, (i + 1) % n] for x, y, i in np.ndindex(n, n, n))
    count = (V.sum() - bias * n) ** 2
    expected = A / 2 * rows + B / 2 * columns + C / 2 * count + D * tour
    assert float(energy.value(V)) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["A", "B", "C", "D", "bias"])
def test_the_weights_of_1985_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be finite and nonnegative; got -1"):
        minimize(TSP.load("random-5"), "hopfield-tank-1985", **{name: -1.0})
