"""`make bench`: the hot paths, measured beside the machine's own figures (docs/performance.md)."""
