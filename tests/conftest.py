"""No test may reach beyond this machine: sockets other than loopback are closed."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SOCIETY_SIM_DATA", ROOT.parent / "shared" / "data"))
collect_ignore_glob = ["**/conftest.py", "conftest.py"]  # pytest loads these itself; they hold no doctests
CI = bool(os.environ.get("CI"))
_connect = socket.socket.connect

# A busy machine is slow, not wrong: nothing that a property proves depends on how long an example took. The gate
# sets CI and so draws the same examples every time; whoever develops draws fewer, but others each time.
settings.register_profile(
    "here",
    deadline=None,
    max_examples=60 if CI else 25,
    derandomize=CI,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("here")


def _loopback_only(self: socket.socket, address: Any) -> Any:
    inet = self.family in (socket.AF_INET, socket.AF_INET6)
    if inet and not str(address[0]).startswith(("127.", "::1", "localhost")):
        raise AssertionError(f"a test reaches for the network: {address}")
    return _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign]

# Hundreds of tests start programs: what those import is compiled once, even where the environment says otherwise.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a job in the background; programs it starts would be deaf too
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded data; tests that need it are skipped where it is not."""
    if not DATA.is_dir():
        pytest.skip("the recorded data is not beside the project")
    return DATA
