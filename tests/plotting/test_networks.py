"""Landscapes, weights, links; what the energy's panel draws; maps and their units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from hopopt import (
    AssociativeMemory,
    Identity,
    Network,
    Quadratic,
    Sigmoid,
    Tanh,
    Trace,
    minimize,
)
from hopopt.plotting import (
    Recorder,
    figure,
    headline,
    plot_energy,
    plot_landscape,
    plot_network,
    plot_weights,
)
from problems import TSP
from problems.tours.globe import coastlines

W2 = np.array([[0.0, 1.0], [1.0, 0.0]])


def axes() -> Axes:
    return Figure().subplots()


def heights(ax: Axes) -> tuple[float, float]:
    """The least and the largest level that is drawn."""
    levels = np.concatenate([np.atleast_1d(c.get_array()) for c in ax.collections[:1]])
    return float(levels.min()), float(levels.max())


@pytest.mark.parametrize(("units", "low"), [(Tanh(), -1.0), (Sigmoid(), 0.0)])
def test_a_landscape_spans_the_domain_and_draws_e(units: Any, low: float) -> None:
    network = Network(Quadratic(-W2, [0.3, 0.0]), units, T=0.5)
    ax = plot_landscape(network, axes(), paths=[[[0.2, 0.1], [0.9, 0.8]]])
    assert_allclose(ax.get_xlim(), (low, 1))
    (path,) = [line.get_xydata() for line in ax.lines if len(np.asarray(line.get_xydata())) == 2]
    assert np.asarray(path).tolist() == [[0.2, 0.1], [0.9, 0.8]]
    grid = np.stack(np.meshgrid(*[np.linspace(low, 1, 41)[1:-1]] * 2), -1).reshape(-1, 2)
    E = network.energy.value(grid) + network.conjugate(grid)
    least, most = heights(ax)
    assert least <= E.min() + 0.1
    assert most >= E.max() - 0.1


def test_a_plane_goes_through_its_three_states() -> None:
    rng = np.random.default_rng(0)
    X = rng.choice([-1.0, 1.0], (3, 12))
    network = Network(Quadratic(-X.T @ X), Tanh(), T=0)
    ax = plot_landscape(network, axes(), plane=X, paths=[X])
    assert np.asarray(ax.lines[0].get_xydata()).round(9).tolist() == [[0, 0], [1, 0], [0, 1]]
    assert ax.get_title() == "energy H of the discrete network"
    free = Network(Quadratic(np.eye(2)), Identity())
    assert plot_landscape(free, axes()).get_xlim() == (-2, 2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "network must have two units, or plane be given"),
        ({"plane": np.eye(2)}, r"plane must have shape \(3, 3\)"),
        ({"plane": np.outer([1, 2, 3], np.ones(3))}, "three states that are not on one line"),
        ({"plane": np.eye(3), "paths": [[1.0, 2.0]]}, "paths must have shape"),
    ],
)
def test_landscapes_that_cannot_be_are_refused(options: dict[str, Any], says: str) -> None:
    network = Network(Quadratic(np.zeros((3, 3))), Tanh(), T=0.5)
    with pytest.raises(ValueError, match=says):
        plot_landscape(network, axes(), **options)


def test_weights_are_drawn_as_they_are() -> None:
    X = np.random.default_rng(1).choice([-1, 1], (1, 6))
    weights = AssociativeMemory("hebb").fit(X).weights_
    W = np.asarray(weights)
    (image,) = plot_weights(weights, axes()).images
    assert np.array_equal(np.asarray(image.get_array()), W)
    (image,) = plot_weights(weights, axes(), shape=(2, 3)).images
    drawn = np.asarray(image.get_array())
    assert drawn.shape == (4, 9)
    assert np.array_equal(drawn[2:, 3:6], W[4].reshape(2, 3))
    with pytest.raises(ValueError, match="shape must hold 6 units"):
        plot_weights(weights, axes(), shape=(2, 2))
    with pytest.raises(ValueError, match=r"weights must have shape \(N, N\); got \(2, 3\)"):
        plot_weights(np.ones((2, 3)), axes())


def test_links_are_coloured_by_their_sign() -> None:
    W = np.array([[0, 2.0, -1], [2, 0, 0], [-1, 0, 0]])
    ax = plot_network(W, [1, -1, 1], axes(), names=["a", "b", "c"])
    links: Any = ax.collections[0]
    assert len(links.get_segments()) == 2
    orange, purple = links.get_colors()[:, :3].round(2).tolist()  # as plot_weights has them
    assert orange[0] > orange[2]
    assert purple[2] > purple[0]
    assert links.get_linewidths()[0] > links.get_linewidths()[1]
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    assert plot_network(np.triu(W), None, axes()).get_title() == "3 units, 2 links"
    with pytest.raises(ValueError, match=r"state must have shape \(3,\)"):
        plot_network(W, [1, 1], axes())
    with pytest.raises(ValueError, match="names must be 3; got 1"):
        plot_network(W, None, axes(), names=["a"])


# What falls


def test_where_e_climbs_from_stage_to_stage_its_falls_are_drawn() -> None:
    rows = [(0, 0.0, 1.0, 1.0), (0, 1.0, 1.0, 0.0), (1, 2.0, 0.5, 9.0), (1, 3.0, 0.5, 8.0)]
    ax = plot_energy(Trace.of([*rows, (1, 4.0, 0.5, 7.5)]), axes())
    assert ax.get_yscale() == "log"
    assert ax.get_title() == "E falls in each of 2 stages"
    drawn = np.vstack([np.vstack(c.get_segments()) for c in ax.collections if len(_lines(c))])
    assert_allclose(sorted(set(drawn[:, 1])), [0.5, 1, 1.5])
    falling = Trace.of([(0, 0.0, 1.0, 9.0), (0, 1.0, 1.0, 5.0), (1, 2.0, 0.5, 4.0), (1, 3, 0.5, 2)])
    assert plot_energy(falling, axes()).get_yscale() == "linear"


def _lines(collection: Any) -> list[Any]:
    return collection.get_segments() if hasattr(collection, "get_segments") else []


def test_the_cost_of_every_stage_stands_beside_e() -> None:
    recorder = Recorder()
    problem = TSP.load("random-8")
    result = minimize(problem, "ring", solver="majorize", restarts=1, callback=recorder)
    ax = plot_energy(result, axes(), frames=recorder.frames)
    side = next(a for a in ax.figure.axes if a is not ax and a.lines)
    costs = np.asarray(side.lines[0].get_ydata(), dtype=float)
    assert costs[-1] == pytest.approx(result.fun)
    assert side.get_ylabel() == "cost of the decoded solution"
    plain = plot_energy(result, axes())
    assert not any(a.lines for a in plain.figure.axes if a is not plain)


# Maps


def test_costs_have_their_unit() -> None:
    assert headline("x", 123456.0, None, unit="km") == "x · cost 123,456 km"
    cities = [[0, 0], [0, 90], [45, 45]]
    units = {m: TSP.from_points(cities, m).unit for m in ("great-circle", "GEO", "euclidean")}
    assert units == {"great-circle": "km", "GEO": "km", "euclidean": ""}
    assert TSP.load("capitals").unit == "km"
    result = minimize(TSP.from_points(cities, "great-circle"), "two-opt")
    assert figure(result).get_suptitle().endswith(" km")


def test_maps_of_the_world_are_wide_and_have_land() -> None:
    result = minimize(TSP.load("capitals"), "nearest-neighbour")
    sheet: Any = figure(result)
    width, _ = sheet.get_size_inches() * sheet.dpi
    assert width >= 1600
    land = coastlines()
    corners = land.get_extents()
    assert -541 < corners.x0 < -170
    assert 83 < corners.y1 < 84
    for place, dry in (((2, 48), True), ((-30, 30), False), ((135, -25), True), ((175, 67), True)):
        assert land.contains_point(place) == dry, place
    assert land.contains_point((-175, 67))
