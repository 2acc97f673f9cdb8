"""Drawn parts as a file: taken away and brought back (docs/annotations.md has the format)."""

import streamlit as st

from sparsefool.data.annotation_writing import annotation_line
from sparsefool.data.annotations import parse_annotations
from sparsefool.errors import DataError, SparseFoolError
from sparsefool.formats import counted
from sparsefool.view.shared.downloads import offer_download
from sparsefool.view.shared.parts.numbers import literal
from sparsefool.view.shared.parts.session import drawn_pictures, put_annotations, remove_all_parts
from sparsefool.view.shared.serving.uploads import uploaded_bytes

MOST_BYTES = 2_000_000
"""Size of a file at most."""

_FILE, _NEWS, _PROBLEM = "parts_file", "parts_news", "parts_problem"


def show_parts_file() -> None:
    """Draw the download of all drawn parts and the upload of a file of parts."""
    drawn = drawn_pictures()
    with st.expander("Parts as a file", icon=":material/description:"):
        st.caption(
            "Parts last as long as this page is open, and a link cannot hold them: a file does. It is JSON "
            "Lines, one picture in each line; a picture of your own is known by its file's name."
        )
        if drawn:
            with st.container(horizontal=True, gap="small"):
                offer_download(
                    f"Parts of {counted(len(drawn), 'picture')}",
                    "".join(f"{annotation_line(each.annotation)}\n" for each in drawn).encode(),
                    "sparsefool-parts.jsonl",
                    "application/jsonl",
                )
                st.button(
                    "Remove all", icon=":material/delete:", key="remove_all_parts", on_click=remove_all_parts
                )
        st.file_uploader(
            "Or bring a file of parts; those of the same pictures are replaced",
            max_upload_size=MOST_BYTES // 1_000_000,
            key=_FILE,
            on_change=_take_file,
        )
        if problem := st.session_state.get(_PROBLEM):
            st.error(literal(problem), title="This file cannot be used")
        elif news := st.session_state.get(_NEWS):
            st.success(news)


def _take_file() -> None:
    state, file = st.session_state, st.session_state.get(_FILE)
    state[_NEWS] = state[_PROBLEM] = ""
    if file is None:
        return
    try:
        state[_NEWS] = _take(uploaded_bytes(file), file.name)
    except SparseFoolError as error:
        state[_PROBLEM] = str(error)


def _take(data: bytes, name: str) -> str:
    """Take the parts of a file, and return what was in it."""
    if len(data) > MOST_BYTES:
        raise DataError(f"{name} has {len(data) / 1e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB are read.")
    try:
        annotations = parse_annotations(data.decode(), name)
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is no text in UTF-8, so it is no file of parts.") from error
    if not annotations:
        raise DataError(f"There is no picture in {name}.")
    put_annotations(annotations)
    own = [str(each.image) for each in annotations if isinstance(each.image, str)]
    names = ", ".join(own[:3]) + (", …" if len(own) > 3 else "")
    unseen = f" Those with a name ({literal(names)}) count once they are opened." if own else ""
    parts = sum(len(each.parts) for each in annotations)
    held = f"{counted(parts, 'part')} of {counted(len(annotations), 'picture')}"
    return f"{literal(name)}: {held}.{unseen}"
