from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from numpy.testing import assert_allclose
from PIL import Image
from toy import Toy

from hopopt import Result, Trace, minimize
from hopopt.plotting import (
    Names,
    Recorder,
    animate,
    axes_or_new,
    figure,
    headline,
    plot_energy,
    plot_matrix,
    plot_output,
    plot_solution,
)
from hopopt.plotting.energy import MANY_ROWS, clock
from hopopt.solve.problem import Snapshot
from problems import TSP, MaxCut, NumberPartition
from problems.tours.globe import arc, draw_grid, longitudes_latitudes, split, unit_vectors

SEEDS = st.integers(0, 2**32 - 1)
DEGREES = st.tuples(st.floats(-180, 180), st.floats(-89.5, 89.5))
MATRIX = np.array([[0, 1, 2, 5], [4, 0, 3, 1], [2, 3, 0, 1], [1, 6, 4, 0]])
SQUARE = [[0, 0], [0, 1], [1, 1], [1, 0]]


def axes() -> Any:
    return Figure().subplots()


def draw(ax: Any) -> None:
    """Draw the axes' figure as it would be saved."""
    FigureCanvasAgg(ax.figure).draw()


def notes(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.texts]


def names_of(ax: Any) -> Names:
    (names,) = (artist for artist in ax.artists if isinstance(artist, Names))
    return names


def lines_of(ax: Any) -> list[np.ndarray]:
    return [
        np.asarray(path.vertices)
        for part in ax.collections
        if isinstance(part, LineCollection)
        for path in part.get_paths()
    ]


@pytest.fixture(scope="module")
def recorded() -> tuple[Recorder, Result]:
    recorder = Recorder()
    square = TSP.from_points(SQUARE, instance="square", optimum=4)
    return recorder, minimize(square, "assignment", restarts=2, rng=0, callback=recorder)


@given(end=DEGREES)
def test_degrees_and_unit_vectors_are_inverse(end: tuple[float, float]) -> None:
    vector = unit_vectors(np.array(end))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-14)
    assert_allclose(unit_vectors(longitudes_latitudes(vector)), vector, atol=1e-12)


@example(start=(89.0, 79.0), end=(-92.0, 86.0))  # by the pole, across the date line
@given(start=DEGREES, end=DEGREES)
def test_arc_is_the_shortest_way_on_the_sphere(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    pieces = arc(np.array(start), np.array(end))
    assert 1 <= len(pieces) <= 2
    assert_allclose(pieces[0][0], start)
    assert_allclose(pieces[-1][-1], end)
    vectors = unit_vectors(np.vstack(pieces))
    assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-14)
    a, b = unit_vectors(np.array([start, end]))
    angle = np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)
    steps = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    assert 2 * np.arcsin(steps / 2).sum() == pytest.approx(angle, rel=0.05, abs=1e-6)
    if len(pieces) == 2:
        west, east = pieces
        assert abs(west[-1, 0]) == abs(east[0, 0]) == 180
        assert west[-1, 0] == -east[0, 0]
        assert west[-1, 1] == east[0, 1]


@given(lons=st.lists(st.floats(-180, 180), min_size=1, max_size=20))
def test_split_keeps_the_points_and_stays_on_the_map(lons: list[float]) -> None:
    line = np.stack([lons, np.linspace(-50, 50, len(lons))], axis=1)
    pieces = split(line)
    jumps = np.count_nonzero(np.abs(np.diff(line[:, 0])) > 180)
    assert len(pieces) == jumps + 1
    assert all(np.abs(np.diff(piece[:, 0])).max(initial=0) <= 180 for piece in pieces)
    assert sum(map(len, pieces)) == len(line) + 2 * jumps
    assert np.abs(np.vstack(pieces)).max() <= 180


def test_grid_shows_the_region_or_the_world() -> None:
    ax = axes()
    draw_grid(ax, np.array([[5.0, 45.0], [15.0, 55.0]]))
    assert -1 < ax.get_xlim()[0] < 5
    assert 15 < ax.get_xlim()[1] < 20
    draw(ax)
    labels = [tick.get_text() for tick in ax.get_xticklabels() + ax.get_yticklabels()]
    assert {label[-1] for label in labels} <= set("EN°")
    draw_grid(ax, np.array([[-170.0, 0.0], [170.0, 10.0]]))
    assert ax.get_xlim() == (-180, 180)


def spread(n: int, seed: int, size: float, **options: Any) -> tuple[Any, Names]:
    rng = np.random.default_rng(seed)
    ax = Figure(figsize=(size, size)).subplots()
    points = rng.random((n, 2))
    texts = [chr(97 + int(k)) * int(rng.integers(1, 9)) for k in rng.integers(0, 26, n)]
    names = Names(ax, points, texts, size=7, offset=3, **options)
    ax.add_artist(names)
    draw(ax)
    return ax, names


@pytest.mark.no_cover
@settings(max_examples=10)
@given(n=st.integers(2, 60), seed=SEEDS, size=st.floats(1, 6))
def test_names_cover_neither_each_other_nor_points_nor_the_frame(
    n: int, seed: int, size: float
) -> None:
    ax, names = spread(n, seed, size)
    boxes, spots = names.boxes, ax.transData.transform(names.points)
    assert len(boxes) == len(names.drawn) <= n
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    meet = ((low <= boxes[:, 2:]) & (boxes[:, :2] <= high)).all(axis=2)
    assert meet.sum() == len(boxes)
    assert not ((low <= spots) & (spots <= high)).all(axis=2).any()
    frame = np.array(ax.bbox.extents)
    assert (boxes[:, :2] >= frame[:2]).all()
    assert (boxes[:, 2:] <= frame[2:]).all()


@pytest.mark.no_cover
@settings(max_examples=5)
@given(n=st.integers(2, 20), seed=SEEDS)
def test_names_keep_clear_of_lines(n: int, seed: int) -> None:
    tour = np.random.default_rng(seed).random((n, 2))
    ax, names = spread(n, seed, 3, lines=[tour])
    ends = ax.transData.transform(tour)
    share = np.linspace(0, 1, 100)[:, None, None]
    dots = (ends[:-1] + share * np.diff(ends, axis=0)).reshape(-1, 1, 2)
    inner = names.boxes + np.array([2, 2, -2, -2])
    assert not ((inner[:, :2] < dots) & (dots < inner[:, 2:])).all(axis=2).any()
    _, plain = spread(n, seed, 3)
    _, over = spread(n, seed, 3, lines=[tour], over_lines=True)
    assert len(over.drawn) >= len(names.drawn)
    assert set(over.drawn) <= set(plain.names)


def test_larger_axes_have_room_for_more_names() -> None:
    assert len(spread(60, 0, 1)[1].drawn) < len(spread(60, 0, 6)[1].drawn)


def test_tour_is_drawn_edge_by_edge() -> None:
    ax = axes()
    problem = TSP.from_points(SQUARE, instance="square", optimum=4)
    assert problem.plot([0, 1, 2, 3], ax=ax) is ax
    assert ax.get_title() == "square · n = 4 · cost 4 · optimal"
    edges = lines_of(ax)
    assert_allclose([edge[0] for edge in edges], SQUARE)
    assert_allclose([edge[-1] for edge in edges], np.roll(SQUARE, -1, axis=0))
    draw(ax)
    assert sorted(names_of(ax).drawn) == ["0", "1", "2", "3"]
    path = TSP.from_points(SQUARE, cycle=False)
    assert len(lines_of(path.plot([0, 1, 2, 3], ax=axes()))) == 3


def test_only_asymmetric_tours_have_an_arrow() -> None:
    for matrix, arrows in ((MATRIX, 1), (MATRIX + MATRIX.T, 0)):
        ax = TSP.from_matrix(matrix, points=SQUARE).plot([0, 1, 2, 3], ax=axes())
        assert sum(isinstance(text, Annotation) for text in ax.texts) == arrows
        assert ax.get_xlabel() == ""
    (arrow,) = TSP.from_matrix(MATRIX, points=SQUARE).plot([1, 0, 2, 3], ax=axes()).texts
    assert_allclose(arrow.xy, [0, 1 / 3])
    assert_allclose(arrow.xyann, [0, 1])


def test_cities_without_points_are_embedded_and_say_so() -> None:
    ax = TSP.from_matrix(MATRIX + MATRIX.T).plot([0, 1, 2, 3], ax=axes())
    assert ax.get_xlabel() == "embedded by classical scaling of the distances"
    assert np.isfinite(np.concatenate(lines_of(ax))).all()


def test_a_wrong_tour_is_no_solution() -> None:
    ax = TSP.from_points(SQUARE, instance="square").plot([0, 1], ax=axes())
    assert ax.get_title() == "square · n = 4 · not a solution"


def test_capitals_are_a_map() -> None:
    capitals = TSP.load("capitals")
    tour = minimize(capitals, "greedy", rng=0).x
    ax = capitals.plot(tour, ax=Figure(figsize=(8, 5)).subplots())
    draw(ax)
    assert ax.get_xlim() == (-180, 180)
    names = names_of(ax)
    assert 20 < len(names.drawn) < 195
    assert set(names.drawn) <= set(map(str, capitals.labels))
    for piece in lines_of(ax):
        assert np.abs(piece[:, 0]).max() <= 180
        assert np.abs(np.diff(piece[:, 0])).max() <= 180


@pytest.mark.parametrize("instance", ["random-9", "capitals"])
def test_ring_is_drawn_among_its_cities(instance: str) -> None:
    problem = TSP.load(instance)
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    flat = np.stack([np.cos(turn), np.sin(turn), np.full(30, 0.4)], axis=1) / 3 + 0.5
    ring = flat[:, : 3 if instance == "capitals" else 2]
    ax = problem.plot_output(ring, ax=axes())
    assert ax.get_title() == "a ring of 30 units"
    assert sum(map(len, lines_of(ax))) >= 31
    if instance == "capitals":
        assert np.abs(np.vstack(lines_of(ax))[:, 0]).max() <= 180
    else:
        assert_allclose(lines_of(ax)[0], np.vstack([ring, ring[:1]]))


def test_the_chain_of_a_path_is_drawn_open() -> None:
    ax = TSP.from_points(SQUARE, cycle=False).plot_output(SQUARE, ax=axes())
    assert ax.get_title() == "a chain of 4 units"
    assert_allclose(lines_of(ax)[0], SQUARE)


def test_outputs_are_sorted_by_the_tour_they_decode_to() -> None:
    problem = TSP.from_points(SQUARE)
    V = np.eye(4)[[2, 0, 3, 1]]
    ax = problem.plot_output(V, ax=axes())
    assert_allclose(ax.images[0].get_array(), np.eye(4))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["1", "3", "0", "2"]
    kept = problem.plot_output(V, ax=axes(), reference=np.eye(4))
    assert_allclose(kept.images[0].get_array(), V)
    with pytest.raises(ValueError, match=r"output must have shape \(4, 4\).*got \(3, 5\)"):
        problem.plot_output(np.ones((3, 5)), ax=axes())


def test_energy_of_stages() -> None:
    trace = Trace.of([(s, 3 * s + t, 1 / (s + 1), 9 - 3 * s - t) for s in range(4) for t in (0, 1)])
    ax = plot_energy(trace, axes())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("network time", "energy E")
    assert ax.get_title() == "E falls in each of 4 stages"
    assert len(lines_of(ax)) == 4 + 3
    rising = Trace.of([(0, 0, 1, 4), (0, 1, 1, 2), (0, 2, 1, 3)])
    assert plot_energy(rising, axes()).get_title() == "E rises by 5e+01 % of its fall"
    still = Trace.of([(k, 0, 1, -k) for k in range(3)])
    assert plot_energy(still, axes()).get_xlabel() == "step"
    assert plot_energy(still, axes()).get_title() == "E of a new network at every step"
    assert_allclose(clock(still), [0, 1, 2])
    assert notes(plot_energy(Trace.of([]), axes())) == ["no trace recorded"]


def test_best_cost_of_a_search() -> None:
    trace = Trace.of([(0, 0.1, 1, 7), (0, 0.2, 1, 5)], "cost")
    ax = plot_energy(trace, axes())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("seconds", "best cost")
    assert ax.get_title() == "the best so far"
    cut = minimize(MaxCut.from_graph(nx.path_graph(4)), rng=0)
    losses = Trace.of([(0, 0.1, 1, -2), (0, 0.2, 1, -3)], "cost")
    for source, costs in ((losses, [-2, -3]), (replace(cut, trace=losses), [2, 3])):
        (line,) = lines_of(plot_energy(source, axes()))
        assert_allclose(line[:, 1], costs)


def test_energies_of_an_encoding_are_not_called_costs() -> None:
    heaps = minimize(NumberPartition([7, 5, 3]), "anneal", rng=0)
    ax = plot_energy(heaps, axes())
    assert (heaps.fun, ax.get_ylabel(), ax.get_xlim()[0]) == (1, "best energy", 0)


def test_long_traces_keep_their_extremes() -> None:
    energy = np.sin(np.arange(50_000) / 70) - np.arange(50_000) / 1e4
    energy[31_234], energy[31_999] = 40, -50
    trace = Trace.of([(0, k, 1, e) for k, e in enumerate(energy)])
    drawn = np.vstack(lines_of(plot_energy(trace, axes())))
    assert len(lines_of(plot_energy(trace, axes()))) <= MANY_ROWS + 2
    assert (drawn[:, 1].min(), drawn[:, 1].max()) == (-50, 40)


@given(seed=SEEDS, low=st.sampled_from([0.0, -1.0, -3.0]), shape=st.sampled_from([(7,), (3, 4)]))
@settings(max_examples=15)
def test_matrix_has_a_fixed_scale(seed: int, low: float, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(seed).uniform(low, 1, shape)
    ax = plot_matrix(values, axes())
    image = ax.images[0]
    assert_allclose(image.get_array(), np.atleast_2d(values))
    size = max(1, np.abs(values).max())
    assert image.get_clim() == (-size if (values < 0).any() else 0, size)
    assert len(ax.get_yticks()) == 0 or values.ndim == 2


def test_text_is_shortened() -> None:
    (text,) = notes(plot_solution(Toy(3), "aaa", axes()))
    assert "word: aaa" in text
    (text,) = notes(plot_solution(Toy(9000), "a" * 9000, axes()))
    assert len(text) < 700


def test_outputs_are_drawn_by_their_problem_or_as_an_image() -> None:
    assert_allclose(plot_output(Toy(3), np.eye(2), axes()).images[0].get_array(), np.eye(2))
    V = np.eye(4)[[2, 0, 3, 1]]
    assert_allclose(
        plot_output(TSP.from_points(SQUARE), V, axes()).images[0].get_array(), np.eye(4)
    )


def test_headline_of_every_case() -> None:
    assert headline("x", 1234567.0, None) == "x · cost 1,234,567"
    assert headline("x", 4.0, 0.0) == "x · cost 4 · optimal"
    assert headline("x", np.inf, np.inf, "n = 2") == "x · n = 2 · not a solution"


def test_overview_has_a_panel_for_all_there_is(recorded: tuple[Recorder, Result]) -> None:
    _, result = recorded
    sheet = figure(result)
    assert [ax.get_ylabel() for ax in sheet.axes[1:3]] == [
        "city, in the order of the tour",
        "energy E",
    ]
    classical = minimize(result.problem, "two-opt", rng=0)
    assert len(figure(classical).axes) == 1
    mine = Figure()
    assert figure(classical, mine) is mine
    upper, lower = Figure().subfigures(2)
    assert figure(result, upper) is upper
    assert len(lower.axes) == 0


def test_axes_out_are_axes_in_and_pyplot_knows_nothing() -> None:
    code = (
        "import io, sys\n"
        "from matplotlib.figure import Figure\n"
        "from hopopt import minimize\n"
        "from hopopt.plotting import figure, plot_energy\n"
        "from problems import TSP\n"
        "result = minimize(TSP.from_points([[0, 0], [0, 1], [1, 1]]), 'assignment', rng=0)\n"
        "ax = Figure().subplots()\n"
        "assert plot_energy(result, ax) is ax\n"
        "assert result.problem.plot(result.x, ax=ax) is ax\n"
        "assert result.problem.plot_output(result.output, ax=ax) is ax\n"
        "figure(result).savefig(io.BytesIO())\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_axes_pyplot_opens_a_figure() -> None:
    from matplotlib import pyplot

    ax = axes_or_new(None)
    assert pyplot.gcf() is ax.figure
    pyplot.close(ax.figure)  # type: ignore[arg-type]


def test_recorder_keeps_an_even_choice_and_the_last() -> None:
    def snapshot(restart: int, stage: int, best: float) -> Snapshot:
        return Snapshot(restart, stage, 1.0, np.zeros(1), 0.0, best, lambda: None)

    recorder = Recorder(limit=4)
    for restart, best in enumerate((np.inf, 5.0, 5.0, 3.0)):
        for stage in range(50):
            recorder(snapshot(restart, stage, best))
    kept = [(frame.restart, frame.stage) for frame in recorder.frames]
    assert [k for k in kept if k[0] == 3][-1] == (3, 49)
    assert {restart for restart, _ in kept} == {2, 3}
    for restart in (2, 3):
        stages = [stage for k, stage in kept if k == restart]
        assert 4 <= len(stages) <= 9
        assert len(set(np.diff(stages)[:-1])) == 1


def test_film_has_a_frame_a_stage(tmp_path: Path) -> None:
    recorder = Recorder()
    five = TSP.load("random-5")
    result = minimize(five, "assignment", stages=8, restarts=2, rng=0, callback=recorder)
    best = int(np.argmin(result.funs))
    frames = [frame for frame in recorder.frames if frame.restart == best][-5:]
    animate(frames, result, tmp_path / "a.gif", fps=10)
    with Image.open(tmp_path / "a.gif") as film:
        shown = []
        for k in range(film.n_frames):
            film.seek(k)
            shown.append(film.info["duration"])
        assert film.size == (1200, 420)
    assert shown[:-1] == [100] * 4
    assert sum(shown) == 5 * 100 + 2000


def test_film_of_a_search_shows_its_rounds(tmp_path: Path) -> None:
    recorder = Recorder()
    result = minimize(TSP.load("random-30"), "k-opt", rng=0, kicks=50, callback=recorder)
    assert (result.trace.subject, result.output) == ("cost", None)
    assert [frame.stage for frame in recorder.frames] == list(range(len(result.trace)))
    animate(recorder.frames[-3:], result, tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF8")


def test_bad_input_is_refused_by_name(recorded: tuple[Recorder, Result], tmp_path: Path) -> None:
    recorder, result = recorded
    for limit in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="limit must be a positive integer; got"):
            Recorder(limit=limit)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"path must end in \.gif; got 'a\.mp4'"):
        animate(recorder.frames, result, "a.mp4")
    with pytest.raises(ValueError, match="fps must be positive; got 0"):
        animate(recorder.frames, result, tmp_path / "a.gif", fps=0)
    with pytest.raises(ValueError, match=r"frames must hold snapshots of the best restart"):
        animate([], result, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match="ax must be matplotlib Axes or None; got str"):
        plot_matrix([1, 0], "axes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="source must be a Result or a Trace; got list"):
        plot_energy([1, 2], axes())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"one or two dimensions; got shape \(1, 1, 1\)"):
        plot_matrix([[[1.0]]], axes())
