"""The button that copies the page's link; it also keeps the browser's history to one entry for each visit."""

from sparsefool.view.components.frontend import define
from sparsefool.view.shared.streamlit_internals.address import PAGE_LEFT, PAGE_OPENED

_COMPONENT = define(__file__)


def show_copy_link() -> None:
    """Draw the button that copies the address, which holds all that is set on the page.

    From then on, whatever changes the address of a page replaces its entry in the browser's history: Back
    leads to the page before, as it was left.
    """
    _COMPONENT(key="copy_link", data={"page_opened": PAGE_OPENED, "page_left": PAGE_LEFT}, width="content")
