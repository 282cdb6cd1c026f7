"""Files that a person asks for and the worker makes. So far: a month's complaint analysis."""
