"""Whether other processes can import the script that this one runs, as they must to know the parts it defines."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType

from society_sim.errors import ScenarioError


def check_guarded() -> None:
    """`ScenarioError` if the script would begin its experiment again in each process that imports it.

    That is if what is going on was called from the script's own level, outside of `if __name__ == "__main__":`.
    """
    main = sys.modules["__main__"]
    file: str | None = getattr(main, "__file__", None)
    frame: FrameType | None = sys._getframe()
    while frame is not None and not (frame.f_globals is vars(main) and frame.f_code.co_name == "<module>"):
        frame = frame.f_back
    if frame is None or file is None or not Path(file).is_file():  # a notebook, a prompt: nothing to import
        return
    line = frame.f_lineno
    whole = ast.parse(Path(file).read_bytes()).body  # which knows the script's encoding, and a mark before it
    around = next((node for node in whole if node.lineno <= line <= (node.end_lineno or line)), None)
    if not (isinstance(around, ast.If) and "__name__" in ast.unparse(around.test)):
        raise ScenarioError("workers are processes that import this script, and it would begin again in each; put what "
                            'runs under `if __name__ == "__main__":`, or give workers=1', file=file, line=line
                            )  # fmt: skip
