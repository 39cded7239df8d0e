from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.tours.instances import BUILT_IN, Found, built_in, find
from problems.tours.tsplib import TSPLIBError

TRIANGLE = """NAME : {name}
TYPE : TSP
COMMENT : sides 3, 4, 5
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 3 0
EOF
"""
ONE_WAY = """NAME : {name}
TYPE : ATSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 9
9 0 1
1 9 0
EOF
"""


@pytest.fixture(scope="module")
def capitals() -> Found:
    return find("capitals")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; the current directory is another empty one, and HOPOPT_DATA is not set."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("HOPOPT_DATA", raising=False)
    data = tmp_path / "data"
    data.mkdir()
    return data


def save(folder: Path, name: str, text: str = TRIANGLE) -> Path:
    path = folder / name
    path.write_text(text.format(name=path.stem), encoding="utf-8")
    return path


def kilometres(capitals: Found, one: str, other: str) -> float:
    return float(capitals.distances(capitals.labels.index(one), capitals.labels.index(other)))


def test_capitals_are_distinct_places_on_the_globe(capitals: Found) -> None:
    longitude, latitude = capitals.points.T
    assert capitals.distances.n == len(capitals.labels) == len(set(capitals.labels)) == 195
    assert len(np.unique(capitals.points, axis=0)) == 195
    assert np.all((np.abs(latitude) <= 90) & (np.abs(longitude) <= 180))
    assert capitals.labels[latitude.argmax()] == "Reykjavík"
    assert capitals.labels[latitude.argmin()] == "Wellington"
    assert capitals.geographic
    assert capitals.optimum is None


def test_capitals_are_one_a_country_and_plain_text() -> None:
    path = Path(sys.modules[find.__module__].__file__).with_name("capitals.csv")
    header, *rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    assert header == ["capital", "country", "latitude", "longitude"]
    assert len({country for _, country, _, _ in rows}) == len(rows) == 195
    for row in rows:
        assert all(cell == cell.strip() != "" for cell in row)
        assert all(2 <= len(cell.partition(".")[2]) <= 4 for cell in row[2:])


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("London", "Paris", 340, 348),
        ("Tokyo", "Seoul", 1140, 1165),
        ("Wellington", "Canberra", 2310, 2340),
        ("Buenos Aires", "Montevideo", 195, 235),
        ("Washington", "Ottawa", 725, 742),
        ("Kinshasa", "Brazzaville", 1, 10),
        ("Rome", "Vatican City", 2, 5),
        ("Cairo", "Nairobi", 3505, 3555),
        ("Vienna", "Bratislava", 50, 60),
        ("Helsinki", "Tallinn", 78, 88),
        ("Singapore", "Kuala Lumpur", 300, 330),
        ("Lisbon", "Madrid", 495, 510),
        ("Berlin", "Moscow", 1595, 1625),
        ("Washington", "London", 5880, 5920),
        ("Suva", "Apia", 1100, 1200),
    ],
)
def test_known_great_circle_distances(
    capitals: Found, one: str, other: str, low: float, high: float
) -> None:
    assert low < kilometres(capitals, one, other) < high


@pytest.mark.parametrize(
    ("inside", "south", "north", "west", "east"),
    [
        (("Quito",), -0.3, 0, -79, -78),
        (("Nairobi", "Kigali", "Dodoma", "Gitega"), -7, -1, 29, 37),
        (("Kampala", "Libreville", "São Tomé"), 0, 1, 6, 33),
        (("Lima", "Sucre", "Brasília", "Asunción"), -26, -12, -78, -47),
        (("Accra", "Lomé", "London", "Madrid", "Algiers"), 5, 52, -4, 4),
        (("Suva", "Funafuti", "Wellington"), -42, -8, 174, 180),
        (("Nuku'alofa", "Apia"), -22, -13, -176, -171),
        (("Praia", "Dakar", "Banjul", "Bissau", "Nouakchott"), 11, 19, -24, -15),
    ],
)
def test_signs_of_the_coordinates(
    capitals: Found, inside: tuple[str, ...], south: float, north: float, west: float, east: float
) -> None:
    for name in inside:
        longitude, latitude = capitals.points[capitals.labels.index(name)]
        assert south < latitude < north
        assert west < longitude < east


@settings(max_examples=20)
@given(n=st.integers(1, 50), seed=st.integers(0, 2**70))
def test_random_instance_is_given_by_its_name(n: int, seed: int) -> None:
    found, again = find(f"random-{n}-{seed}"), find(f"random-{n}-{seed}")
    np.testing.assert_array_equal(found.points, again.points)
    assert found.points.shape == (n, 2)
    assert np.all((found.points >= 0) & (found.points < 1))
    assert list(found.labels) == list(range(n))
    difference = found.points[0] - found.points[-1]
    assert float(found.distances(0, n - 1)) == pytest.approx(np.hypot(*difference), rel=1e-12)


def test_random_seed_is_zero_unless_given() -> None:
    points = np.random.default_rng(0).random((7, 2))
    np.testing.assert_array_equal(find("random-7").points, points)
    np.testing.assert_array_equal(find("random-7-0").points, points)
    assert not np.array_equal(find("random-7-1").points, points)


@pytest.mark.parametrize("name", ["random-0", "random-1000001", "random-0-3"])
def test_random_size_out_of_range(name: str) -> None:
    with pytest.raises(ValueError, match=rf"expected N in 1 … 1000000, got {name.split('-')[1]}"):
        find(name)


def test_built_in_names() -> None:
    assert set(BUILT_IN) == {"capitals", "random-N"}
    assert built_in("capitals").name == "capitals"
    assert built_in("random-4").name == "random-4"
    for name in ("berlin52", "Capitals", "random-", "random-x", "random-5-", "random--5", ""):
        assert built_in(name) is None


def test_points_are_read_only(capitals: Found, folder: Path) -> None:
    for found in (capitals, find("random-3"), find(save(folder, "three.tsp"))):
        with pytest.raises(ValueError, match="read-only"):
            found.points[0, 0] = 1


def test_path_gives_the_file(folder: Path) -> None:
    path = save(folder, "three.tsp")
    for source in (path, str(path)):
        found = find(source)
        assert (found.name, found.kind, found.comment) == ("three", "TSP", "sides 3, 4, 5")
        assert list(found.labels) == [1, 2, 3]
        assert found.points.tolist() == [[0, 0], [3, 4], [3, 0]]
        assert found.distances.tour_length([0, 1, 2]) == 12
        assert (found.geographic, found.optimum) == (False, None)


def test_path_needs_no_suffix_and_leaves_other_folders_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOPOPT_DATA", "gone")
    assert find(save(folder, "three.txt"), data="gone").distances.n == 3


def test_name_is_looked_up_in_data(folder: Path) -> None:
    save(folder, "three.tsp")
    save(folder, "round.atsp", ONE_WAY)
    assert find("three", data=folder).kind == "TSP"
    assert find("three.tsp", data=str(folder)).name == "three"
    found = find("round", data=folder)
    assert (found.kind, found.points) == ("ATSP", None)
    assert found.distances.tour_length([0, 1, 2]) == 3


def test_folders_are_searched_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("HOPOPT_DATA", str(elsewhere))
    for place in (Path.cwd(), elsewhere, folder):
        save(place, "three.tsp", TRIANGLE.replace("sides 3, 4, 5", place.name))
        assert find("three", data=folder).comment == place.name
    assert find("three").comment == "elsewhere"
    monkeypatch.setenv("HOPOPT_DATA", "")
    assert find("three").comment == "here"


def test_built_in_name_comes_before_a_file(folder: Path) -> None:
    save(Path.cwd(), "capitals.tsp")
    save(Path.cwd(), "capitals")
    assert find("capitals").distances.n == 195
    assert find("./capitals").distances.n == 3
    assert find("capitals.tsp").distances.n == 3


def test_name_comes_before_a_folder(folder: Path) -> None:
    (Path.cwd() / "three").mkdir()
    save(Path.cwd(), "three.tsp")
    assert find("three").distances.n == 3


def test_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path.cwd() / "optima.json").write_text('{"three": {"optimum": 12}}', encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(TRIANGLE.format(name="three.tsp")))
    found = find("-")
    assert (found.name, found.distances.n, found.optimum) == ("three", 3, None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(TRIANGLE.removeprefix("NAME : {name}\n")))
    assert find("-").name == "unnamed"


def test_geographical_points_are_longitude_and_latitude_in_degrees(folder: Path) -> None:
    text = TRIANGLE.replace("EUC_2D", "GEO").replace("2 3 4", "2 -3.30 4.15")
    found = find(save(folder, "three.tsp", text))
    np.testing.assert_allclose(found.points, [[0, 0], [4.25, -3.5], [0, 3]], atol=1e-12)
    assert found.geographic


def test_display_points_of_geographical_instances_are_kept(folder: Path) -> None:
    display = "DISPLAY_DATA_SECTION\n1 10 20\n2 30 40\n3 50 60\nEOF"
    text = TRIANGLE.replace("EUC_2D", "GEO").replace("EOF", display)
    found = find(save(folder, "three.tsp", text))
    assert found.points.tolist() == [[10, 20], [30, 40], [50, 60]]
    assert not found.geographic


def test_points_that_must_not_be_drawn_are_left_out(folder: Path) -> None:
    text = TRIANGLE.replace("NODE_COORD", "DISPLAY_DATA_TYPE : NO_DISPLAY\nNODE_COORD")
    assert find(save(folder, "three.tsp", text)).points is None


@pytest.mark.parametrize(
    ("entry", "optimum"),
    [
        ({"optimum": 12}, 12.0),
        ({"optimum": 11.5, "file": "three.tsp", "n": 3}, 11.5),
        ({"optimum": 12, "file": "three.atsp"}, None),
        ({"optimum": None}, None),
        ({}, None),
    ],
)
def test_optimum_beside_the_file(folder: Path, entry: object, optimum: float | None) -> None:
    table = {"other": {"optimum": 1}, "three": entry}
    (folder / "optima.json").write_text(json.dumps(table), encoding="utf-8")
    path = save(folder, "three.tsp")
    assert find(path).optimum == find("three", data=folder).optimum == optimum
    assert find(save(folder, "four.tsp")).optimum is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON"),
        ("[1]", "expected {name"),
        ('{"three": 12}', "expected {name.*got 12"),
        ('{"three": {"optimum": "12"}}', "expected a length for 'three', got '12'"),
        ('{"three": {"optimum": true}}', "expected a length for 'three', got True"),
        ('{"three": {"optimum": NaN}}', "expected a length for 'three', got nan"),
        ('{"three": {"optimum": -1}}', "expected a length for 'three', got -1"),
    ],
)
def test_damaged_optima(folder: Path, text: str, message: str) -> None:
    (folder / "optima.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"optima\.json: {message}"):
        find(save(folder, "three.tsp"))


def test_unknown_name_says_what_was_searched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPOPT_DATA", str(folder.parent))
    save(folder, "kroA100.tsp")
    with pytest.raises(FileNotFoundError) as caught:
        find("kroa10", data=folder)
    message = str(caught.value)
    for part in (
        "capitals, random-N",
        str(folder),
        str(folder.parent),
        str(Path.cwd()),
        "'kroa10'",
    ):
        assert part in message
    assert message.endswith("did you mean kroA100?")


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("capital", "did you mean capitals?"),
        ("random-1e3", "did you mean random-N?"),
        ("kroa100.tsp", "did you mean kroA100?"),
        ("gone/kroA100.tsp", "did you mean kroA100?"),
        ("zzz", "got 'zzz'"),
        ("", "got ''"),
        ("nul\0", "got 'nul\\x00'"),
    ],
)
def test_missing(folder: Path, source: str, advice: str) -> None:
    save(folder, "kroA100.tsp")
    with pytest.raises(FileNotFoundError) as caught:
        find(source, data=folder)
    assert str(caught.value).endswith(advice)


def test_folders_in_the_wrong_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IsADirectoryError, match="source must be a file or a name; got the folder"):
        find(folder)
    with pytest.raises(NotADirectoryError, match="data must be an existing folder; got 'gone'"):
        find("three", data="gone")
    with pytest.raises(NotADirectoryError, match="data must be an existing folder; got ''"):
        find("three", data="")
    monkeypatch.setenv("HOPOPT_DATA", "gone")
    with pytest.raises(NotADirectoryError, match="HOPOPT_DATA must be an existing folder"):
        find("three")


def test_wrong_types() -> None:
    with pytest.raises(TypeError, match="source must be a str or a path; got int"):
        find(52)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="source must be a str or a path; got bytes"):
        find(b"capitals")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="data must be a str or a path; got int"):
        find("three", data=3)  # type: ignore[arg-type]


def test_file_that_is_not_tsplib(folder: Path) -> None:
    with pytest.raises(TSPLIBError, match=r"note\.tsp"):
        find(save(folder, "note.tsp", "hello"))


def test_recorded_optima_are_found(tsplib: Path) -> None:
    for name, optimum in {"berlin52": 7542, "ftv33": 1286, "ulysses22": 7013}.items():
        found = find(name, data=tsplib)
        assert (found.name, found.optimum) == (name, optimum)
