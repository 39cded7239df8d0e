from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hopopt import AssociativeMemory
from hopopt.memory import RULES


def random(rule: str) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(0)
    if rule == "lse":
        return rng.random((5, 40))
    low = 0 if rule == "covariance" else -1
    return rng.choice([low, 1], (5, 40))


@pytest.mark.parametrize("rule", RULES)
def test_a_saved_memory_comes_back_as_it_was(rule: str, tmp_path: Path) -> None:
    patterns = random(rule)
    memory = AssociativeMemory(rule, threshold=np.full(40, 5e-4)).fit(patterns[:4])
    if rule == "hebb":
        memory.unlearn(3)
    memory.save(tmp_path / "m.npz")
    again = AssociativeMemory.load(tmp_path / "m.npz")
    assert {**again.get_params(), "threshold": 0} == {**memory.get_params(), "threshold": 0}
    cues = patterns[[1, 3, 4]]
    assert np.array_equal(again.recall(cues).state, memory.recall(cues).state)
    for each in (again, memory):
        each.partial_fit(patterns[4])
        each.forget(1)
    assert np.allclose(again.energy(patterns), memory.energy(patterns), rtol=1e-12)
    assert again.n_features_in_ == 40


def test_pairs_are_saved_as_pairs(tmp_path: Path) -> None:
    patterns = random("projection")
    AssociativeMemory("projection").fit(patterns[:, :25], patterns[:, 25:]).save(tmp_path / "m")
    again = AssociativeMemory.load(tmp_path / "m")
    assert np.array_equal(again.recall(patterns[:, :25]).state, patterns[:, 25:])


def test_nothing_in_the_file_is_pickled(tmp_path: Path) -> None:
    AssociativeMemory("storkey").fit(random("storkey")).save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
        assert json.loads(str(file["header"]))["format"] == "hopopt.AssociativeMemory"


def test_foreign_and_damaged_files_are_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.npz"
    AssociativeMemory("projection").fit(random("projection")).save(good)
    whole = good.read_bytes()
    with np.load(good) as file:
        arrays = dict(file)
    header = json.loads(str(arrays["header"]))

    def written(**changes: Any) -> Path:
        np.savez(tmp_path / "bad.npz", **{**arrays, **changes})
        return tmp_path / "bad.npz"

    def headed(**changes: Any) -> Path:
        return written(header=np.array(json.dumps({**header, **changes})))

    def raw(content: bytes) -> Path:
        (tmp_path / "bad.npz").write_bytes(content)
        return tmp_path / "bad.npz"

    def plain(**parts: Any) -> Path:
        np.savez(tmp_path / "bad.npz", **parts)
        return tmp_path / "bad.npz"

    for make in (
        lambda: raw(b""),
        lambda: raw(b"not a memory"),
        lambda: raw(whole[: len(whole) // 2]),
        lambda: raw(whole[:200] + b"\0" * 80 + whole[280:]),
        lambda: plain(a=np.ones(3)),
        lambda: headed(format="other"),
        lambda: headed(version=99),
        lambda: headed(coding="real"),
        lambda: headed(shapes="x"),
        lambda: headed(shapes=[[39]]),
        lambda: headed(shapes=[[20], [10], [10]]),
        lambda: headed(parameters={"rule": "none"}),
        lambda: headed(parameters={"depth": 3}),
        lambda: written(patterns=np.full((5, 40), 7)),
        lambda: written(patterns=np.ones(3)),
        lambda: written(patterns=np.ones((5, 3))),
        lambda: written(rule_basis=np.ones((2, 2))),
        lambda: written(rule_basis=np.full_like(arrays["rule_basis"], np.nan)),
        lambda: written(header=np.array([object()], dtype=object)),
    ):
        with pytest.raises(ValueError, match="not a memory saved by hopopt, or is damaged"):
            AssociativeMemory.load(make())
    with pytest.raises(FileNotFoundError):
        AssociativeMemory.load(tmp_path / "absent.npz")
    with pytest.raises(OSError, match=tmp_path.name):
        AssociativeMemory.load(tmp_path)


def test_what_a_file_cannot_hold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    def npz(**members: bytes) -> Path:
        with zipfile.ZipFile(tmp_path / "bad.npz", "w") as file:
            for name, content in members.items():
                file.writestr(f"{name}.npy", content)
        return tmp_path / "bad.npz"

    def member(array: Any, shape: tuple[int, ...] | None = None) -> bytes:
        array, stream = np.asarray(array), io.BytesIO()
        head = {"descr": array.dtype.str, "fortran_order": False, "shape": shape or array.shape}
        np.lib.format.write_array_header_1_0(stream, head)
        return stream.getvalue() + array.tobytes()

    AssociativeMemory("hebb").fit(random("hebb")[:2]).save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as file:
        header = file["header"]
    huge = member(np.ones(4, np.int8), (10**9, 10**6))
    deep = member(np.array("[" * 10_000 + "]" * 10_000))
    objects = io.BytesIO()
    np.save(objects, np.array([object()], dtype=object), allow_pickle=True)
    for members, says in (
        ({"header": member(header), "patterns": huge}, "more than"),
        ({"header": deep}, "header has shape|recursion"),
        ({"header": member(np.array("x" * 10**5))}, "header has shape"),
        ({"header": objects.getvalue()}, "header is of objects"),
        ({"header": member(header), "patterns": objects.getvalue()}, "patterns is of objects"),
        ({"header": member(header)}, "patterns"),
    ):
        with pytest.raises(ValueError, match=says) as caught:
            AssociativeMemory.load(npz(**members))
        assert "pickle" not in str(caught.value)
    with zipfile.ZipFile(tmp_path / "good.npz", "a") as file:
        file.writestr("photograph.npy", objects.getvalue())
    assert len(AssociativeMemory.load(tmp_path / "good.npz")) == 2


def test_parameters_may_be_numpys_own(tmp_path: Path) -> None:
    given: dict[str, Any] = {"degree": np.int64(3), "beta": np.float32(0.5)}
    memory = AssociativeMemory("polynomial", **given)
    memory.fit(random("polynomial")).save(tmp_path / "memory.npz")
    again = AssociativeMemory.load(tmp_path / "memory.npz")
    assert (again.degree, again.beta) == (3, 0.5)


def repacked(source: Path, target: Path, **changes: Any) -> Path:
    """Write a saved memory again, compressed, with some of its members changed."""
    with np.load(source) as parts:
        members = dict(parts)
    header = json.loads(str(members["header"]))
    header |= changes.pop("header", {})
    header["parameters"] |= changes.pop("parameters", {})
    np.savez_compressed(target, **{**members, "header": np.array(json.dumps(header)), **changes})
    return target


@pytest.mark.parametrize(
    "changes",
    [
        {"rule_weights": np.zeros(10**7)},
        {"patterns": np.zeros((10**6, 9), dtype=np.int8)},
        {"header": {"version": True}},
        {"header": {"version": 1.0}},
        {"header": {"shapes": [[10**12]]}},
        {"parameters": {"normalize": "x"}},
        {"parameters": {"degree": 10**30}},
        {"parameters": {"margin": [1]}},
        {"parameters": {"coding": {}}},
    ],
)
def test_files_that_would_grow_or_are_odd(changes: dict[str, Any], tmp_path: Path) -> None:
    memory = AssociativeMemory().fit([[1, -1, 1, 1, -1, 1, -1, -1, 1]])
    memory.save(tmp_path / "a.npz")
    AssociativeMemory.load(repacked(tmp_path / "a.npz", tmp_path / "b.npz", junk=np.zeros(10**6)))
    with pytest.raises(ValueError, match="is not a memory saved by hopopt, or is damaged"):
        AssociativeMemory.load(repacked(tmp_path / "a.npz", tmp_path / "c.npz", **changes))
