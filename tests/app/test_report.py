from __future__ import annotations

import json
import re
import xml.dom.minidom
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from toy import Broken, Missing, Plain, Toy

from hopopt.app.report import page, write_report
from hopopt.app.report.machine import core_share
from hopopt.app.report.tables import excess, yardstick
from hopopt.solve.comparison import Entry, measure
from problems import TSP, MaxCut

VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Follows the elements of a page, which must nest, and keeps its tables' cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.sources: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.sources += [values[key] or "" for key in ("src", "href") if key in values]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "table" in self.open and self.open[-1] != "caption" and data.strip():
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    nine, five = TSP.load("random-9"), TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], optimum=4)
    found = measure(nine, ["greedy", "two-opt", Missing()], seeds=2, isolated=False)
    return found + measure(five, ["two-opt", Broken()], time_limit=[0.5, 1], isolated=False)


def test_page_needs_nothing_else(entries: list[Entry]) -> None:
    html = page(entries)
    reader = Reader(html)
    assert reader.sources
    assert all(source.startswith("data:image/") for source in reader.sources)
    assert not re.search(r"url\(|@import|<link|<script(?! type=\"application/json\")", html)


def test_every_row_is_on_the_page(entries: list[Entry]) -> None:
    glance, nine, square = Reader(page(entries)).tables
    names = [line[0] for line in glance[1:]]
    assert names == ["pure", "missing", "broken", "classical", "two-opt", "greedy"]
    assert [line[0] for line in nine[1:]] == ["pure", "missing", "classical", "two-opt", "greedy"]
    names = [line[0] for line in square[1:]]
    assert names == ["pure", "broken", "", "classical", "two-opt", ""]
    rows = [line for line in square[1:] if len(line) > 1]
    assert [line[1] for line in rows] == ["0.5 s", "1 s", "0.5 s", "1 s"]
    assert rows[2][2:5] == ["1/1", "0.00 %", "0.00 %"]
    assert rows[0][-1] == "ZeroDivisionError: 1/0"
    assert nine[2][-1] == "skipped: not installed"


def test_best_solutions_stand_side_by_side(entries: list[Entry]) -> None:
    html = page(entries)
    tiles = re.findall(r'<figure class="tile">.*?<b>(.*?)</b><br>(.*?)</figcaption>', html)
    assert [name for name, _ in tiles] == ["two-opt", "greedy", "two-opt"]
    assert tiles[-1][1] == "4 · gap 0.00 %"
    assert html.count('<figure class="chart">') == 2


def test_rows_are_carried_as_json(entries: list[Entry]) -> None:
    html = page(entries)
    carried = re.search(r'id="rows">(.*?)</script>', html)
    assert carried is not None
    assert json.loads(carried[1]) == json.loads(json.dumps([entry.row() for entry in entries]))


def test_same_entries_give_the_same_page(entries: list[Entry]) -> None:
    first, second = (re.sub(r"<dt>run</dt><dd>.*?</dd>", "", page(entries)) for _ in range(2))
    assert first == second


def test_what_reproduces_it_is_told(entries: list[Entry], tmp_path: Path) -> None:
    write_report(entries, tmp_path / "page.html", command="hopopt compare 'a b' --seeds 2 && x")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<code>hopopt compare &#x27;a b&#x27; --seeds 2 &amp;&amp; x</code>" in html
    for word in ("0 … 1", "hopopt ", "Python 3", "numpy ", "cores", "UTC"):
        assert word in html


def test_names_are_text_and_nothing_else() -> None:
    name = "<script>alert(1)</script> & co"
    problem = TSP.from_points([[0, 0], [0, 1], [1, 1], [1, 0]], instance=name)
    html = page(measure(problem, ["two-opt"], isolated=False))
    Reader(html)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html


def test_chart_is_a_picture_that_scales(entries: list[Entry]) -> None:
    import base64

    sources = Reader(page(entries)).sources
    (svg, *_) = [s for s in sources if s.startswith("data:image/svg+xml;base64,")]
    drawing = base64.b64decode(svg.partition(",")[2])
    assert xml.dom.minidom.parseString(drawing).documentElement.tagName == "svg"
    assert b"<dc:date>" not in drawing


def test_nothing_found_is_said() -> None:
    html = page(measure(Toy(4), [Broken(), Missing()], isolated=False))
    assert "No method found a solution." in html
    assert "<figure" not in html


def test_excess_is_never_on_the_wrong_side() -> None:
    heaviest = MaxCut(4, ([0, 1, 2, 3], [1, 2, 3, 0]), optimum=4.0)
    assert excess(3.0, 4.0, heaviest) == 0.25
    assert excess(4.0, 4.0, heaviest) == 0
    assert excess(None, 4.0, heaviest) is None
    assert yardstick(measure(Toy(4), [Plain()], isolated=False))[0] == 2
    assert yardstick(measure(Toy(5), [Plain()], isolated=False)) == (
        5,
        "excess over the best cost found here",
    )


def test_busy_machine_is_seen(entries: list[Entry]) -> None:
    assert core_share(entries) is None
    slow: list[Any] = measure(Toy(4), [Plain()], isolated=False)
    object.__setattr__(slow[0].runs[0].result, "wall_seconds", 4.0)
    object.__setattr__(slow[0].runs[0].result, "cpu_seconds", 1.0)
    assert core_share(slow) == 0.25
    assert "25 % of a core" in page(slow)


def test_no_entries_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one Entry"):
        page([])
