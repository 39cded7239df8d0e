"""What ``hopopt recall`` does: patterns from files, cues from patterns, and what came back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hopopt.core.files import replacing
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.memory import AssociativeMemory, CapacityWarning, Recall, binarize, letters
from hopopt.solve.result import package_version

BUILT_IN = "letters"
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
SUFFIXES = (".npy", ".npz", ".csv", *IMAGES)
HEADINGS = ("pattern", "cue wrong", "recall wrong", "overlap", "nearest", "steps", "E")


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns to store, one a row, and what they are called."""

    rows: Array
    shape: tuple[int, int] | None
    names: list[str]


@dataclass(frozen=True, eq=False)
class Recalled:
    """A memory, its cues and its recall."""

    memory: AssociativeMemory
    patterns: Patterns
    cues: Array
    recall: Recall
    account: dict[str, Any] = field(repr=False)
    warnings: list[str]


def read(sources: Sequence[str]) -> Patterns:
    """Return the patterns of a built-in name, an array's file, or some image files."""
    name, _, chosen = sources[0].partition(":")
    if len(sources) == 1 and name == BUILT_IN:
        wanted = chosen.upper() if chosen else "HOPFIELD"
        return _patterns(letters(wanted), list(wanted))
    for source in sources:
        if Path(source).suffix.lower() not in SUFFIXES:
            raise ValueError(
                f"{source}: expected {BUILT_IN}, {BUILT_IN}:ABC or a file in {', '.join(SUFFIXES)}"
            )
    if len(sources) == 1 and Path(sources[0]).suffix.lower() not in IMAGES:
        rows = _array(sources[0])
        return _patterns(rows, [str(k) for k in range(len(rows))])
    images = [_image(source) for source in sources]
    for source, image in zip(sources, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"{source}: expected an image of {images[0].shape[0]}×{images[0].shape[1]} "
                f"pixels, as {sources[0]} is; got {image.shape[0]}×{image.shape[1]}"
            )
    return _patterns(np.array(images), [Path(source).stem for source in sources])


def _patterns(images: Array, names: list[str]) -> Patterns:
    shape = images.shape[1:] if images.ndim == 3 else None
    return Patterns(images.reshape(len(images), -1).astype(float), shape, names)


def _array(source: str) -> Array:
    """Return the patterns of a file, shape (P, N) or (P, height, width)."""
    try:
        if source.lower().endswith(".csv"):
            found: Any = np.loadtxt(source, delimiter=",", ndmin=2)
        else:
            found = np.load(source, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{source}: expected an array of numbers; got {error}") from error
    if not isinstance(found, np.ndarray):
        with found:
            names = list(found)
            if len(names) > 1 and "patterns" not in names:
                raise ValueError(
                    f"{source}: expected one array, or one called patterns; got {', '.join(names)}"
                )
            found = found["patterns" if "patterns" in names else names[0]]
    rows = real(found, source)
    if rows.ndim not in (2, 3) or not rows.size:
        raise ValueError(f"{source}: expected shape (P, N) or (P, height, width); got {rows.shape}")
    return rows


def _image(source: str) -> Array:
    """Return the darkness of an image's pixels, from 0 to 1."""
    from matplotlib.image import imread

    try:
        pixels = np.asarray(imread(source), dtype=float)
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{source}: expected an image; got {error}") from error
    except OSError as error:
        if error.filename is not None or error.strerror is not None:
            raise
        raise ValueError(f"{source}: expected an image; got {error}") from error
    if pixels.ndim == 3:
        pixels = pixels[..., :3].mean(-1) if pixels.shape[-1] > 2 else pixels[..., 0]
    return 1 - pixels / (255 if pixels.max(initial=0) > 1 else 1)


def recalled(
    patterns: Patterns, rule: str, noise: float, hidden: float, order: str, seed: int, filmed: bool
) -> Recalled:
    """Store patterns, spoil them, and recall each from what is left."""
    rows = patterns.rows
    two_valued = set(np.unique(rows)) <= {-1.0, 1.0} or set(np.unique(rows)) <= {0.0, 1.0}
    if rule != "lse" and not two_valued:
        rows = binarize(rows).astype(float)
        patterns = Patterns(rows, patterns.shape, patterns.names)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CapacityWarning)
        memory = AssociativeMemory(rule).fit(rows)
        cues = spoiled(rows, memory.coding_, noise, hidden, np.random.default_rng(seed))
        order = "async" if filmed and order == "auto" and rule != "lse" else order
        record: Any = "flips" if filmed else None
        recall = memory.recall(cues, order=order, rng=seed, record=record)  # type: ignore[arg-type]
    told = list(dict.fromkeys(str(warning.message) for warning in caught))
    account = {"rule": rule, "order": order, "noise": noise, "mask": hidden, "seed": seed}
    return Recalled(memory, patterns, cues, recall, account, told)


def spoiled(rows: Array, coding: str, noise: float, hidden: float, rng: Any) -> Array:
    """Return cues: a share of the units flipped (real ones shaken), the last ones unknown."""
    cues, width = np.array(rows), rows.shape[1]
    if coding == "real":
        cues += noise * float(np.ptp(rows)) * rng.standard_normal(rows.shape)
    else:
        for cue in cues:
            flipped = rng.permutation(width)[: round(noise * width)]
            cue[flipped] = (1 if coding == "binary" else 0) - cue[flipped]
    cues[:, width - round(hidden * width) :] = np.nan
    return cues


def lines(done: Recalled) -> list[dict[str, Any]]:
    """Return what is to be said of every cue."""
    recall, wanted, real_valued = done.recall, done.patterns.rows, done.memory.coding_ == "real"
    seen = np.nan_to_num(done.cues, nan=np.inf)
    rows = []
    for k, name in enumerate(done.patterns.names):
        known = np.isfinite(seen[k])
        off = np.abs(done.cues[k] - wanted[k])[known], np.abs(recall.state[k] - wanted[k])
        before, after = ((o.max(initial=0) if real_valued else (o > 0).sum()) for o in off)
        row = {
            "pattern": name,
            "cue_wrong": before.item(),
            "cue_unknown": int((~known).sum()),
            "recall_wrong": after.item(),
            "exact": bool(after < 1e-3),
            "nearest": done.patterns.names[recall.index[k]],
            "overlap": float(recall.overlap[k]),
            "negated": bool(recall.negated[k]),
            "steps": int(recall.n_iter[k]),
            "energy": float(recall.energy[k]),
            "converged": bool(recall.converged[k]),
        }
        rows.append(row)
    return rows


def control(done: Recalled) -> int:
    """Return how many cues nearest-pattern search puts right, by the units that are known."""
    rows, right = done.patterns.rows, 0
    for k, cue in enumerate(done.cues):
        known = ~np.isnan(cue)
        off = ((rows[:, known] - cue[known]) ** 2).sum(-1)
        right += bool((rows[off.argmin()] == rows[k]).all())
    return right


def answer(done: Recalled) -> dict[str, Any]:
    """Return everything, for JSON."""
    rows = lines(done)
    return {
        **done.account,
        "coding": done.memory.coding_,
        "patterns": len(rows),
        "units": done.patterns.rows.shape[1],
        "shape": done.patterns.shape,
        "recalled": sum(row["exact"] for row in rows),
        "nearest_pattern_search": control(done),
        "cues": rows,
        "message": done.recall.status.advice,
        "warnings": done.warnings,
        "version": package_version(),
    }


def text(done: Recalled, columns: int) -> str:
    """Return what a person reads: what was done, a line a cue, the pictures that fit."""
    told, units = answer(done), done.patterns.rows.shape[1]
    noise = "shaken by a normal noise of" if told["coding"] == "real" else "flipped:"
    size = f"{units} units" if told["shape"] is None else "{} × {} units".format(*told["shape"])
    what = f"{told['patterns']} patterns of {size}, {told['coding']}, load {done.memory.load_:.3f}"
    head = [
        f"memory   {what}",
        f"rule     {told['rule']}; order {told['order']}",
        f"cues     units {noise} {100 * told['noise']:g} %, unknown: {100 * told['mask']:g} %; "
        f"seed {told['seed']}",
    ]
    cells = [HEADINGS, *(_cells(row) for row in told["cues"])]
    widths = [max(len(line[k]) for line in cells) for k in range(len(HEADINGS))]
    table = ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    end = (
        f"recalled exactly: {told['recalled']} of {told['patterns']} "
        f"(nearest-pattern search: {told['nearest_pattern_search']})"
    )
    return "\n".join([*head, "", *table, "", end, *_pictures(done, columns)])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    wrong = [f"{row[name]:.4g}" for name in ("cue_wrong", "recall_wrong")]
    nearest = f"{'−' if row['negated'] else ''}{row['nearest']}"
    end = f"{row['overlap']:.2f}", nearest, str(row["steps"]), f"{row['energy']:.6g}"
    return row["pattern"], *wrong, *end


def _pictures(done: Recalled, columns: int) -> list[str]:
    """Return the first cues and recalls side by side, as many as fit, where they are images."""
    shape = done.patterns.shape
    if shape is None or shape[1] > columns or done.memory.coding_ == "real" or shape[0] > 40:
        return []
    count = (columns + 2) // (shape[1] + 2)
    out, some = [], f", the first {count} of {len(done.cues)}" if count < len(done.cues) else ""
    for title, rows in ((f"cues{some}", done.cues), (f"recalls{some}", done.recall.state)):
        drawn = [_picture(row.reshape(shape)) for row in rows[:count]]
        out += ["", f"{title}:", *("  ".join(line).rstrip() for line in zip(*drawn, strict=True))]
    return out


def _picture(image: Array) -> list[str]:
    marks = np.where(np.isnan(image), "?", np.where(image > 0, "#", "."))
    return ["".join(row) for row in marks]


def plot(done: Recalled, path: str) -> None:
    """Draw stored patterns, cues, recalls and their energies into a file."""
    from hopopt.plotting import recall_figure

    picture = recall_figure(done.patterns.rows, done.cues, done.recall, shape=done.patterns.shape)
    with replacing(path) as file:
        picture.savefig(file)


def film(done: Recalled, path: str) -> None:
    """Film the recalls, flip by flip, into a file."""
    from hopopt.plotting import animate_recall

    animate_recall(done.recall, path, shape=done.patterns.shape)
