"""Roles and scopes."""

import re
from pathlib import Path

from service_desk.principal import SCOPES, SCOPES_OF_ROLE

SOURCES = (Path(__file__).parents[1] / "service_desk").rglob("*.py")


def test_every_scope_guards_a_route() -> None:
    used = {
        scope
        for path in SOURCES
        for scope in re.findall(r'needs_scope\("([a-z:]+)"\)', path.read_text())
    }
    assert used == SCOPES


def test_each_role_has_the_scopes_of_the_one_below() -> None:
    assert SCOPES_OF_ROLE["agent"] < SCOPES_OF_ROLE["supervisor"] <= SCOPES_OF_ROLE["admin"]
