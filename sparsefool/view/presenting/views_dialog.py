"""The list of prepared views: named, put in order, saved, and opened from a file."""

from dataclasses import dataclass, field

import streamlit as st

from sparsefool.errors import ParameterError, SparseFoolError
from sparsefool.view.shared.prepared_views import (
    MAX_BYTES,
    MAX_NAME,
    PreparedViews,
    View,
    describe,
    parse_view,
    read_file,
    shipped_lists,
)
from sparsefool.view.shared.serving.uploads import uploaded_bytes

_FILE = "views_file"

_ICONS_ONLY = """<style>
:is([class*=st-key-views_earlier_],[class*=st-key-views_later_],[class*=st-key-views_remove_]) button p
{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
</style>"""


@dataclass
class Presentation:
    """The prepared views of a session.

    Attributes:
        views: the list.
        earlier: the list that another has taken the place of, to go back to.
        problem: why the last file, text or view was not taken.
        opened: how many views were opened from the list, and the index of the last one.
        version: counts what was done to the list, so that its fields follow it.
        dialog: what is open over the page.
    """

    views: PreparedViews = field(default_factory=PreparedViews)
    earlier: PreparedViews | None = None
    problem: str = ""
    opened: tuple[int, int] = (0, 0)
    version: int = 0
    dialog: str = ""

    def change(self, views: PreparedViews) -> None:
        """Take a list that was made from the present one."""
        self.views, self.problem = views, ""
        self.version += 1

    def replace(self, views: PreparedViews) -> None:
        """Take another list; one's own that it takes the place of is kept."""
        if self.views.views and not self.views.shipped:
            self.earlier = self.views
        self.change(views)

    def add(self, address: str) -> None:
        """Add the view at an address, with a name that describes it."""
        try:
            self.change(self.views.with_view(parse_view("", address)))
        except ParameterError as error:
            self.problem = str(error)

    def open(self, index: int) -> None:
        """Open a view."""
        self.opened = (self.opened[0] + 1, index)
        self.close()

    def close(self) -> None:
        """Close what is open over the page."""
        self.dialog = self.problem = ""


def edit_views(presentation: Presentation) -> None:
    """Draw the list, to be changed."""
    st.markdown(
        "Set up any page as you want to show it and press **+ View**. Then step through the list with "
        "**Page Down** and **Page Up**, or a clicker. A link to the page carries the list."
    )
    st.html(_ICONS_ONLY)
    _choose_list(presentation)
    views = presentation.views.views
    if not views:
        st.info("No views yet.")
    with st.container(key="views_list", gap="xsmall"):
        for index, view in enumerate(views):
            _row(presentation, index, view)
    _files(presentation)


def _choose_list(presentation: Presentation) -> None:
    lists = shipped_lists().values()
    with st.container(horizontal=True, gap="small"):
        for each in lists:
            st.button(
                f"{each.title} ({len(each.views)})",
                key=f"views_{each.shipped}",
                type="primary" if each == presentation.views else "secondary",
                on_click=presentation.replace,
                args=(each,),
            )
        if presentation.earlier is not None:
            st.button(
                f"Back to {presentation.earlier.title} ({len(presentation.earlier.views)})",
                key="views_back",
                icon=":material/undo:",
                on_click=_go_back,
                args=(presentation, presentation.earlier),
            )


def _go_back(presentation: Presentation, earlier: PreparedViews) -> None:
    presentation.earlier = None
    presentation.replace(earlier)


def _row(presentation: Presentation, index: int, view: View) -> None:
    views, number, last = presentation.views, index + 1, len(presentation.views.views) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if st.button(f"{number}", key=f"views_open_{index}", help=f"Open: {describe(view)}", width=48):
            presentation.open(index)
            st.rerun()
        name = st.text_input(
            f"Name of view {number}",
            view.name,
            max_chars=MAX_NAME,
            key=f"views_name_{presentation.version}_{index}",
            label_visibility="collapsed",
        )
        presentation.views = presentation.views.renamed(index, name or "")
        _change(presentation, "Earlier", "arrow_upward", index, views.moved(index, -1), enabled=index > 0)
        _change(presentation, "Later", "arrow_downward", index, views.moved(index, 1), enabled=index < last)
        _change(presentation, "Remove", "delete", index, views.without(index))


def _change(
    presentation: Presentation, what: str, icon: str, index: int, then: PreparedViews, *, enabled: bool = True
) -> None:
    st.button(
        f"{what}: view {index + 1}",
        icon=f":material/{icon}:",
        key=f"views_{what.lower()}_{index}",
        disabled=not enabled,
        on_click=presentation.change,
        args=(then,),
    )


def _files(presentation: Presentation) -> None:
    views = presentation.views
    if views.views:
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Save the list (.json)",
                views.file(),
                "sparsefool-views.json",
                "application/json",
                icon=":material/download:",
                on_click="ignore",
                key="views_save",
            )
            st.button(
                "Remove all",
                icon=":material/delete_sweep:",
                key="views_clear",
                on_click=presentation.replace,
                args=(PreparedViews(),),
            )
        if not views.text():
            st.warning("This list is too long for a link. Save it as a file to keep or share it.")
    st.file_uploader(
        "Open a list",
        type="json",
        max_upload_size=1,
        key=_FILE,
        help=f"A file that was saved here, of at most {MAX_BYTES // 1000} kB.",
        on_change=_take_file,
        args=(presentation,),
    )
    if presentation.problem:
        st.error(presentation.problem, title="This cannot be used")


def _take_file(presentation: Presentation) -> None:
    file = st.session_state.get(_FILE)
    if file is None:
        return
    try:
        presentation.replace(read_file(uploaded_bytes(file)))
    except SparseFoolError as error:
        presentation.problem = str(error)
