"""The tree drawn in the module's docstring is the tree of the classes."""

import re

from tasks.core import errors


def drawn() -> dict[str, str]:
    """Class -> parent, from the drawing's indentation."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        named = re.match(r"^([ │├└─]*)([A-Z]\w+)(\s{2,}|$)", line)
        if named and issubclass(getattr(errors, named[2], int), Exception):
            depth = len(named[1])
            stack = [(d, n) for d, n in stack if d < depth]
            parents[named[2]] = stack[-1][1] if stack else "Exception"
            stack.append((depth, named[2]))
    return parents


def test_docstring_draws_every_error_under_its_parent():
    classes = {n: c for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, Exception)}
    assert drawn() == {name: kind.__bases__[0].__name__ for name, kind in classes.items()}


def test_only_what_may_go_through_later_is_retryable():
    kinds = [
        c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.CountersignError)
    ]
    retryable = {k.__name__ for k in kinds if k.retryable}
    assert retryable == {
        "SourceUnavailable",
        "ModelUnavailable",
        "ModelBusy",
        "ModelTimedOut",
        "ModelChanged",
        "StoreUnavailable",
    }
