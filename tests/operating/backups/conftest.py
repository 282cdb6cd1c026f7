"""Desks for commands, as for the other commands of an operator."""

from tests.operating.conftest import data_dir, made_once, urls

__all__ = ["data_dir", "made_once", "urls"]
