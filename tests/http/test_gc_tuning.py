"""Python looks for garbage seldom once the app is loaded, and still finds it."""

import gc
import subprocess
import sys

SETTLED = """
import gc, weakref
from service_desk.http.gc_tuning import GC_THRESHOLDS, tune_gc
tune_gc()
assert gc.get_threshold() == GC_THRESHOLDS and gc.get_freeze_count() > 1000 and gc.isenabled()
class Cycle: ...
cycle = Cycle(); cycle.itself = cycle; gone = weakref.ref(cycle); del cycle
gc.collect()
assert gone() is None
"""


def test_loaded_objects_are_frozen_and_new_garbage_is_collected() -> None:
    before = gc.get_threshold()
    subprocess.run([sys.executable, "-c", SETTLED], check=True, timeout=60)
    assert gc.get_threshold() == before
