"""Play, pause, step and scrub through moments that were computed beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from sparsefool.view.components.frontend import define, heard, new_message, wait_for_the_run
from sparsefool.view.shared.query_parameters import (
    check_number,
    note_in_address,
    parse_number,
    read_on_arrival,
)

_PLAYER = define(__file__)


@dataclass(frozen=True)
class Player:
    """The controls of one player; several may live in one session.

    The browser leads: it plays, steps and scrubs at once, and reports the moment that it has reached.
    Streamlit's own buttons lose presses in quick succession, and its slider undoes them.

    Attributes:
        key: of the moment, in the session state and in the address; the other keys begin with it.
        noun: what a moment is called.
        pace: seconds between two moments while playing.
        from_end: whether a new player starts at the last moment rather than at the first.
        shortcuts: whether the arrow keys step, and P plays and pauses.
        speeds: multiples of the pace that a button goes through, the first one at first; none, no button.
    """

    key: str
    noun: str
    pace: float
    from_end: bool = True
    shortcuts: bool = False
    speeds: tuple[float, ...] = ()

    def draw(self, last: int) -> int:
        """Draw the controls for the moments 0 to ``last`` and return the one to show."""
        moment = st.session_state[self.key] = self.at(last)
        note_in_address(self.key, None if moment == self._first(last) else str(moment))
        check_number(self.key, 0, last, moment)
        _PLAYER(
            key=self.player,
            data={
                "noun": self.noun,
                "pace": self.pace,
                "shortcuts": self.shortcuts,
                "speeds": self.speeds,
                "moment": moment,
                "last": last,
                "heard": heard(self.player),
                "version": st.session_state.get(self._version, 0),
            },
            on_moved_change=wait_for_the_run,
        )
        return moment

    def go(self, moment: int) -> None:
        """Stop at a moment (before the controls are drawn)."""
        self._hear()
        version = st.session_state.get(self._version, 0) + 1
        st.session_state.update({self.key: moment, self._version: version})

    def at(self, last: int) -> int:
        """Return the current moment, at most ``last``."""
        self._hear()
        asked = read_on_arrival(self.key)
        if asked is not None:
            st.session_state[self.key] = self._usable(asked, last)
        return min(int(st.session_state.get(self.key, self._first(last))), last)

    @property
    def player(self) -> str:
        """The key of what is drawn."""
        return f"{self.key}_player"

    @property
    def _version(self) -> str:
        return f"{self.key}_version"

    def _first(self, last: int) -> int:
        return last if self.from_end else 0

    def _usable(self, texts: Sequence[str], last: int) -> int:
        """Return the moment that the one text stands for or, if it is none, where a new player starts."""
        moment = parse_number(texts[0]) if len(texts) == 1 else None
        if moment is None or moment < 0 or not moment.is_integer():
            return self._first(last)
        return int(moment)

    def _hear(self) -> None:
        """Go to the moment that the browser has reported since the last run, if its message is valid."""
        match new_message(self.player, "moved"):
            case {"moment": int(moment)}:
                st.session_state[self.key] = max(moment, 0)
