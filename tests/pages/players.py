"""A player and the two-pixel picture, as the browser gets them and as it answers."""

import json


def component(page, key):
    """Return what the server sends to a component."""
    (found,) = (each.proto for each in page.get("bidi_component") if each.proto.id.endswith(f"-{key}"))
    return json.loads(found.json)


def player(page, key):
    return component(page, f"{key}_player")


def move(page, key, moment, run="the browser"):
    """Tell the server that the player has been moved."""
    heard_run, heard = player(page, key)["heard"]
    count = heard + 1 if heard_run == run else 1
    page.session_state[f"{key}_player"] = {"moved": {"run": run, "count": count, "moment": moment}}


def click_picture(page, first, second, count=1):
    placed = {"run": "the browser", "count": count, "first": first, "second": second}
    page.session_state["world_canvas"] = {"placed": placed}
