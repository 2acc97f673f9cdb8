"""The buttons of the presentation in the sidebar, which run apart from the page."""

from collections.abc import Callable

import streamlit as st

from sparsefool.errors import ParameterError
from sparsefool.view.components.clicker import ADD, KEYS, VIEWS, WORDS, draw_clicker, newly_asked
from sparsefool.view.components.tour import Stop, offer_tour
from sparsefool.view.presenting.reference import show_keys, show_words
from sparsefool.view.presenting.views_dialog import Presentation, edit_views
from sparsefool.view.shared.prepared_views import LECTURE, LIST, read_text
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.view.shared.streamlit_internals.address import came_by_history

_STATE, _NEW = "presentation", "came_without_state"

_TOUR = (
    Stop(
        ("img[alt^='The original picture']",),
        "The picture that the network is shown, and what it takes it for. Others are in the sidebar.",
    ),
    Stop(
        (".st-key-lambda",),
        "λ: how far each step aims beyond the boundary. Further fools the network sooner, but changes more "
        "pixels.",
    ),
    Stop(
        (".st-key-delta",),
        "δ: the most by which a value may change. Less is harder to see, but needs more pixels.",
    ),
    Stop(
        ("img[alt*='changed pixel']",),
        "These few pixels are all that was changed, and the network sees something else.",
    ),
)
"""The tour of the Attack page."""

_DIALOGS: dict[str, tuple[str, str, int, Callable[[Presentation], None]]] = {
    VIEWS: ("Prepared views", ":material/slideshow:", 900, edit_views),
    KEYS: ("Keys", ":material/keyboard:", 560, lambda _: show_keys()),
    WORDS: ("Words", ":material/dictionary:", 900, lambda _: show_words()),
}
"""Title, icon, width in CSS pixels and content of each dialog."""

_STYLE = """<style>
#stMain:focus-visible::before{display:none}
.sparsefool-place{position:fixed;right:1.2rem;bottom:.9rem;z-index:1000;max-width:min(60vw,34rem);
padding:.3rem .8rem;border-radius:1rem;font:.9rem/1.4 var(--st-font);color:var(--st-text-color);
background:var(--st-background-color);border:1px solid var(--st-border-color);overflow:hidden;
text-overflow:ellipsis;white-space:nowrap;opacity:0;transition:opacity .4s;pointer-events:none}
.sparsefool-place.seen{opacity:.92}
.sparsefool-blink{position:fixed;z-index:1000;margin:.4rem;padding:0 .5rem;border-radius:.3rem;
font-size:.9rem;color:#fff;background:#000c;pointer-events:none}
.st-key-tour{position:absolute;height:0}
</style>"""


def show_presentation(page: str) -> None:
    """Draw the buttons for prepared views, keys and words, and offer the tour; app.py calls this first.

    Args:
        page: its place in the address.
    """
    st.html(_STYLE)
    presentation = _presentation()
    with st.sidebar:
        _draw(presentation, page)
        if _offers_tour(page):
            offer_tour(_TOUR)


def _presentation() -> Presentation:
    """Return the session's list of views; a list in the address with which a visit begins takes its place."""
    begins = _STATE not in st.session_state
    presentation: Presentation = st.session_state.setdefault(_STATE, Presentation())
    text = st.query_params.get(LIST, "")
    if text and text != presentation.views.text() and (begins or came_by_history()):
        try:
            presentation.replace(read_text(text))
        except ParameterError as error:
            presentation.problem = str(error)
    return presentation


def _offers_tour(page: str) -> bool:
    """Return whether this is the Attack page as a visitor comes to it who has followed no link to a state."""
    new: bool = st.session_state.setdefault(_NEW, not st.query_params)
    return new and page == "" and not st.session_state.get(LECTURE)


@fragment
def _draw(presentation: Presentation, page: str) -> None:
    what, address = newly_asked()
    if what == ADD:
        presentation.add(address)
    draw_clicker(page, presentation.views.views, presentation.views.text(), presentation.opened)
    if what in _DIALOGS:
        presentation.dialog = what
    if presentation.dialog:  # in every run until it is closed: Streamlit closes what a run leaves out
        title, icon, width, draw = _DIALOGS[presentation.dialog]
        dialog = st.dialog(title, width=width, icon=icon, on_dismiss=presentation.close)
        dialog(draw)(presentation)
    elif presentation.problem:
        st.warning(presentation.problem)
