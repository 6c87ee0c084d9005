"""`python -m society_sim`, and the program `society-sim`."""

from __future__ import annotations

import signal
import sys
import threading


def main() -> None:
    """Run the command line."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be told to stop is like Ctrl-C: all is kept
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter is no reason to fail
    try:
        from society_sim.cli.commands import app

        app(prog_name="society-sim")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
