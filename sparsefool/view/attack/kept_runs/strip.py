"""The strip of the session's runs under the pictures: return to one, pin one, take the list away."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.data.pictures import Picture
from sparsefool.view.attack.finding import few_in_words, setting_in_words
from sparsefool.view.attack.kept_runs.history import KeptRun, RunHistory
from sparsefool.view.components.run_strip import Card, draw_strip, newly_asked
from sparsefool.view.shared.controls.attack_address import set_attack_controls
from sparsefool.view.shared.controls.network import is_listed
from sparsefool.view.shared.downloads import offer_download, report_json
from sparsefool.view.shared.glossary import explain_columns
from sparsefool.view.shared.palette import MARK, rgb
from sparsefool.view.shared.pictures import changed_mask, darkened, data_uri
from sparsefool.view.shared.runs import Runs
from sparsefool.zoo.specs import find_spec

THUMBNAIL = 56
"""Longer side of a thumbnail in pixels, at most."""

_thumbnails: RecentlyUsed[tuple[str, str], str] = RecentlyUsed(1024)
"""The thumbnails made last, of all sessions."""

_WORDS = {
    "pixels": "pixel",
    "lambda": "lambda",
    "delta": "delta",
    "before": "label",
    "after": "label",
    "fooled": "fooled",
    "target": "target",
    "values": "value",
    "largest_change": "level",
}
"""The word of the glossary for each column of the table."""


def answer_strip(history: RunHistory, runs: Runs[AttackRequest, AttackReport]) -> None:
    """Do what was clicked in the strip; must be called before the controls are drawn."""
    asked = newly_asked()
    run = history.numbered(asked[1]) if asked else None
    if asked is None or run is None:
        return
    if asked[0] == "pin":
        history.toggle_pin(run.number)
    elif _can_return(run, history):
        set_attack_controls(run.report.request, run.image.sample, run.region)
        runs.adopt(run.report.request, run.report)


def show_runs(history: RunHistory) -> None:
    """Draw the strip and, one click away, the runs as a table."""
    draw_strip([_card(run, history) for run in history.runs])
    if len(history.runs) > 1:
        table = st.popover("Runs as a table", icon=":material/table:", key="runs_table", on_change="rerun")
        if table.open:  # drawn behind a closed button, it would be an eighth of the page's time
            with table:
                _table(history.runs)


def _card(run: KeptRun, history: RunHistory) -> Card:
    report, gone = run.report, not _can_return(run, history)
    after = report.after_8bit.name if report.after_8bit.label != report.before.label else "not fooled"
    return Card(
        run.number,
        _thumbnail_uri(report.request.picture, report.adversarial),
        (few_in_words(report), setting_in_words(report.request), f"{report.before.name} → {after}"),
        "Choose its picture and network again to return to this run" if gone else "Return to this run",
        current=run is history.shown,
        pinned=run is history.pinned,
        gone=gone,
    )


def _can_return(run: KeptRun, history: RunHistory) -> bool:
    """Return whether the controls can ask for a run: not for a file that is no longer chosen."""
    shown = history.shown
    if shown is not None and shown.report.request.subject == run.report.request.subject:
        return True
    return run.image.sample is not None and is_listed(run.report.request.model)


def _thumbnail_uri(before: Picture, after: Picture) -> str:
    return _thumbnails.recall((before.sha256, after.sha256), lambda: data_uri(thumbnail(before, after)))


def thumbnail(before: Picture, after: Picture) -> Picture:
    """Return a small picture of what changed: each of its pixels is marked if any below it changed."""
    times = max(before.height, before.width) / min(THUMBNAIL, max(before.height, before.width))
    size = round(before.height / times), round(before.width / times)
    marked = np.array(Image.fromarray(darkened(before)).resize(size[::-1], Image.Resampling.BOX))
    rows, columns = changed_mask(before, after).nonzero()
    marked[(rows * size[0]) // before.height, (columns * size[1]) // before.width] = rgb(MARK)
    return Picture(marked, f"thumbnail of {before.name}")


def rows_of(kept: Sequence[KeptRun]) -> list[dict[str, object]]:
    """Return the runs as rows, in whole numbers and plain words, ready for a table or JSON."""
    return [_row(run) for run in kept]


def _row(run: KeptRun) -> dict[str, object]:
    report, request = run.report, run.report.request
    return {
        "run": run.number,
        "pixels": report.change_8bit.pixels,
        "method": request.spec.method_title,
        "lambda": request.lambda_ if request.has_lambda else None,
        "delta": request.delta,
        "before": report.before.name,
        "after": report.after_8bit.name,
        "fooled": report.success_8bit,
        "network": find_spec(request.model).title,
        "picture": request.picture.name,
        "target": None if request.target is None else report.class_names[request.target],
        "region": request.region is not None,
        "values": report.change_8bit.features,
        "largest_change": report.change_8bit.max_change,
        "seconds": round(report.seconds, 3),
        "date": report.date,
    }


def _table(kept: Sequence[KeptRun]) -> None:
    rows = pd.DataFrame(rows_of(kept))
    st.dataframe(
        rows,
        hide_index=True,
        width=900,
        column_config=explain_columns(_WORDS),
        alt="Every run kept in this session, one in each row.",
    )
    with st.container(horizontal=True, gap="small"):
        offer_download("Runs", rows.to_csv(index=False).encode(), "sparsefool-runs.csv", "text/csv")
        offer_download("Runs", partial(_json, kept), "sparsefool-runs.json", "application/json")


def _json(kept: Sequence[KeptRun]) -> bytes:
    return report_json([{"run": run.number, **run.report.summary()} for run in kept]).encode()
