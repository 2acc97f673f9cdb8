"""Choices that are bound to the address of the page; an unusable value there is noted."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from sparsefool.view.address import AddressCheck

T = TypeVar("T")


def select(
    label: str,
    options: Sequence[T],
    title: Callable[[T], str],
    key: str,
    check: AddressCheck,
    explanation: str | None = None,
) -> T:
    """Draw a select box.

    Args:
        label: above it.
        options: what there is to choose from; the first is the default.
        title: an option's name, which stands in the address.
        key: its name in the address.
        check: told what the address asks for and does not get.
        explanation: shown behind the question mark.
    """
    chosen: T = st.selectbox(
        label, options, format_func=title, key=key, help=explanation, bind="query-params"
    )
    check.option(key, [title(option) for option in options], title(chosen))
    return chosen


def choose_one(
    label: str,
    options: Sequence[T],
    key: str,
    check: AddressCheck,
    title: Callable[[T], str] = str,
    default: T | None = None,
    **more: Any,
) -> T:
    """Draw buttons of which always one is pressed.

    Args:
        label: above them.
        options: what there is to choose from.
        key: its name in the address.
        check: told what the address asks for and does not get.
        title: an option's name, which stands in the address.
        default: the option that is pressed at first; the first one where not given.
        more: further arguments of streamlit's ``segmented_control``.
    """
    chosen: T = st.segmented_control(
        label,
        options,
        default=options[0] if default is None else default,
        required=True,
        format_func=title,
        key=key,
        bind="query-params",
        **more,
    )
    check.option(key, [title(option) for option in options], title(chosen))
    return chosen
