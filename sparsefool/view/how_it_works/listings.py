"""The paper's two algorithms as listings, with the lines of the current stage marked."""

from collections.abc import Collection

_X = "<b>x</b>"


def _x(power: str) -> str:
    return f"{_X}<sup>({power})</sup>"


_XB, _W = f"{_X}<sub>B</sub>", "<b>w</b>"

LINEAR_SOLVER = (
    (0, f"Initialize: {_x('0')} ← {_X}, i ← 0, S = {{}}"),
    (0, f"<b>while</b> {_W}ᵀ({_x('i')} − {_XB}) ≠ 0 <b>do</b>"),
    (1, "<b>r</b> ← 0"),
    (1, "d ← arg max<sub>j∉S</sub> |w<sub>j</sub>|"),
    (1, f"r<sub>d</sub> ← |{_W}ᵀ({_x('i')} − {_XB})| / |w<sub>d</sub>| · sign(w<sub>d</sub>)"),
    (1, f"{_x('i+1')} ← Q({_x('i')} + <b>r</b>)"),
    (1, "S ← S ∪ {d}"),
    (1, "i ← i + 1"),
    (0, "<b>end</b>"),
    (0, f"<b>return</b> {_x('i')}"),
)
SPARSEFOOL = (
    (0, f"Initialize: {_x('0')} ← {_X}, i ← 0"),
    (0, f"<b>while</b> k̂({_x('i')}) = k̂({_x('0')}) <b>do</b>"),
    (1, f"<b>r</b><sub>adv</sub> = DeepFool({_x('i')})"),
    (1, f"{_XB} = {_x('i')} + <b>r</b><sub>adv</sub>"),
    (1, f"{_W} = ∇f<sub>k({_XB})</sub>({_XB}) − ∇f<sub>k({_X})</sub>({_XB})"),
    (1, f"{_x('i+1')} = LinearSolver({_x('i')}, {_W}, {_XB}, Q)"),
    (1, "i ← i + 1"),
    (0, "<b>end</b>"),
    (0, f"<b>return</b> <b>r</b> = {_x('i')} − {_x('0')}"),
)
L1_DEEPFOOL = (
    (0, f"Initialize: {_x('0')} ← {_X}, i ← 0"),
    (0, f"<b>while</b> k̂({_x('i')}) = k̂({_x('0')}) <b>do</b>"),
    (1, f"{_W} = ∇f<sub>k</sub>({_x('i')}) − ∇f<sub>k̂</sub>({_x('i')})"),
    (1, "d ← arg max<sub>j</sub> |w<sub>j</sub>|"),
    (1, "r<sub>d</sub> ← |f<sub>k</sub> − f<sub>k̂</sub>| / |w<sub>d</sub>| · sign(w<sub>d</sub>)"),
    (1, f"{_x('i+1')} ← {_x('i')} + <b>r</b>"),
    (1, "i ← i + 1"),
    (0, "<b>end</b>"),
    (0, f"clip {_x('i')} to 0..255"),
)
L1 = 0
"""Stands for ℓ1-DeepFool where the paper's algorithms have their numbers."""

_TITLES = {
    1: "Algorithm 1: LinearSolver",
    2: "Algorithm 2: SparseFool",
    L1: "ℓ1-DeepFool (paper, Section 2.2)",
}
_LISTINGS = {1: LINEAR_SOLVER, 2: SPARSEFOOL, L1: L1_DEEPFOOL}

STYLE = """<style>
.listing{font-size:.8rem;line-height:1.42;margin:0!important;padding:0!important;list-style:none}
.listing-title{font-weight:600;font-size:.82rem;margin-bottom:.1rem}
.listing li{padding:0 .4rem;margin:0!important;
 border-left:3px solid transparent;white-space:nowrap;overflow:hidden}
.listing li.now{border-left-color:#CC79A7;background:rgba(204,121,167,.22);border-radius:3px}
.listing .number{display:inline-block;width:1.4rem;opacity:.55;font-variant-numeric:tabular-nums}
.listing sup,.listing sub{line-height:0;font-size:.72em}
</style>"""


def listing_html(algorithm: int, now: Collection[int]) -> str:
    """Return the listing of Algorithm 1 or 2, or of :data:`L1`; the lines ``now`` are marked."""
    rows = "".join(
        f'<li{_mark(number in now)}><span class="number">{number}</span>'
        f'<span style="padding-left:{indent}em">{text}</span></li>'
        for number, (indent, text) in enumerate(_LISTINGS[algorithm], start=1)
    )
    return f'<div class="listing-title">{_TITLES[algorithm]}</div><ul class="listing">{rows}</ul>'


def _mark(now: bool) -> str:
    return ' class="now" aria-current="step"' if now else ""
