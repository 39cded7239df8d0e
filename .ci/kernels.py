"""Say on which kernels NumPy and its BLAS run here, or choose others that this processor has too.

Rounding differs between kernels, and so do the last digits of a sum: what a test asserts has to
hold on all of them. Without arguments one line is printed; with `others`, as NAME=VALUE, the
environment of a run on other kernels, and nothing where there are none.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info

try:
    from numpy._core import _multiarray_umath as compiled
except ImportError:  # NumPy 1
    from numpy.core import _multiarray_umath as compiled

CORES = ("Haswell", "Sandybridge", "Prescott", "ARMV8")
TWINS = {"Zen": "Haswell"}  # which multiplies by the same kernels


def features() -> list[str]:
    """Return the instruction sets, beyond those it is compiled for, that NumPy makes use of."""
    return [name for name in compiled.__cpu_dispatch__ if compiled.__cpu_features__[name]]


def cores() -> list[str]:
    """Return the processors for which the kernels of each OpenBLAS were written."""
    square = np.ones((64, 64))
    scipy.linalg.solve(square @ square + np.eye(64), square)
    found = [library.get("architecture") for library in threadpool_info()]
    return sorted({name for name in found if name})


def here() -> str:
    """Return one line about the kernels of this process."""
    own = " ".join([*compiled.__cpu_baseline__, *features()]) or "plain C"
    return f"NumPy {np.__version__}: {own}; OpenBLAS: {', '.join(cores()) or 'none'}"


def others() -> dict[str, str]:
    """Return the environment in which the kernels are others, as far as there are such."""
    environment = {}
    if features():
        environment["NPY_DISABLE_CPU_FEATURES"] = ",".join(features())
    mine = {TWINS.get(name, name).lower() for name in cores()}
    for core in CORES if mine else ():
        asked = os.environ | {"OPENBLAS_CORETYPE": core}
        words = [sys.executable, __file__, "cores"]
        told = subprocess.run(words, env=asked, capture_output=True, text=True, check=False)
        if told.returncode == 0 and mine.isdisjoint(told.stdout.lower().split()):
            environment["OPENBLAS_CORETYPE"] = core
            break
    return environment


if __name__ == "__main__":
    if sys.argv[1:] == ["others"]:
        print(*(f"{name}={value}" for name, value in others().items()))
    elif sys.argv[1:] == ["cores"]:
        print(*cores())
    else:
        print(here())
