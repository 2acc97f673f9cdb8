"""The run-time type checker of the tests: beartype; an int passes for a float, as PEP 484 says.

A function is checked on its 1st, 2nd, 4th, 8th ... call within a test. To check every call took nearly a
third of the time of the tests: a page calls some functions thousands of times, with the same few objects.
"""

import functools
import inspect

import jaxtyping
from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))

_jaxtyped = jaxtyping.jaxtyped
_calls = {}


def pytest_runtest_setup():
    """Count the calls of each test from the first."""
    _calls.clear()


def jaxtyped(function=None, *, typechecker):
    """Stand in for the decorator that jaxtyping gives to every function and class of the project."""
    if function is None:
        return functools.partial(jaxtyped, typechecker=typechecker)
    if not inspect.isclass(function):
        return _checked_at_times(function, _jaxtyped(function, typechecker=typechecker))
    plain = vars(function).get("__init__")
    _jaxtyped(function, typechecker=typechecker)
    if plain is not None and function.__init__ is not plain:
        function.__init__ = _checked_at_times(plain, function.__init__)
    return function


def _checked_at_times(plain, checked):
    @functools.wraps(plain)
    def call(*args, **kwargs):
        number = _calls[plain] = _calls.get(plain, 0) + 1
        if number & (number - 1):  # no power of two
            return plain(*args, **kwargs)
        return checked(*args, **kwargs)

    return call


jaxtyping.jaxtyped = jaxtyped
