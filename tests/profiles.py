"""How deep the tests go: `make test` is the fast profile, `make nightly` the deep one."""

import os
from typing import TypeVar

T = TypeVar("T")

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def in_depth(nightly: T, fast: T) -> T:
    """More of the same in the nightly profile; what the test asserts does not change."""
    return nightly if NIGHTLY else fast
