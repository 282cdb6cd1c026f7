"""argon2 in threads, a few at a time: one verification takes 64 MiB and about 50 ms."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_CONCURRENT_HASHES = 4
HASHER = PasswordHasher()
_slots = asyncio.Semaphore(MAX_CONCURRENT_HASHES)


async def hash_password(password: str) -> str:
    async with _slots:
        return await asyncio.to_thread(HASHER.hash, password)


async def verify_password(password: str, stored: str | None) -> bool:
    """Takes as long for an unknown account (`stored` None) as for a wrong password."""
    async with _slots:
        return await asyncio.to_thread(_verify, password, stored)


def _verify(password: str, stored: str | None) -> bool:
    try:
        return HASHER.verify(stored or _dummy_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    return HASHER.hash("nobody has this password")
