from __future__ import annotations

import io
import json
import pickle
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

SQUARE = """NAME : square
COMMENT : four corners
TYPE : TSP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 10
3 10 10
4 10 0
EOF
"""

MATRIX = """NAME : three
TYPE : TSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : UPPER_ROW
EDGE_WEIGHT_SECTION
1 2
3
EOF
"""

TOUR = "NAME : t\nTYPE : TOUR\nDIMENSION : 4\nTOUR_SECTION\n1 3\n2 4\n-1\nEOF\n"

one_line = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)


def read(text):
    return read_tsplib(io.StringIO(text))


def written(problem, **options):
    file = io.StringIO()
    write_tsplib(problem, file, **options)
    return file.getvalue()


def same(one, other):
    assert (one.name, one.kind, one.comment) == (other.name, other.kind, other.comment)
    assert one.display == other.display
    assert one.edge_weight_type == other.edge_weight_type
    assert (one.points is None) == (other.points is None)
    assert one.points is None or (one.points == other.points).all()
    assert (one.distances.matrix() == other.distances.matrix()).all()
    assert one.distances.symmetric == other.distances.symmetric


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


REFUSED = {
    "DEMAND_SECTION": SQUARE.replace("EOF", "DEMAND_SECTION\n1 2\nEOF"),
    "EDGE_DATA_FORMAT": SQUARE.replace("NODE", "EDGE_DATA_FORMAT : EDGE_LIST\nNODE"),
    "EDGE_DATA_SECTION": SQUARE.replace("EOF", "EDGE_DATA_SECTION\n1 2\n-1\nEOF"),
    "CAPACITY": SQUARE.replace("NODE", "CAPACITY : 3\nNODE"),
    "'SOP'": MATRIX.replace("TYPE : TSP", "TYPE : SOP"),
    "'CVRP'": SQUARE.replace("TYPE : TSP", "TYPE : CVRP\nCAPACITY : 3"),
    "'TOUR'": TOUR,
    "'SPECIAL'": SQUARE.replace("EUC_2D", "SPECIAL"),
    "'XRAY1'": SQUARE.replace("EUC_2D", "XRAY1"),
    "'XRAY2'": SQUARE.replace("EUC_2D", "XRAY2"),
    "THREED_COORDS": SQUARE.replace("NODE", "NODE_COORD_TYPE : THREED_COORDS\nNODE", 1),
    "NO_COORDS": SQUARE.replace("NODE", "NODE_COORD_TYPE : NO_COORDS\nNODE", 1),
    "'WEIGHT_LIST'": MATRIX.replace("UPPER_ROW", "WEIGHT_LIST"),
    "'FUNCTION'": MATRIX.replace("UPPER_ROW", "FUNCTION"),
    "'FULL_MATRIX'": SQUARE.replace("NODE", "EDGE_WEIGHT_FORMAT : FULL_MATRIX\nNODE"),
    "EDGE_WEIGHT_SECTION": SQUARE.replace("EOF", "EDGE_WEIGHT_SECTION\n1 2\nEOF"),
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_cannot_be_carried_is_refused_by_name(word):
    with pytest.raises(TSPLIBError, match=word):
        read(REFUSED[word])


FAULTS = [
    ("", "expected a TSPLIB file, got an empty one"),
    (" \n\t\n", "got an empty one"),
    ("hello world\n", "line 1: expected 'KEYWORD : value', got 'hello world'"),
    ("1 2 3\n", "line 1: expected 'KEYWORD : value', got '1 2 3'"),
    ('{"n": 3}', "line 1"),
    ("<html>: no", "line 1"),
    ("a\0b", "expected a text file; got binary data"),
    ("greeting: hello", "TYPE is missing: expected TSP or ATSP or HPP"),
    (SQUARE.replace("TYPE : TSP\n", ""), "TYPE is missing"),
    (SQUARE.replace("TYPE : TSP", "TYPE :"), "TYPE: expected TSP or ATSP or HPP or HCP, got ''"),
    (SQUARE.replace("DIMENSION : 4\n", ""), "DIMENSION is missing"),
    (SQUARE.replace(": 4", ": 0"), "DIMENSION: expected a positive integer, got '0'"),
    (SQUARE.replace(": 4", ": -4"), "got '-4'"),
    (SQUARE.replace(": 4", ": 4.0"), "got '4.0'"),
    (SQUARE.replace(": 4", ": four"), "got 'four'"),
    (SQUARE.replace(": 4", ": " + "9" * 5000), "DIMENSION: expected a positive integer, got '999"),
    (SQUARE.replace(": 4", ": 5"), "NODE_COORD_SECTION: expected 15 numbers .* got 12"),
    (SQUARE.replace(": 4", ": 999999999999"), "NODE_COORD_SECTION: expected 2999999999997 numbers"),
    (SQUARE.replace(": 4", ": 3"), "expected 9 numbers .*, got 12"),
    (SQUARE.replace("4 10 0\n", ""), "expected 12 numbers .*4 cities.*, got 9"),
    (SQUARE.replace("4 10 0\n", "4 10\n"), "got 11"),
    (SQUARE.replace("4 10 0\n", "5 10 0\n"), "each of 1 … 4 once, got 5 in place of 4"),
    (SQUARE.replace("4 10 0\n", "3 10 0\n"), "got 3 in place of 4"),
    (SQUARE.replace("1 0 0\n", "0 0 0\n"), "got 0 in place of 1"),
    (SQUARE.replace("1 0 0\n", "-1 0 0\n"), "got -1 in place of 1"),
    (SQUARE.replace("1 0 0\n", "1.5 0 0\n"), "got 1.5 in place of 1"),
    (SQUARE.replace("10 10", "10 nan"), "NODE_COORD_SECTION: expected finite numbers, got 'nan'"),
    (SQUARE.replace("10 10", "inf 10"), "got 'inf'"),
    (SQUARE.replace("10 10", "1e999 10"), "got '1e999'"),
    (SQUARE.replace("10 10", "1_0 10"), "got '1_0'"),
    (SQUARE.replace("10 10", "10 ten"), "got 'ten'"),
    (SQUARE.replace("10 10", "１０ 10"), "got '１０'"),
    (SQUARE.replace("4 10 0", "COMMENT : last\n4 10 0"), "line 11: expected 'KEYWORD : value'"),
    (SQUARE.replace("10 10", "1e200 10"), r"NODE_COORD_SECTION: points\[2, 0\] must be within"),
    (SQUARE.replace("4 10 0", "four 10 0"), "line 10: expected 'KEYWORD : value', got 'four 10 0'"),
    (SQUARE.replace("NODE_COORD_SECTION\n", ""), "line 6: expected 'KEYWORD : value', got '1 0 0'"),
    (SQUARE[: SQUARE.index("NODE_COORD_SECTION")], "NODE_COORD_SECTION is missing"),
    (SQUARE.replace("EDGE_WEIGHT_TYPE : EUC_2D\n", ""), "EDGE_WEIGHT_TYPE is missing: .*EUC_2D"),
    (SQUARE.replace("EUC_2D", "EUC_4D"), "EDGE_WEIGHT_TYPE: expected .*, got 'EUC_4D'"),
    (SQUARE.replace("EUC_2D", "EUC_3D"), "expected 16 numbers .* got 12"),
    (SQUARE.replace("TYPE : TSP", "TYPE : TSP\nTYPE : TSP"), r"TYPE comes twice \(line 4\)"),
    (SQUARE.replace("EOF", "NODE_COORD_SECTION\nEOF"), "NODE_COORD_SECTION comes twice"),
    (SQUARE.replace("NODE", "DISPLAY_DATA_TYPE : LASER\nNODE"), "DISPLAY_DATA_TYPE: .* 'LASER'"),
    (
        SQUARE.replace("EOF", "DISPLAY_DATA_SECTION\n1 2 3\nEOF"),
        "DISPLAY_DATA_SECTION: expected 12",
    ),
    (MATRIX.replace("\n3\n", "\n"), r"EDGE_WEIGHT_SECTION: expected 3 numbers \(UPPER_ROW of 3"),
    (MATRIX.replace("\n3\n", "\n3 4\n"), "expected 3 numbers .* got 4"),
    (MATRIX.replace("\n3\n", "\nnan\n"), "EDGE_WEIGHT_SECTION: expected finite .* got 'nan'"),
    (MATRIX.replace("\n3\n", "\n-3\n"), r"EDGE_WEIGHT_SECTION: matrix\[1, 2\] .* got -3"),
    (MATRIX[: MATRIX.index("EDGE_WEIGHT_SECTION")], "EDGE_WEIGHT_SECTION is missing"),
    (MATRIX.replace("EDGE_WEIGHT_FORMAT : UPPER_ROW\n", ""), "EDGE_WEIGHT_FORMAT is missing"),
    (
        MATRIX.replace("UPPER_ROW", "FULL_MATRIX").replace("1 2\n3", "0 1 2 3 0 4 5 6 0"),
        "a TSP needs symmetric weights",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_faults_are_named_with_their_file(text, message, tmp_path):
    path = tmp_path / "bad.tsp"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TSPLIBError, match=message) as caught:
        read_tsplib(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00", b"ab\0c", bytes(range(256))])
def test_bytes_that_are_no_text_are_refused(junk, tmp_path):
    path = tmp_path / "junk.tsp"
    path.write_bytes(junk)
    with pytest.raises(TSPLIBError, match=r"<text>: expected a text file; got"):
        read_tsplib(io.BytesIO(junk))
    with path.open("rb") as file, pytest.raises(TSPLIBError, match="expected a text file; got"):
        read_tsplib(file)
    with (
        path.open(encoding="utf-8") as file,
        pytest.raises(TSPLIBError, match="expected a text file; got"),
    ):
        read_tsplib(file)
    with pytest.raises(TSPLIBError, match=r"junk\.tsp: expected a text file; got"):
        read_tsplib(path)
    with pytest.raises(TSPLIBError, match=r"junk\.tsp: expected a text file; got"):
        read_tour(path)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: (SQUARE + text).encode()))
@settings(max_examples=100)
def test_any_bytes_are_read_or_refused(data):
    with suppress(TSPLIBError, FileNote):
        read_tsplib(io.BytesIO(data.replace(b"EOF", b"")))


TOUR_FAULTS = [
    (TOUR.replace("2 4", "2"), r"TOUR_SECTION: expected 4 numbers \(a city each\), got 3"),
    (TOUR.replace("2 4", "2 3"), "each of 1 … 4 once, got 3 in place of 4"),
    (TOUR.replace("2 4", "2 -2"), "got -2 in place of 1"),
    (TOUR.replace("2 4", "2 5"), "got 5 in place of 4"),
    (TOUR.replace("2 4", "2 x"), "expected finite numbers, got 'x'"),
    (TOUR.replace("2 4", "2 4.5"), "got 4.5 in place of 4"),
    (TOUR.replace("-1", "-1 2 1 -1"), "expected one tour"),
    (TOUR.replace("TOUR_SECTION\n", ""), "line 4"),
    (TOUR[: TOUR.index("TOUR_SECTION")], "TOUR_SECTION is missing"),
    (TOUR.replace(": 4", ": many"), "DIMENSION: expected a positive integer, got 'many'"),
    (TOUR.replace("DIMENSION : 4", "CAPACITY : 4"), "CAPACITY cannot be carried"),
    (SQUARE, "TYPE: expected TOUR, got 'TSP'"),
    ("", "empty"),
]


@pytest.mark.parametrize(("text", "message"), TOUR_FAULTS)
def test_faults_of_tours_are_named(text, message):
    with pytest.raises(TSPLIBError, match=f"<text>: .*{message}"):
        read_tour(io.StringIO(text))


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


def test_tour_of_another_instance_is_refused():
    with pytest.raises(TSPLIBError, match="expected a tour of 5 cities, got 4"):
        read_tour(io.StringIO(TOUR), 5)
    with pytest.raises(TSPLIBError, match="expected a tour of 3 cities, got 4"):
        read_tour(io.StringIO(TOUR.replace("DIMENSION : 4\n", "")), 3)


def test_missing_files_and_folders_are_what_the_system_says(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tsplib(tmp_path / "none.tsp")
    with pytest.raises(FileNotFoundError):
        read_tour(tmp_path / "none.tour")
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        read_tsplib(tmp_path)
    with pytest.raises(FileNotFoundError):
        write_tsplib(read(SQUARE), tmp_path / "none" / "a.tsp")


@pytest.mark.parametrize("source", [None, 3, ["a.tsp"]])
def test_sources_that_are_no_file_are_refused(source):
    with pytest.raises(TypeError, match="source must be a path or an open file, got"):
        read_tsplib(source)


def test_what_cannot_be_written_is_refused_before_the_file_is_touched(tmp_path):
    path = tmp_path / "a.tsp"
    instance = read(SQUARE)
    for name in ["two\nlines", " blank", "\0", "\ud800"]:
        with pytest.raises(ValueError, match=r"name|surrogates"):
            write_tsplib(instance, path, name=name)
        with pytest.raises(ValueError, match=r"name|surrogates"):
            write_tour([0, 1], path, name=name)
    with pytest.raises(ValueError, match="comment must be"):
        write_tsplib(instance, path, comment="first\n second")
    with pytest.raises(ValueError, match=r"points must have shape \(4, 2\), got \(3, 2\)"):
        write_tsplib(replace(instance, points=instance.points[:3]), path)
    with pytest.raises(TypeError, match="problem must be Distances or TSPLIBInstance, got ndarray"):
        write_tsplib(np.ones((2, 2)), path)
    with pytest.raises(ValueError, match="order must visit each city once"):
        write_tour([0, 0], path)
    assert not path.exists()
