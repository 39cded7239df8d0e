from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from hopopt import AssociativeMemory
from hopopt.memory import (
    Capacity,
    Recall,
    attractors,
    basin,
    capacity,
    overlap_trace,
    unlearning_curve,
)
from hopopt.memory.basins import wilson
from hopopt.memory.capacities import flipped
from hopopt.plotting import (
    plot_basin,
    plot_capacity,
    plot_overlap,
    plot_recall,
    plot_recall_energy,
    plot_unlearning,
)


def patterns(count: int, units: int = 100) -> np.ndarray[Any, Any]:
    return np.random.default_rng(5).choice([-1, 1], (count, units))


def test_capacity_orders_the_rules_as_theory_does() -> None:
    loads = {
        rule: capacity(rule, 100, 0.1, nets=3, cues=100, order="sync", most=300)
        for rule in ("hebb", "storkey", "projection", "exponential")
    }
    assert loads["hebb"].load < loads["storkey"].load < loads["projection"].load
    assert loads["projection"].load < loads["exponential"].load > 2.9
    for found in loads.values():
        assert found.low <= found.load <= found.high
        assert found.exact > 0.9899
        assert found.control == 1
        assert len(found.patterns) == 3
    assert "nearest pattern 100.0 %" in str(loads["hebb"])


def test_capacity_is_reproducible_and_takes_parameters() -> None:
    memory = AssociativeMemory("polynomial", degree=3)
    a, b = (capacity(memory, 30, 0.1, nets=2, cues=50, rng=4) for _ in range(2))
    assert a == b
    assert a.load > 1.5 * capacity("hebb", 30, 0.1, nets=2, cues=50, rng=4).load


def test_nothing_recalls_from_cues_that_are_mostly_noise() -> None:
    found = capacity("exponential", 20, 0.45, nets=2, cues=100, most=64)
    assert found.load < 0.3


@pytest.mark.parametrize(("noise", "level"), [(0.5, 0.9), (-0.1, 0.9), (0.1, 0.0), (0.1, 1.1)])
def test_capacity_refuses(noise: float, level: float) -> None:
    with pytest.raises(ValueError, match=r"(noise|level) must lie in"):
        capacity("hebb", 20, noise, level=level)
    with pytest.raises(ValueError, match="rule must take ±1 patterns for capacity; got 'lse'"):
        capacity("lse", 20, 0.1)


def test_flipped_flips_exactly_the_share() -> None:
    given = patterns(6)
    assert ((flipped(given, 0.13, np.random.default_rng(0)) != given).sum(-1) == 13).all()


def test_wilsons_interval_holds_the_share() -> None:
    assert wilson(0.5, 100)[0] == pytest.approx(0.404, abs=1e-3)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.278), abs=1e-3)


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
def test_the_basin_shrinks_with_noise_and_is_bounded_by_the_nearest_pattern(coding: str) -> None:
    stored = patterns(8) if coding == "bipolar" else (patterns(8) + 1) // 2
    found = basin(AssociativeMemory("projection").fit(stored), (0.0, 0.2, 0.3, 0.48), cues=100)
    assert found.exact[0] == 1
    assert found.exact[-1] < 0.5 < found.exact[1]
    assert (found.low <= found.exact).all()
    assert (found.exact <= found.high).all()
    assert (found.control >= found.exact - 0.05).all()
    assert found.radius in (0.2, 0.3)
    for call in (basin, attractors):
        with pytest.raises(ValueError, match="memory must be two-valued"):
            call(AssociativeMemory("lse").fit([[0.1, 0.5]]))


def test_attractors_are_named_for_what_they_are() -> None:
    memory = AssociativeMemory("hebb").fit(patterns(5, 1000))
    found = attractors(memory, 200)
    assert sum(one.hits for one in found.found) == 200
    assert sum(found.share(kind) for kind in ("stored", "negated", "mixture", "spurious")) == 1
    assert {one.kind for one in found.found} >= {"stored", "negated", "mixture"}
    assert found.share("spurious") < 0.5
    for one in found.found:
        if one.kind == "spurious":
            assert one.parts == ()
            continue
        X = memory.patterns_
        signs = np.array([np.sign(k) for k in one.parts])
        made = np.sign(signs @ X[[abs(k) - 1 for k in one.parts]])
        assert (made * one.state).mean() >= 0.9
        assert len(one.parts) == {"stored": 1, "negated": 1, "mixture": len(one.parts)}[one.kind]
        assert np.isclose(one.energy, memory.energy(one.state))
    assert "200 random starts" in str(found)
    with pytest.raises(ValueError, match="n_starts must be a positive integer"):
        attractors(memory, 0)


def test_counts_and_shares_are_refused_by_name() -> None:
    memory = AssociativeMemory("projection").fit(patterns(3, 40))
    with pytest.raises(ValueError, match="cues must be a positive integer; got 0"):
        basin(memory, cues=0)
    with pytest.raises(ValueError, match="from 0 to 1; got 1"):
        basin(memory, (0.1, 1.5))
    with pytest.raises(ValueError, match="nets must be a positive integer; got 0"):
        capacity("hebb", 40, 0.1, nets=0)


def test_the_sharper_memory_has_no_spurious_states() -> None:
    shares = {}
    for rule in ("hebb", "projection", "exponential"):
        with warnings.catch_warnings(action="ignore"):
            found = attractors(AssociativeMemory(rule).fit(patterns(15, 120)), 60)
        shares[rule] = found.share("stored")
    assert shares["exponential"] > 0.9
    assert shares["hebb"] <= shares["projection"] < 0.5


def test_unlearning_gains_and_then_loses() -> None:
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory("hebb").fit(patterns(14, 50))
    before = memory.weights_.toarray()
    curve = unlearning_curve(memory, (0, 40, 500), 0.03, noise=0.06, cues=60)
    assert curve.exact[0] < curve.exact[1] > curve.exact[2]
    assert curve.best == 40
    assert np.array_equal(memory.weights_.toarray(), before)
    with pytest.raises(ValueError, match="dreams must be rising numbers from 0"):
        unlearning_curve(memory, (5, 3))


def recalled(count: int = 3) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], Recall]:
    stored = patterns(count, 48)
    cues = flipped(stored, 0.1, np.random.default_rng(0))
    return stored, cues, AssociativeMemory("projection").fit(stored).recall(cues)


def test_a_recall_is_drawn_with_its_distances() -> None:
    stored, cues, recall = recalled()
    ax = Figure().subplots()
    assert plot_recall(stored, cues, recall, ax, shape=(8, 6)) is ax
    assert ax.images[0].get_array().shape == (3 * 9 - 1, 3 * 7 - 1)
    assert [t.get_text() for t in ax.texts] == [
        *("stored", "cue", "recall"),
        *["5 → 0 wrong, overlap 1.00"] * 3,
    ]
    with pytest.raises(ValueError, match="shape must hold 48 pixels"):
        plot_recall(stored, cues, recall, Figure().subplots(), shape=(5, 5))
    with pytest.raises(ValueError, match="must have one shape"):
        plot_recall(stored[:2], cues, recall, Figure().subplots())
    with pytest.raises(TypeError, match="ax must be"):
        plot_recall(stored, cues, recall, 3)  # type: ignore[arg-type]


def test_energies_are_drawn_a_line_a_cue() -> None:
    _, _, recall = recalled(4)
    ax = plot_recall_energy(recall, Figure().subplots())
    assert len(ax.lines) == 4
    for cue, line in enumerate(ax.lines):
        assert np.array_equal(line.get_ydata(), recall.trace[:, cue])
    assert ax.get_title().startswith("E falls to")


def test_capacities_basins_and_unlearning_are_drawn() -> None:
    rows = [
        Capacity(rule, 100, noise, 0.99, load, load - 0.01, load + 0.01, (3, 4), 1.0, 1.0)
        for rule, load in (("hebb", 0.05), ("projection", 0.4))
        for noise in (0.25, 0.1)
    ]
    with pytest.raises(ValueError, match="capacities must hold at least one Capacity"):
        plot_capacity([])
    ax = plot_capacity(rows, Figure().subplots())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["hebb", "projection"]
    found = basin(AssociativeMemory("projection").fit(patterns(3, 48)), (0.0, 0.3), cues=20)
    ax = plot_basin(found, Figure().subplots())
    assert np.array_equal(ax.lines[0].get_ydata(), 100 * found.exact)
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory("hebb").fit(patterns(12, 48))
    curve = unlearning_curve(memory, (0, 5), cues=10)
    ax = plot_unlearning(curve, Figure().subplots())
    assert np.array_equal(ax.lines[0].get_ydata(), curve.exact)


@pytest.mark.parametrize("order", ["async", "sync"])
def test_overlaps_rise_to_the_pattern(order: str) -> None:
    stored, cues, _ = recalled(3)
    memory = AssociativeMemory("projection").fit(stored)
    trace = overlap_trace(memory, cues, order=order)
    assert np.allclose(trace[0], (stored * cues).mean(-1))
    assert (trace[-1] == 1).all()
    assert len(trace) == memory.recall(cues, order=order).n_iter.max() + 1
    other = overlap_trace(memory, cues, index=1, order=order)
    assert np.allclose(other[-1], (stored * stored[1]).mean(-1))
    ax = plot_overlap(trace, Figure().subplots())
    assert np.array_equal(ax.lines[2].get_ydata(), trace[:, 2])
    with pytest.raises(ValueError, match="trace must have shape"):
        plot_overlap(trace[0], Figure().subplots())
    with pytest.raises(ValueError, match="two-valued and fitted without y"):
        overlap_trace(AssociativeMemory("lse").fit([[0.1, 0.5]]), [[0.1, 0.5]])
