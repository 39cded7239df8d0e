"""What is wrong with a TSPLIB file, or cannot be carried, is refused by name."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tsplib_files import MATRIX, SQUARE, TOUR, read

from problems.shared.text import FileNote
from problems.tours.tsplib import TSPLIBError, read_tour, read_tsplib, write_tour, write_tsplib

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
