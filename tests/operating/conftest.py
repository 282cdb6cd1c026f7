"""Data directories that PostgreSQL need not make from nothing each time."""

from tests.embedded.conftest import data_dir, made_once

__all__ = ["data_dir", "made_once"]
