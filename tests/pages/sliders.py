"""A slider, as the browser gets it and as it answers."""

import json
from types import SimpleNamespace

from sparsefool.view.components.slider import message_key


def slider(page, key):
    """Return what the browser is told: ``value``, ``min``, ``max``, ``disabled`` and the rest."""
    told = json.loads(_proto(page, key).json)
    return SimpleNamespace(**told, min=told["low"], max=told["high"])


def move_slider(page, key, value, run="the browser"):
    """Tell the server that a slider has been moved, and run the page."""
    states = page._tree.get_widget_states()
    heard_run, heard = slider(page, key).heard
    message = {"run": run, "count": heard + 1 if heard_run == run else 1, "value": value}
    states.widgets.add(id=_proto(page, key).id, json_value=json.dumps({"moved": message}))
    return page._run(states)


def sliders(page):
    """Return all sliders by key."""
    ending = message_key("")
    found = (each.proto.id for each in page.get("bidi_component") if each.proto.id.endswith(ending))
    keys = [name.removesuffix(ending).rpartition("-")[2] for name in found]
    return {key: slider(page, key) for key in keys}


def _proto(page, key):
    ending = f"-{message_key(key)}"
    (found,) = (each.proto for each in page.get("bidi_component") if each.proto.id.endswith(ending))
    return found
