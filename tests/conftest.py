from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as jobs in the background inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # by nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

EXAMPLES = int(os.environ.get("HOPOPT_EXAMPLES", 25))  # of each law that does not say how many
settings.register_profile(
    "hopopt",
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hopopt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the examples that need scikit-learn where it is not installed."""
    if find_spec("sklearn"):
        return
    for item in items:
        if isinstance(item, DoctestItem) and any(
            "sklearn" in e.source for e in item.dtest.examples
        ):
            item.add_marker(pytest.mark.skip(reason="scikit-learn is not installed"))


@pytest.fixture(scope="session")
def tsplib() -> Path:
    """Folder of the TSPLIB instances beside the checkout; skips where it is absent."""
    folder = (Path(__file__).parents[1] / "../shared/data/tsplib").resolve()
    if not folder.is_dir():
        pytest.skip(f"no TSPLIB instances at {folder}")
    return folder


@pytest.fixture(scope="session")
def qaplib() -> Path:
    """Folder of the QAPLIB instances beside the checkout; skips where it is absent."""
    return _shared("qaplib", "QAPLIB")


@pytest.fixture(scope="session")
def dimacs() -> Path:
    """Folder of the DIMACS graphs beside the checkout; skips where it is absent."""
    return _shared("dimacs", "DIMACS")


def _shared(name: str, collection: str) -> Path:
    folder = (Path(__file__).parents[1] / "../shared/data" / name).resolve()
    if not folder.is_dir():
        pytest.skip(f"no {collection} instances at {folder}")
    return folder
