from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

settings.register_profile("hopopt", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hopopt")


@pytest.fixture(scope="session")
def tsplib() -> Path:
    """Folder of the TSPLIB instances beside the checkout; skips where it is absent."""
    folder = (Path(__file__).parents[1] / "../shared/data/tsplib").resolve()
    if not folder.is_dir():
        pytest.skip(f"no TSPLIB instances at {folder}")
    return folder
