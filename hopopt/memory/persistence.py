"""Memories on disk: NumPy's .npz with plain arrays and a line of JSON, never pickle."""

from __future__ import annotations

import json
import zipfile
import zlib
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, TypeVar

import numpy as np

from hopopt.core.matrices import real
from hopopt.memory.coding import check_coding
from hopopt.memory.learning import rule_of
from hopopt.memory.store import Store

if TYPE_CHECKING:
    from hopopt.memory.estimator import AssociativeMemory

FORMAT, VERSION = "hopopt.AssociativeMemory", 1
Kind = TypeVar("Kind", bound="AssociativeMemory")


def save(path: str | PathLike[str], memory: AssociativeMemory) -> None:
    """Write a memory."""
    parameters = memory.get_params()
    theta = parameters.pop("threshold")
    arrays: dict[str, Any] = {
        f"rule_{name}": value for name, value in memory._rule.arrays().items()
    }
    if not isinstance(theta, str):
        arrays["threshold"] = np.asarray(theta, dtype=float)
    arrays["patterns"] = memory._store.patterns
    header = {
        "format": FORMAT,
        "version": VERSION,
        "parameters": parameters,
        "coding": memory.coding_,
        "split": memory._split,
    }
    arrays["header"] = np.array(json.dumps(header, default=np.generic.item))
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def load(path: str | PathLike[str], kind: type[Kind]) -> Kind:
    """Read a memory; a file that cannot be opened is the system's error."""
    with open(path, "rb") as stream:
        try:
            return _read(stream, kind)
        except (
            *(AttributeError, EOFError, IndexError, KeyError, OSError, TypeError, ValueError),
            *(zipfile.BadZipFile, zlib.error, NotImplementedError),
        ) as error:
            raise ValueError(
                f"{path} is not a memory saved by hopopt, or is damaged: {error}"
            ) from error


def _read(stream: IO[bytes], kind: type[Kind]) -> Kind:
    with np.load(stream, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(str(arrays.pop("header")))
    if header["format"] != FORMAT:
        raise ValueError(f"its format is {header['format']!r}")
    if header["version"] != VERSION:
        raise ValueError(f"its version is {header['version']}, not {VERSION}")
    return _restored(header, arrays, kind)


def _restored(header: dict[str, Any], arrays: dict[str, Any], kind: type[Kind]) -> Kind:
    theta = arrays.pop("threshold", "auto")
    memory = kind(**header["parameters"], threshold=theta)
    patterns, coding, rule = arrays.pop("patterns"), header["coding"], rule_of(memory)
    if coding not in rule.codings or patterns.ndim != 2 or not len(patterns):
        raise ValueError(f"its patterns have shape {patterns.shape} and coding {coding!r}")
    check_coding(real(patterns, "patterns"), coding, "patterns")
    split = header["split"]
    if not (split is None or (isinstance(split, int) and 0 < split < patterns.shape[1])):
        raise ValueError(f"its sides part at {split!r}")
    memory.coding_ = coding
    memory._begin(rule, Store(patterns.shape[1], coding), split)
    memory._store.append(patterns)
    memory.n_features_in_ = split or patterns.shape[1]
    learned = {name.removeprefix("rule_"): real(arrays[name], name) for name in arrays}
    rule.restore(learned, memory._store)
    return memory
