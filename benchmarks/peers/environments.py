"""Who is measured, at which versions, and the virtual environments they live in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

DRIVERS = Path(__file__).resolve().parent / "drivers"
ROOT = DRIVERS.parents[2]
INSTALL_SECONDS = 600
BASELINE = "aiohttp"


class Peer(NamedTuple):
    """How a peer is run: its driver, and what is installed for it."""

    driver: str
    pin: str
    """The requirement that names it and its version; empty for ourselves."""
    way: str = ""
    """Which of several ways of running the driver takes, if it knows several."""
    serial: bool = False
    """Whether its calls come one after the other."""

    @property
    def environment(self) -> str:
        """The name of its environment, which the ways of one peer share."""
        return self.pin.partition("==")[0]

    @property
    def version(self) -> str:
        if self.pin:
            return self.pin.partition("==")[2]
        from society_sim import __version__

        return __version__


MESA_LLM = "mesa-llm==0.2.0"

PEERS = {
    BASELINE: Peer("bare_aiohttp", "aiohttp==3.14.5"),
    "society_sim": Peer("ours", ""),
    "litellm": Peer("bare_litellm", "litellm==1.110.2"),
    "agentscope": Peer("with_agentscope", "agentscope==2.0.11"),
    "concordia": Peer("with_concordia", "gdm-concordia==2.1.0"),
    "mesa-llm async": Peer("with_mesa_llm", MESA_LLM, "async"),
    "mesa-llm threading": Peer("with_mesa_llm", MESA_LLM, "threading"),
    "mesa-llm sequential": Peer("with_mesa_llm", MESA_LLM, "sequential", serial=True),
}

QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_TELEMETRY": "False",
    "OPENAI_API_KEY": "none",
    "ANONYMIZED_TELEMETRY": "False",
    "OTEL_SDK_DISABLED": "true",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "NO_PROXY": "127.0.0.1,localhost",
}
"""What every driver finds in its environment: no telemetry, nothing fetched on import, a key that opens nothing."""


class Unavailable(Exception):
    """Why a peer could not be measured, in a few words."""


def surroundings(peer: Peer) -> dict[str, str]:
    """The environment variables of its driver."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "SYSTEMROOT") if name in os.environ}
    return {**kept, **QUIET, **({} if peer.pin else {"PYTHONPATH": str(ROOT)})}


def python(peer: Peer, folder: Path) -> Path:
    """The interpreter that has *peer*, whose environment is made (or brought to the right versions) in *folder*."""
    if not peer.pin:
        return Path(sys.executable)
    home = folder / peer.environment
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    make = [sys.executable, "-m", "venv", home]
    fill = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.pin]
    try:
        for command in [fill] if interpreter.exists() else [make, fill]:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"not installed within {INSTALL_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"cannot be installed: {last_words(error.stderr)}") from None
    return interpreter


def last_words(text: str) -> str:
    """The last line of *text* that says something, cut short."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["no word why"])[-1][:90]
