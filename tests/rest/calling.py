"""Calls of the REST API that are to succeed, or to be refused with a status."""

from typing import Any

from httpx import AsyncClient


async def get(api: AsyncClient, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(api: AsyncClient, path: str, body: object, status: int = 200) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()
