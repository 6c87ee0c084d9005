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
    """How a peer is run: its driver, what is installed for it (the peer itself first; nothing for ourselves)."""

    driver: str
    requirements: tuple[str, ...]
    way: str = ""
    """Which of several ways of running the driver takes, if it knows several."""
    serial: bool = False
    """Whether its calls come one after the other."""

    @property
    def environment(self) -> str:
        """The name of its environment, which the ways of one peer share."""
        return self.requirements[0].partition("==")[0] if self.requirements else ""

    @property
    def version(self) -> str:
        if self.requirements:
            return self.requirements[0].partition("==")[2]
        from society_sim import __version__

        return __version__


AIOHTTP = ("aiohttp==3.14.5",)
LITELLM = ("litellm==1.110.2",)
MESA_LLM = ("mesa-llm==0.2.0", "mcp==2.3.0")
CONCORDIA = ("gdm-concordia==2.1.0",)
AGENTSCOPE = ("agentscope==2.0.11",)

PEERS = {
    BASELINE: Peer("bare_aiohttp", AIOHTTP),
    "society_sim": Peer("ours", ()),
    "litellm": Peer("bare_litellm", LITELLM),
    "agentscope": Peer("with_agentscope", AGENTSCOPE),
    "concordia": Peer("with_concordia", CONCORDIA),
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
    return {**kept, **QUIET, **({} if peer.requirements else {"PYTHONPATH": str(ROOT)})}


def python(peer: Peer, folder: Path) -> Path:
    """The interpreter that has *peer*, whose environment is made (or brought to the right versions) in *folder*."""
    if not peer.requirements:
        return Path(sys.executable)
    home = folder / peer.environment
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    make = [sys.executable, "-m", "venv", home]
    fill = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.requirements]
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
