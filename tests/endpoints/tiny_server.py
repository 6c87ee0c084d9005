"""A model server on this machine alone: `transformers serve` on a loopback port, with a model from a folder.

`SOCIETY_SIM_MODEL_PYTHON` names the Python it runs in, if that is another than the tests'.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PYTHON = os.environ.get("SOCIETY_SIM_MODEL_PYTHON", sys.executable)
NEEDS = ("torch", "transformers", "accelerate", "tokenizers", "fastapi", "uvicorn", "openai")
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def missing() -> list[str]:
    """What the server needs and its Python does not have."""
    look = "import sys, importlib.util as u; print(*(n for n in sys.argv[1:] if u.find_spec(n) is None))"
    found = subprocess.run([PYTHON, "-c", look, *NEEDS], capture_output=True, text=True, timeout=60, check=True)
    return found.stdout.split()


def call(*arguments: str | Path, timeout: float) -> str:
    """What the server's Python prints when it is called with *arguments*."""
    done = subprocess.run(
        [PYTHON, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=os.environ | _ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def serving(folder: Path, wait: float = 120) -> Iterator[str]:
    """The base URL of a server of the model in *folder*, which goes by the folder's name; gone afterwards.

    The server answers one request at a time and pays no heed to the length of the context.
    """
    port = _free_port()
    log = folder.parent / f"{folder.name}.log"
    start = "from transformers.cli.transformers import main; main()"
    command = [PYTHON, "-c", start, "serve", folder.name, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | _ENVIRONMENT | {"HF_HOME": str(folder.parent / "hub")}
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder.parent, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        until = time.monotonic() + wait
        while not _ready(f"http://127.0.0.1:{port}/health"):
            ended = server.poll() is not None
            if ended or time.monotonic() > until:
                why = "ended" if ended else f"was not ready after {wait:g} s"
                raise RuntimeError(f"the server {why}: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
