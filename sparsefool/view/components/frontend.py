"""What all components share: where their front end comes from, and how its messages are heard once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st


def source(module: str, name: str) -> str:
    """Return the text of a file beside a module.

    Args:
        module: the module's ``__file__``.
        name: of the file.
    """
    return (Path(module).parent / name).read_text(encoding="utf-8")


def define(module: str, **parts: Any) -> Any:
    """Return the component of a folder: its HTML, CSS and JavaScript are files with the folder's name.

    Args:
        module: the ``__file__`` of the folder's ``__init__.py``.
        parts: what is not in such a file (``html``, ``css``, ``js``), and further arguments of
            ``st.components.v2.component``.
    """
    folder = Path(module).parent
    for kind in ("html", "css", "js"):
        if kind not in parts and (folder / f"{folder.name}.{kind}").is_file():
            parts[kind] = source(module, f"{folder.name}.{kind}")
    parts["js"] = source(__file__, "frontend.js") + parts["js"]
    return st.components.v2.component(f"sparsefool_{folder.name}", **parts)


def heard(key: str) -> tuple[str, int]:
    """Return which page of the browser sent the last message of a component that was taken, and its count."""
    taken: tuple[str, int] = st.session_state.get(_heard(key), ("", 0))
    return taken


def new_message(key: str, name: str) -> Mapping[str, Any] | None:
    """Return what a component has sent, the first time only; None if there is nothing new.

    The content is the client's: its types and ranges are still to be checked.

    Args:
        key: of the component.
        name: of the state that holds the message, with ``run`` and ``count``, which tell messages apart.
    """
    match (st.session_state.get(key) or {}).get(name):
        case {"run": str(run), "count": int(count), **content} if (run, count) != heard(key):
            st.session_state[_heard(key)] = (run, count)
            return {str(field): value for field, value in content.items()}
    return None


def wait_for_the_run() -> None:
    """Do nothing: the run that follows reads the message."""


def _heard(key: str) -> str:
    return f"{key}_heard"
