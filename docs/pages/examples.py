"""An extension of mkdocstrings: docstrings become Markdown before they are shown, as in the reference of parts."""

from __future__ import annotations

from typing import Any

import griffe
from markup import markdown


class Examples(griffe.Extension):
    """Examples in docstrings are shown as code."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Put the docstring of *obj* right."""
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)
