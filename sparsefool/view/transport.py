"""Play, pause, step and scrub through moments that are known already."""

import re
import time
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Transport:
    """The controls of one player; several may live in one session.

    Draw it in a fragment that reruns every :attr:`timer` seconds.

    Attributes:
        key: of the scrubber, also in the address; the other keys begin with it.
        noun: what a moment is called.
        pace: seconds between two moments while playing.
        from_end: whether a fresh player stands at the last moment, otherwise at the first.
        shortcuts: whether the arrow keys step, and P plays and pauses.
    """

    key: str
    noun: str
    pace: float
    from_end: bool = True
    shortcuts: bool = False

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return bool(st.session_state.get(self._playing))

    @property
    def timer(self) -> float | None:
        """Seconds between two reruns of the fragment; None while nothing plays."""
        return self.pace if self.playing else None

    def draw(self, last: int, timer_runs: bool) -> int:
        """Draw the controls for the moments 0 to ``last`` and return the one to show.

        Args:
            last: the last moment.
            timer_runs: whether the fragment reruns by itself; where that must change, the page reruns once.
        """
        if timer_runs and self.playing:
            self._tick(last)
        if self.playing != timer_runs:
            st.rerun()
        playing = self.playing
        play, back, forward = ("P", "Left", "Right") if self.shortcuts else (None, None, None)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.button(
                "Pause" if playing else "Play",
                icon=":material/pause:" if playing else ":material/play_arrow:",
                key=f"{self.key}_play",
                on_click=self._toggle,
                args=(last,),
                shortcut=play,
            )
            st.button(
                "Back",
                icon=":material/skip_previous:",
                key=f"{self.key}_back",
                on_click=self._move,
                args=(-1, last),
                shortcut=back,
            )
            st.button(
                "Forward",
                icon=":material/skip_next:",
                key=f"{self.key}_forward",
                on_click=self._move,
                args=(1, last),
                shortcut=forward,
            )
            st.session_state[self.key] = self.at(last)
            moment: int = st.slider(self.noun, 0, last, key=self.key, disabled=playing)
        self._note_in_address(moment, last)
        return moment

    def go(self, moment: int) -> None:
        """Stop at a moment (before the controls are drawn)."""
        st.session_state.update({self.key: moment, self._at: moment, self._playing: False})

    def at(self, last: int) -> int:
        """Return where the player stands."""
        source = self._at if self.playing else self.key
        return min(int(st.session_state.get(source, self._asked(last))), last)

    @property
    def _playing(self) -> str:
        return f"{self.key}_playing"

    @property
    def _at(self) -> str:
        return f"{self.key}_at"

    @property
    def _next_tick(self) -> str:
        return f"{self.key}_next_tick"

    def _first(self, last: int) -> int:
        return last if self.from_end else 0

    def _asked(self, last: int) -> int:
        """Return the moment that the address asks for, or the first one."""
        text = st.query_params.get(self.key, "")
        return int(text) if re.fullmatch(r"\d{1,6}", text) else self._first(last)

    def _note_in_address(self, moment: int, last: int) -> None:
        """Keep the address in step; write it only where it differs.

        What a script run writes is the whole address as that run knew it: while another slider of the page is
        being moved, that would take its newer value back.

        A scrubber that is bound to the address would go back to the moment there whenever its length changes:
        to Streamlit it is another widget then.
        """
        noted = st.query_params.get(self.key)
        if moment == self._first(last):
            if noted is not None:
                del st.query_params[self.key]
        elif noted != str(moment):
            st.query_params[self.key] = str(moment)

    def _tick(self, last: int) -> None:
        """Move on if it is time; other reruns of the fragment come in between.

        While it plays, the scrubber follows and does not lead: the browser may still send an earlier place.
        """
        at = min(st.session_state[self._at], last)
        if time.monotonic() >= st.session_state[self._next_tick]:
            at = min(at + 1, last)
            st.session_state.update({self._at: at, self._next_tick: time.monotonic() + 0.9 * self.pace})
            st.session_state[self._playing] = at < last
        st.session_state[self.key] = at

    def _toggle(self, last: int) -> None:
        at = self.at(last)
        if self.playing:
            self.go(at)
            return
        self.go(0 if at >= last else at)
        st.session_state.update({self._playing: True, self._next_tick: time.monotonic() + 0.9 * self.pace})

    def _move(self, by: int, last: int) -> None:
        self.go(min(max(self.at(last) + by, 0), last))
