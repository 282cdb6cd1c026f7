"""`make bench`: the hot paths, measured in ratios within one run. See docs/performance.md."""
