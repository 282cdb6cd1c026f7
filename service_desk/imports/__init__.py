"""Imports complaints from files of other systems (DESIGN §3)."""
