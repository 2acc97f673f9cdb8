"""The picture list: thumbnails with their class names, a search box, and pages; a click chooses one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from sparsefool.data.pictures import Picture
from sparsefool.view.components.frontend import define, wait_for_the_run
from sparsefool.view.shared.pictures import data_uri

_COMPONENT = define(__file__, html='<div class="picture-list"></div>')


@dataclass(frozen=True)
class ListedPicture:
    """A picture of the list.

    Attributes:
        number: what is reported when it is chosen.
        name: below it, and its alternative text.
        picture: None where it is not available; then its name stands alone.
    """

    number: int
    name: str
    picture: Picture | None


def show_picture_list(
    key: str,
    shown: Sequence[ListedPicture],
    chosen: int,
    found: str,
    more: bool,
    on_change: Callable[[], None],
) -> None:
    """Draw the list; :func:`picture_query` and :func:`newly_chosen` return what was typed and clicked.

    Args:
        key: of the widget.
        shown: the pictures of the open page.
        chosen: the number of the picture that is marked.
        found: how many pictures there are, in words.
        more: whether another page follows.
        on_change: called before the rerun after a click on a picture.
    """
    _COMPONENT(
        key=key,
        data={
            "items": [
                {
                    "number": each.number,
                    "name": each.name,
                    "uri": data_uri(each.picture) if each.picture else "",
                    "side": max(each.picture.width, each.picture.height) if each.picture else 0,
                }
                for each in shown
            ],
            "chosen": chosen,
            "found": found,
            "more": more,
        },
        on_chosen_change=on_change,
        on_search_change=wait_for_the_run,
    )


def picture_query(key: str) -> tuple[str, int]:
    """Return what was typed into the search box, and the open page from 0 on."""
    match (st.session_state.get(key) or {}).get("search"):
        case {"text": str(text), "page": int(page)}:
            return text[:80], max(page, 0)
    return "", 0


def newly_chosen(key: str) -> int | None:
    """Return the number of the picture that was clicked; None if there is none."""
    chosen = (st.session_state.get(key) or {}).get("chosen")
    return chosen if isinstance(chosen, int) else None
