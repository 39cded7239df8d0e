from __future__ import annotations

import io
import json
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tsplib_files import MATRIX, SQUARE, TOUR, read, same, written

from hopopt import Attempt, Method, Status, minimize
from problems import TSP
from problems.shared.text import FileNote
from problems.tours.distances import TSPLIB_METRICS, MatrixDistances, PointDistances
from problems.tours.tsplib import TSPLIBError, read_tour, read_tsplib, write_tour, write_tsplib

FORMATS = {
    "FULL_MATRIX": lambda i, j: True,
    "UPPER_ROW": lambda i, j: i < j,
    "LOWER_ROW": lambda i, j: i > j,
    "UPPER_DIAG_ROW": lambda i, j: i <= j,
    "LOWER_DIAG_ROW": lambda i, j: i >= j,
    "UPPER_COL": lambda i, j: i < j,
    "LOWER_COL": lambda i, j: i > j,
    "UPPER_DIAG_COL": lambda i, j: i <= j,
    "LOWER_DIAG_COL": lambda i, j: i >= j,
}


one_line = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)


def random_points(metric, n, seed):
    bound = 90 if metric in ("GEO", "GEOM", "great-circle") else 1000
    width = 3 if metric.endswith("3D") else 2
    return np.random.default_rng(seed).uniform(-bound, bound, (n, width))


@given(
    seed=st.integers(0, 2**32),
    n=st.integers(1, 9),
    metric=st.sampled_from([*TSPLIB_METRICS, "euclidean", "great-circle", "cosine"]),
    name=one_line,
    comment=st.lists(one_line, max_size=3).map("\n".join),
)
@settings(max_examples=60)
def test_written_points_are_read_back(seed, n, metric, name, comment):
    distances = PointDistances(random_points(metric, n, seed), metric)
    instance = read(written(distances, name=name, comment=comment))
    assert (instance.name, instance.comment, instance.kind) == (name, comment, "TSP")
    assert (instance.distances.matrix() == distances.matrix()).all()
    assert instance.edge_weight_type == (metric if metric in TSPLIB_METRICS else "EXPLICIT")
    if metric in (*TSPLIB_METRICS, "euclidean"):
        assert instance.display
        assert (instance.points == distances.points).all()
    same(read(written(instance)), instance)


@given(
    entries=st.lists(st.floats(0, 1e300) | st.integers(0, 99), min_size=9, max_size=9),
    symmetric=st.booleans(),
)
@settings(max_examples=40)
def test_written_matrices_are_read_back_to_the_last_bit(entries, symmetric):
    matrix = np.reshape(entries, (3, 3)).astype(float)
    distances = MatrixDistances(np.maximum(matrix, matrix.T) if symmetric else matrix)
    instance = read(written(distances, name="m"))
    assert (instance.distances.matrix() == distances.matrix()).all()
    assert instance.kind == ("TSP" if distances.symmetric else "ATSP")
    assert instance.edge_weight_format == "FULL_MATRIX"
    same(read(written(instance)), instance)


@given(order=st.integers(1, 30).flatmap(lambda n: st.permutations(range(n))), name=one_line)
@settings(max_examples=30)
def test_written_tours_are_read_back(order, name):
    file = io.StringIO()
    write_tour(order, file, name=name, comment="found", length=12.5)
    assert f"NAME : {name}\nCOMMENT : found\nCOMMENT : Length 12.5\n" in file.getvalue()
    file.seek(0)
    assert read_tour(file, len(order)).tolist() == order


@pytest.mark.parametrize("layout", FORMATS)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 7), columns=st.integers(1, 9))
@settings(max_examples=15)
def test_every_explicit_format_gives_the_matrix(layout, seed, n, columns):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 100, (n, n)) + rng.choice([0, 0.25])
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    pairs = [(i, j) for i in range(n) for j in range(n) if FORMATS[layout](i, j)]
    if layout.endswith("COL"):
        pairs.sort(key=lambda pair: pair[::-1])
    numbers = [f"{matrix[pair]:g}" for pair in pairs]
    lines = [" ".join(numbers[k : k + columns]) for k in range(0, len(numbers), columns)]
    instance = read(
        f"TYPE: TSP\nDIMENSION: {n}\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: {layout}\n"
        "EDGE_WEIGHT_SECTION\n" + "\n".join(lines)
    )
    np.fill_diagonal(matrix, 0)
    assert (instance.distances.matrix() == matrix).all()
    assert instance.edge_weight_format == layout
    assert instance.points is None
    assert not instance.display


def test_every_instance_loads_and_every_optimal_tour_scores_its_optimum(tsplib):
    optima = json.loads((tsplib / "optima.json").read_text())
    assert len(optima) == 79
    scored = 0
    for name, known in optima.items():
        instance = read_tsplib(tsplib / known["file"])
        n = instance.distances.n
        assert (name, n, instance.kind) == (name, known["n"], known["problem"])
        assert instance.edge_weight_type == known["type"]
        assert instance.edge_weight_format == (known["format"] or "FUNCTION")
        assert instance.distances.symmetric == (instance.kind == "TSP")
        assert instance.name.split(".")[0] == name
        length = instance.distances.tour_length(np.arange(n))
        assert known["optimum"] <= length == int(length)
        if "opt_tour" in known:
            tour = read_tour(tsplib / known["opt_tour"], n)
            assert (name, instance.distances.tour_length(tour)) == (name, known["optimum"])
            scored += 1
    assert scored == 23


@pytest.mark.parametrize(("name", "length"), [("pcb442", 221_440), ("gr666", 423_710)])
def test_canonical_tours_have_the_lengths_that_tsplib_states(tsplib, name, length):
    distances = read_tsplib(tsplib / f"{name}.tsp").distances
    assert distances.tour_length(np.arange(distances.n)) == length


@pytest.mark.parametrize("name", ["att48", "bays29", "dsj1000", "gr96", "si175", "ulysses22"])
def test_instances_of_the_collection_survive_writing(tsplib, name, tmp_path):
    instance = read_tsplib(tsplib / f"{name}.tsp")
    write_tsplib(instance, tmp_path / "again.tsp")
    same(read_tsplib(tmp_path / "again.tsp"), instance)


def test_pictures_come_from_the_display_section_where_there_is_one(tsplib):
    bayg29 = read_tsplib(tsplib / "bayg29.tsp")
    assert bayg29.points.shape == (29, 2)
    assert bayg29.distances.coordinates is None
    assert bayg29.display
    assert not read_tsplib(tsplib / "si175.tsp").display
    gr96 = read_tsplib(tsplib / "gr96.tsp")
    assert gr96.points.shape == (96, 2)
    assert gr96.distances.coordinates.shape == (96, 3)


def test_instances_with_other_points_for_display_survive_writing():
    instance = read(SQUARE)
    moved = replace(instance, points=instance.points + 1)
    hidden = replace(moved, display=False)
    for each in (instance, moved, hidden, replace(instance, kind="ATSP")):
        same(read(written(each)), each)
    spatial = MATRIX.replace("EDGE_WEIGHT_SECTION", "NODE_COORD_TYPE: THREED_COORDS\n{}")
    section = "NODE_COORD_SECTION\n1 0 0 0\n2 0 1 2\n3 1 1 1\nEDGE_WEIGHT_SECTION"
    same(read(written(read(spatial.format(section)))), read(spatial.format(section)))


def test_asymmetric_weights_are_written_as_an_asymmetric_instance():
    distances = MatrixDistances([[0, 1, 2], [3, 0, 4], [5, 6, 0]])
    again = read(written(replace(read(MATRIX), distances=distances)))
    assert again.kind == "ATSP"
    assert (again.distances.matrix() == distances.matrix()).all()


def test_points_are_read_only():
    instance = read(SQUARE)
    with pytest.raises(ValueError, match="read-only"):
        instance.points[0, 0] = 1


def test_integers_are_written_as_integers_and_floats_in_full():
    text = written(MatrixDistances([[0, 2, 0.1], [2, 0, 1e22], [0.1, 1e22, 0]]), name="m")
    assert "EDGE_WEIGHT_SECTION\n0 2 0.1\n2 0 1e+22\n0.1 1e+22 0\n" in text


def test_instances_can_be_pickled():
    same(pickle.loads(pickle.dumps(read(SQUARE))), read(SQUARE))


TOLERATED = {
    "no blanks": SQUARE.replace(" : ", ":"),
    "one blank": SQUARE.replace(" : ", ": "),
    "tabs": SQUARE.replace(" : ", "\t:\t").replace("2 0 10", "\t2\t0\t10\t"),
    "blank lines": SQUARE.replace("\n", "\n\n  \n"),
    "no EOF": SQUARE.replace("EOF\n", ""),
    "no final line break": SQUARE.rstrip(),
    "CRLF": SQUARE.replace("\n", "\r\n"),
    "old Mac": SQUARE.replace("\n", "\r"),
    "byte order mark": "\ufeff" + SQUARE,
    "lower-case keys": re.sub(r"(?m)^[A-Z_]+", lambda m: m[0].lower(), SQUARE),
    "lower-case values": SQUARE.replace("EUC_2D", "euc_2d").replace(": TSP", ": tsp"),
    "scientific": SQUARE.replace("2 0 10", "2 0.0E+00 1.0e+01").replace("3 10", "3 +.1e2"),
    "a remark after the type": SQUARE.replace("TYPE : TSP", "TYPE : TSP (four cities)"),
    "colon after a section": SQUARE.replace("SECTION", "SECTION :"),
    "no colon after a keyword": SQUARE.replace("DIMENSION :", "DIMENSION"),
    "another order of cities": SQUARE.replace("1 0 0\n", "").replace("EOF", "1 0 0\nEOF"),
    "words after EOF": SQUARE + "that is all\n",
    "a comment": SQUARE.replace("TYPE", "# exported\nc---- by a tool\nTYPE", 1),
    "a comment among the cities": SQUARE.replace("2 0 10", "# north\n2 0 10"),
    "no section for display": SQUARE.replace("NODE", "DISPLAY_DATA_TYPE: TWOD_DISPLAY\nNODE"),
    "coordinate type": SQUARE.replace("NODE", "NODE_COORD_TYPE: TWOD_COORDS\nNODE", 1),
}


@pytest.mark.parametrize("habit", TOLERATED)
def test_habits_of_real_files_are_tolerated(habit, tmp_path):
    same(read(TOLERATED[habit]), read(SQUARE))
    (tmp_path / "square.tsp").write_bytes(TOLERATED[habit].encode())
    same(read_tsplib(tmp_path / "square.tsp"), read(SQUARE))
    same(read_tsplib(str(tmp_path / "square.tsp")), read(SQUARE))
    with (tmp_path / "square.tsp").open("rb") as file:
        same(read_tsplib(file), read(SQUARE))


def test_what_does_not_change_the_problem_is_passed_over_with_a_note():
    text = SQUARE.replace("NODE", "BEST_KNOWN : 40\nNODE", 1)
    with pytest.warns(FileNote, match="<text>: .*BEST_KNOWN"):
        same(read(text), read(SQUARE))


def test_tour_inside_an_instance_is_read():
    text = SQUARE.replace("EOF", "TOUR_SECTION\n1 3\n2 4\n-1\nEOF")
    assert read_tour(io.StringIO(text), 4).tolist() == [0, 2, 1, 3]
    assert read(text).tour.tolist() == [0, 2, 1, 3]
    with pytest.raises(TSPLIBError, match=r"TOUR_SECTION: expected 4 numbers .*, got 3"):
        read(text.replace("2 4", "2"))


def test_tour_inside_a_file_is_what_a_solve_begins_with(tmp_path):
    path = tmp_path / "a.tsp"
    path.write_text(SQUARE.replace("EOF", "TOUR_SECTION\n1 3\n2 4\n-1\nEOF"), encoding="utf-8")
    problem = TSP.load(str(path))
    assert problem.initial == [1, 3, 2, 4]

    class Poor(Method):
        name, summary, kind, initial = "poor", "what it begins with", "classical", None

        def attempt(self, problem, rng, monitor):
            return Attempt(self.initial, Status.CONVERGED)

    assert minimize(problem, Poor()).x == problem.initial
    assert TSP.load(str(path), cycle=False, start=4).initial is None


def test_cities_may_be_numbered_from_zero():
    text = "".join(
        f"{int(line[0]) - 1}{line[1:]}\n" if line[0].isdigit() else f"{line}\n"
        for line in SQUARE.splitlines()
    )
    instance = read(text.replace("EOF", "FIXED_EDGES_SECTION\n0 2\n-1\nEOF"))
    assert (instance.first, instance.fixed) == (0, ((0, 2),))
    same(instance, read(SQUARE))
    assert read_tour(io.StringIO("TYPE : TOUR\nTOUR_SECTION\n0 2 3 1\n-1")).tolist() == [0, 2, 3, 1]


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("EXACT_2D", 5 + np.sqrt(8) + np.sqrt(29), 1e-12),
        ("FLOOR_2D", 5 + 2 + 5, 0),
        ("GEOM", 0, 0),
    ],
)
def test_types_of_other_programs_are_read(kind, low, high):
    text = SQUARE.replace("EUC_2D", kind).replace(": 4", ": 3")
    distances = read(text[: text.index("1 0 0")] + "1 0 0\n2 3 4\n3 5 2\n").distances
    if kind == "GEOM":  # metres on the globe, each edge rounded up
        globe = PointDistances(distances.points, "great-circle").tour_length([0, 1, 2])
        low, high = globe * 6_378_388 / 6371.0088, 3
        assert distances(0, 0) == 0
    assert low <= distances.tour_length([0, 1, 2]) * (1 + 1e-15) <= low + high + 1e-9


def test_name_comes_from_the_file_where_the_file_has_none(tmp_path):
    (tmp_path / "corners.tsp").write_text(SQUARE.replace("NAME : square\n", ""))
    assert read_tsplib(tmp_path / "corners.tsp").name == "corners"
    write_tsplib(read(SQUARE).distances, tmp_path / "other.tsp")
    assert read_tsplib(tmp_path / "other.tsp").name == "other"


def test_comment_lines_are_kept():
    instance = read(SQUARE.replace("TYPE : TSP", "COMMENT : of a square: unit 1\nTYPE : TSP"))
    assert instance.comment == "four corners\nof a square: unit 1"


@pytest.mark.parametrize(
    "text",
    [
        TOUR,
        TOUR.replace("-1\nEOF\n", ""),
        TOUR.replace("-1", "-1\n-1"),
        TOUR.replace("DIMENSION : 4\n", ""),
        TOUR.replace("TYPE : TOUR\n", "").lower(),
    ],
)
def test_tours_are_read(text):
    tour = read_tour(io.StringIO(text), 4)
    assert tour.tolist() == [0, 2, 1, 3]
    assert tour.dtype == np.intp
