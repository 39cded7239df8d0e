"""The interactive pages in a browser: their states and energies are the library's."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hopopt import AssociativeMemory, Majorize, Monitor, anneal
from hopopt.memory import letters
from problems import TSP
from problems.tours.elastic import elastic_network, ellipse, order_along, principal, spacing

PAGES = Path(__file__).parents[2] / "docs/interactive"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
ASK = """<pre id="told"></pre><script>
try { document.getElementById("told").textContent = JSON.stringify((() => { %s })()); }
catch (error) { document.getElementById("told").textContent = JSON.stringify(String(error)); }
</script></body>"""


@cache
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no browser: none of " + ", ".join(BROWSERS))
    return found


def ask(page: str, script: str, folder: Path) -> Any:
    """Open a page with a script at its end, and return what the script returns."""
    html = (PAGES / page).read_text(encoding="utf-8")
    path = folder / page
    path.write_text(html.replace("</body>", ASK % script), encoding="utf-8")
    command = [browser(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    told = json.loads(unescape(done.stdout.split('<pre id="told">')[1].split("</pre>")[0]))
    assert not isinstance(told, str), told
    return told


CASES = [
    (rule, coding, order, seed)
    for rule in ("hebb", "projection", "exponential")
    for coding in ("bipolar", "binary")
    for order, seed in (("async", 0), ("async", 4294967295), ("fixed", 0))
]


X = letters("HOPF").reshape(4, -1).astype(float)
CUE = np.where(np.random.default_rng(1).random(120) < 0.25, -X[1], X[1])


@pytest.fixture(scope="module")
def recalls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page of recalls tells, and what becomes of it under keys and clicks."""
    told = ask(
        "recall.html",
        f"""const [X, cue, cases] = {json.dumps([X.tolist(), CUE.tolist(), CASES])};
        const out = {{}}, $ = id => document.getElementById(id), net = $("net");
        out.cases = cases.map(([rule, coding, order, seed]) => {{
          const v = coding === "binary" ? cue.map(s => (s + 1) / 2) : cue;
          return [...hopopt.recall(hopopt.memory(rule, X, coding), v, order, seed)];
        }});
        const press = key => new KeyboardEvent("keydown", {{ key, cancelable: true }});
        const key = k => net.dispatchEvent(press(k));
        const lit = () => [...net.children].map(c => +c.classList.contains("on"));
        out.first = lit(); key("ArrowRight"); key("ArrowDown"); key(" "); out.drawn = lit();
        $("store").click(); out.stored = $("stored").children.length;
        $("stored").querySelector("[aria-label='forget pattern 1']").click();
        out.left = $("stored").children.length;
        $("clear").click(); out.cleared = lit();
        $("step").click(); out.said = $("said").textContent;
        const label = e => e.closest("label") || e.getAttribute("aria-label");
        const controls = [...document.querySelectorAll("button, select, input")];
        out.nameless = controls.filter(e => !(e.textContent.trim() || label(e))).length;
        out.wide = document.documentElement.scrollWidth <= window.innerWidth;
        return out;""",
        tmp_path_factory.mktemp("recall"),
    )
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("number", range(len(CASES)), ids=[" ".join(map(str, c)) for c in CASES])
def test_the_page_recalls_as_the_library_does(recalls: dict[str, Any], number: int) -> None:
    (rule, coding, order, seed), steps = CASES[number], recalls["cases"][number]
    low = 0 if coding == "binary" else -1
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory(rule, coding=coding).fit(np.where(X > 0, 1, low))
    start, options = np.where(CUE > 0, 1, low), {"order": order, "rng": seed}
    path = memory.recall(start, record="flips", **options).path  # type: ignore[arg-type]
    assert path is not None
    assert [step["v"] for step in steps] == path.states.tolist()
    assert np.allclose([step["energy"] for step in steps], path.energies, atol=1e-9)
    assert len(steps) > 10


def test_the_page_is_used_by_keys_alone(recalls: dict[str, Any]) -> None:
    flat = (letters("H").reshape(-1) > 0).astype(int)
    assert recalls["first"] == flat.tolist()
    flat[11] = 1 - flat[11]
    assert recalls["drawn"] == flat.tolist()
    assert (recalls["stored"], recalls["left"]) == (6, 5)
    assert not any(recalls["cleared"])
    assert recalls["said"].startswith("Flip 1: unit ")
    assert recalls["nameless"] == 0
    assert recalls["wide"]


def test_the_ring_of_the_page_is_that_of_the_library(tmp_path: Path) -> None:
    points = TSP.load("random-12").points
    assert points is not None
    told = ask(
        "ring.html",
        f"""const box = hopopt.box({json.dumps(points.tolist())});
        const plan = hopopt.schedule(box.cities), start = plan.ring, rings = [], energies = [];
        let ring = start;
        for (const K of plan.widths) {{
          energies.push([hopopt.energy(box.cities, ring, K)]);
          ring = hopopt.step(box.cities, ring, K); rings.push(ring);
          energies.at(-1).push(hopopt.energy(box.cities, ring, K));
        }}
        const tour = hopopt.order(box.cities, ring);
        document.getElementById("count").value = 3;
        const map = document.getElementById("map");
        const n = () => document.getElementById("n").textContent;
        const press = key => new KeyboardEvent("keydown", {{ key, cancelable: true }});
        const key = k => map.dispatchEvent(press(k));
        const counts = [n()]; key(" "); counts.push(n()); key("Backspace"); counts.push(n());
        document.getElementById("clear").click(); counts.push(n());
        const wide = document.documentElement.scrollWidth <= window.innerWidth;
        const {{ cities }} = box, {{ widths }} = plan;
        return {{ cities, start, widths, rings, energies, tour, counts, wide,
          length: hopopt.length({json.dumps(points.tolist())}, tour) }};""",
        tmp_path,
    )
    cities = np.array(told["cities"])
    low = points.min(0)
    assert np.allclose(cities, (points - low) / (points - low).max())
    end = 0.1 * spacing(cities)
    assert np.allclose(told["widths"], np.geomspace(max(0.1, 2 * end), end, 120))
    start = np.array(told["start"])
    centre, arms = principal(cities)
    for ring in (start, ellipse(cities, len(start))):
        along = (ring - centre) @ arms.T / (arms**2).sum(1)
        assert np.allclose((along**2).sum(1), 0.3**2)
    networks = (elastic_network(cities, len(start), K) for K in told["widths"])
    rings: list[np.ndarray] = []
    after: list[float] = []
    rest = anneal(
        networks,
        Majorize(max_steps=1, tol=0),
        start,
        monitor=Monitor(),
        callback=lambda network, u: (rings.append(u), after.append(float(network.lyapunov(u)))),
    )
    assert np.abs(np.array(told["rings"]) - np.array(rings)).max() < 1e-9
    before, reached = np.array(told["energies"]).T
    assert np.allclose(reached, after, atol=1e-9)
    assert (reached <= before + 1e-12).all()
    assert told["tour"] == order_along(cities, rest.u).tolist()
    assert told["length"] == pytest.approx(TSP.from_points(points).cost(told["tour"]))
    assert [text.split(",")[0] for text in told["counts"]] == ["15", "16", "15", "0"]
    assert told["wide"]
