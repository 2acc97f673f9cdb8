"""The comparator: original and adversarial picture alternate in one place, or a divider separates them."""

from sparsefool.data.pictures import Picture
from sparsefool.view.components.frontend import define
from sparsefool.view.shared.pictures import Change, data_uri

_COMPONENT = define(__file__, isolate_styles=False)


def show_comparator(before: Picture, after: Picture, seen_before: str, seen_after: str, key: str) -> None:
    """Draw the comparator.

    The pictures are PNGs of their own size, enlarged in the browser without smoothing.
    Space pauses, the arrow keys switch or move the divider. If the system asks for less motion, it does not
    blink until Play is pressed. Six pictures per second, the most, make three flashes.

    Args:
        before, after: of the same size.
        seen_before, seen_after: what the network sees in them.
        key: of the widget.
    """
    _COMPONENT(
        key=key,
        data={
            "width": before.width,
            "height": before.height,
            "grey": before.channels == 1,
            "of": before.sha256[:16],
            "change": Change(before, after).encoded,
            "original": _side(before, f"Original: {seen_before}", "The original picture"),
            "adversarial": _side(after, f"Adversarial: {seen_after}", "The adversarial picture"),
        },
    )


def _side(picture: Picture, title: str, alt: str) -> dict[str, str]:
    return {"uri": data_uri(picture), "title": title, "alt": f"{alt}. {title}."}
