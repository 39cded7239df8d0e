"""``hopopt recall``: patterns in, pictures and numbers out, bad input told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imsave
from PIL import Image

from hopopt.app.cli import main
from hopopt.memory import AssociativeMemory, Recall, letters
from hopopt.plotting import animate_recall, plot_recall, plot_recall_energy

SEVEN = letters("HOPFIEL").reshape(7, -1)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main(["recall", *words, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    assert code == (0 if answer["recalled"] == answer["patterns"] else 1)
    return answer


def test_pictures_are_shown_as_far_as_they_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recall", "letters"]) == 0
    out = capsys.readouterr().out
    assert "\ncues, the first 6 of 8:\n" in out
    assert "\nrecalls, the first 6 of 8:\n" in out


def test_letters_are_recalled_and_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["letters:AT", "--noise", "0.1", "--mask", "0.25", "--plot", "a.png"]
    assert main(["recall", *words, "--animate", "a.gif"]) == 0
    out = capsys.readouterr().out
    assert "memory   2 patterns of 12 × 10 units, bipolar, load 0.017" in out
    assert "recalled exactly: 2 of 2 (nearest-pattern search: 2)" in out
    recalls = out.partition("recalls:\n")[2].splitlines()
    assert recalls[:2] == ["..######..  ##########", "..######..  ##########"]
    assert "??????????" in out.partition("cues:\n")[2]
    with Image.open(here / "a.gif") as film:
        assert film.n_frames >= 2  # type: ignore[attr-defined]
    with Image.open(here / "a.png") as picture:
        assert picture.width == 1500


def test_what_is_told_is_what_the_memory_says(capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, "letters", "--rule", "hebb", "--seed", "3", "--order", "fixed")
    X = letters().reshape(8, -1)
    with pytest.warns(UserWarning, match="confuses patterns that are alike"):
        memory = AssociativeMemory("hebb").fit(X)
    rng, cues = np.random.default_rng(3), np.array(X)
    for cue in cues:
        cue[rng.permutation(120)[:24]] *= -1
    recall = memory.recall(cues, order="fixed")
    rows = answer["cues"]
    assert [row["cue_wrong"] for row in rows] == [24] * 8
    assert [row["recall_wrong"] for row in rows] == (recall.state != X).sum(-1).tolist()
    assert [row["energy"] for row in rows] == recall.energy.tolist()
    assert [row["nearest"] for row in rows] == ["HOPFIELD"[k] for k in recall.index]
    assert any("confuses patterns" in text for text in answer["warnings"])
    off = ((cues[:, None] - X) ** 2).sum(-1).argmin(-1)
    assert answer["nearest_pattern_search"] == int((off == np.arange(8)).sum())


def test_patterns_come_from_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = letters("AT")
    flat = images.reshape(2, -1)
    np.save("flat.npy", flat)
    np.save("images.npy", images)
    np.savez("one.npz", anything=images)
    AssociativeMemory("projection").fit(flat).save("memory.npz")
    np.savetxt("rows.csv", (flat + 1) // 2, fmt="%d", delimiter=",")
    for name, image in zip("AT", images, strict=True):
        imsave(f"{name}.png", -image, cmap="gray")
        Image.fromarray(np.where(image > 0, 0, 255).astype(np.uint8)).save(f"{name}.bmp")
    shape = [12, 10]
    for words, expected, coding in (
        (["flat.npy"], None, "bipolar"),
        (["images.npy"], shape, "bipolar"),
        (["one.npz"], shape, "bipolar"),
        (["memory.npz"], None, "bipolar"),
        (["rows.csv"], None, "binary"),
        (["A.png", "T.png"], shape, "binary"),
        (["A.bmp", "T.bmp"], shape, "binary"),
        (["letters:at"], shape, "bipolar"),
    ):
        answer = told(capsys, *words, "--noise", "0")
        assert (answer["shape"], answer["coding"]) == (expected, coding), words
        assert [row["recall_wrong"] for row in answer["cues"]] == [0, 0], words
    assert told(capsys, "A.png", "T.png")["cues"][1]["pattern"] == "T"


def test_grey_patterns_are_made_black_and_white_or_taken_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grey = np.random.default_rng(0).random((4, 60))
    np.save("grey.npy", grey)
    assert told(capsys, "grey.npy")["coding"] == "bipolar"
    answer = told(capsys, "grey.npy", "--rule", "lse", "--noise", "0.1")
    assert (answer["coding"], answer["recalled"]) == ("real", 4)
    assert (
        main(["recall", "grey.npy", "--rule", "lse", "--plot", "g.png", "--animate", "g.gif"]) == 0
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("nothing", "nothing: expected letters, letters:ABC or a file in .npy, .npz, .csv, .png"),
        ("gone.npy", "gone.npy: No such file"),
        ("gone.png", "gone.png: No such file"),
        ("letters:A1", "names must be capital letters from A to Z; got '1'"),
        ("text.csv", "text.csv: expected an array of numbers; got"),
        ("text.npy", "text.npy: expected an array of numbers; got"),
        ("text.png", "text.png: expected an image; got"),
        ("ragged.csv", "ragged.csv: expected an array of numbers; got"),
        ("holes.csv", "holes.csv must be finite; got NaN or infinity"),
        ("cube.npy", "cube.npy: expected shape (P, N) or (P, height, width); got (2, 2, 2, 2)"),
        ("two.npz", "two.npz: expected one array, or one called patterns; got a, b"),
        ("a.png b.png", "b.png: expected an image of 2×3 pixels, as a.png is; got 3×2"),
        ("letters flat.npy", "letters: expected letters"),
        ("letters --rule lse", "rule 'lse'"),
        ("letters --rule best", "argument --rule: invalid choice: 'best'"),
        ("letters --order sideways", "argument --order: invalid choice"),
        ("letters --noise 2", "argument --noise: expected a share from 0 to 1, got '2'"),
        ("letters --noise x", "argument --noise: expected a share from 0 to 1, got 'x'"),
        (
            "letters --mask 1",
            "argument --mask: expected less than 1, for a cue must tell",
        ),
        ("letters --seed -1", "argument --seed: expected a nonnegative integer, got '-1'"),
        ("letters --plot out.xyz", "argument --plot: expected a file name in"),
        ("letters --animate out.png", "argument --animate: expected a file name in .gif"),
        ("a.png --plot a.png", "argument --plot: expected another file than SOURCE"),
        ("grey.npy --rule lse --order async", "order 'async' needs two-valued units"),
    ],
)
def test_bad_input_is_told_in_a_line(
    words: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix in ("csv", "npy", "png"):
        (here / f"text.{suffix}").write_text("no numbers", encoding="utf-8")
    (here / "ragged.csv").write_text("1,1\n1\n", encoding="utf-8")
    (here / "holes.csv").write_text("1,nan\n", encoding="utf-8")
    np.save("cube.npy", np.ones((2, 2, 2, 2)))
    np.save("grey.npy", np.linspace(0, 1, 8).reshape(2, 4))
    np.savez("two.npz", a=np.ones(3), b=np.ones(3))
    imsave("a.png", np.eye(2, 3))
    imsave("b.png", np.eye(3, 2))
    code = main(["recall", *words.split()])
    out, err = capsys.readouterr()
    if words == "letters --rule lse":
        assert code in (0, 1)
        return
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("hopopt: error: ")
    assert err.count("\n") == 1


# The pictures


def test_distance_and_overlap_are_of_the_wanted_pattern() -> None:
    from matplotlib.figure import Figure

    X = letters("HOT").reshape(3, -1)
    recall = AssociativeMemory("projection").fit(X).recall(X[[0, 1]])
    ax = plot_recall(X[[0, 2]], X[[0, 1]], recall, Figure().subplots(), shape=(12, 10))
    wrong = int((X[1] != X[2]).sum())
    right, wanted = [text.get_text() for text in ax.texts][-2:]
    assert right == "0 → 0 wrong, overlap 1.00"
    m = 1 - 2 * wrong / 120
    assert wanted == f"{wrong} → {wrong} wrong, overlap {m:.2f}\nnearest: pattern 1, 1.00"


def test_images_and_unknown_units_are_drawn_as_they_are() -> None:
    from matplotlib.figure import Figure

    images = letters("HO")
    memory = AssociativeMemory("projection").fit(images)
    cues = images.astype(float)
    cues[:, 8:] = np.nan
    recall = memory.recall(cues)
    ax = plot_recall(images, cues, recall, Figure().subplots())
    canvas, tint = (image.get_array() for image in ax.images)
    assert canvas is not None
    assert tint is not None
    assert np.array_equal(canvas[:12, :10], images[0])
    assert np.isfinite(tint).sum() == 2 * 4 * 10
    assert np.array_equal(canvas[13:, 22:32], recall.state[1])


def test_energy_curves_say_what_their_colours_mean() -> None:
    from matplotlib.figure import Figure

    memory = AssociativeMemory.from_weights(np.ones((4, 4)) - np.eye(4), patterns=[[1, 1, 1, 1]])
    recall = memory.recall([[1, 1, 1, -1], [1, 1, -1, -1]])
    mixed = bool(0 < recall.spurious.sum() < 2)
    legend = plot_recall_energy(recall, Figure().subplots()).get_legend()
    assert (legend is not None) == mixed


def test_a_film_needs_a_path_and_a_gif(here: Path) -> None:
    memory = AssociativeMemory("projection").fit(SEVEN)
    plain = memory.recall(-SEVEN)
    slow: Recall = memory.recall(np.roll(SEVEN, 5, axis=1), order="fixed", record="flips")
    with pytest.raises(ValueError, match="recall must have a path"):
        animate_recall(plain, "a.gif")
    with pytest.raises(ValueError, match=r"path must end in \.gif"):
        animate_recall(slow, "a.png")
    with pytest.raises(ValueError, match="fps must be positive"):
        animate_recall(slow, "a.gif", fps=0)
