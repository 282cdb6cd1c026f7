"""What is sent to PostgreSQL, to count its round trips."""

from typing import Any

import asyncpg
import pytest


def record_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The list that every statement from now on is added to."""
    connection: Any = asyncpg.Connection  # its stubs leave out what is private
    statements: list[str] = []
    execute = connection._execute

    async def recorded(self: Any, query: str, *args: Any, **more: Any) -> Any:
        statements.append(query)
        return await execute(self, query, *args, **more)

    monkeypatch.setattr(connection, "_execute", recorded)
    return statements
