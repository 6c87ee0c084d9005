"""A page as `society-sim view` serves it, and a browser that looks at it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any
from urllib.request import urlopen

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENT = 60_000  # milliseconds: a busy machine is slow, not wrong


@contextmanager
def served(out: Path, *arguments: str) -> Iterator[str]:
    """The address of a page that keeps its runs in *out*; nothing of it may end in a traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "society_sim", "view", *arguments, "--no-open", "--port", str(port)]
    log = (out / "log.txt").open("wb")
    server = subprocess.Popen([*command, "--out", str(out)], stdout=log, stderr=log, env=dict(os.environ))
    there = f"http://127.0.0.1:{port}/"
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert server.poll() is None, (out / "log.txt").read_text()
            try:
                urlopen(f"{there}readyz", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield there
    finally:
        server.terminate()
        server.wait(20)
        log.close()
    said = (out / "log.txt").read_text()
    assert "Traceback" not in said, said[said.index("Traceback") - 300 :][:5_000]


class Looking:
    """A page, and all that it complained of, asked for and popped up. *name*: what is opened in the gallery."""

    def __init__(self, context: Any, address: str, name: str = "") -> None:
        self.page = context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        page = self.page
        page.on("console", lambda one: self.said.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        if name:
            page.fill(".sy-find input", name, timeout=PATIENT)  # of runs, the latest alone are shown
            heading = page.locator("b", has_text=re.compile(rf"^{name}\b"))  # others speak of it
            page.locator(".sy li button", has=heading).first.click(timeout=PATIENT)
        page.wait_for_selector("canvas.sg-paper", timeout=PATIENT)
        self.address = address

    def at(self, place: str) -> None:
        self.page.locator(".st-place", has_text=place).wait_for(timeout=PATIENT)

    def quiet(self) -> bool:
        outside = [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]
        return (self.said, outside) == ([], [])

    def choose_member(self) -> None:
        """Open the second member, by keyboard."""
        self.page.locator("canvas.sg-paper").first.focus()
        for key in ("ArrowRight", "ArrowRight", "Enter"):
            self.page.keyboard.press(key)
        self.page.locator(".sm h2").wait_for(timeout=PATIENT)
