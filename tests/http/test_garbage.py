"""Python looks for garbage seldom once the app is loaded, and still finds it."""

import gc
import subprocess
import sys

SETTLED = """
import gc, weakref
from service_desk.http.garbage import GC_THRESHOLDS, settle
settle()
assert gc.get_threshold() == GC_THRESHOLDS and gc.get_freeze_count() > 1000 and gc.isenabled()
class Knot: ...
knot = Knot(); knot.itself = knot; gone = weakref.ref(knot); del knot
gc.collect()
assert gone() is None
"""


def test_what_is_loaded_is_looked_at_no_more_and_the_rest_is() -> None:
    before = gc.get_threshold()
    subprocess.run([sys.executable, "-c", SETTLED], check=True, timeout=60)
    assert gc.get_threshold() == before
