"""Long loops let others have their turn."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from service_desk.turns import in_turns


@given(st.lists(st.integers(), max_size=50), st.integers(1, 10))
def test_every_item_comes_and_others_run_after_each_turn(items: list[int], turn: int) -> None:
    seen, others = asyncio.run(looped(items, turn))
    assert seen == items
    assert others == len(items) // turn


async def looped(items: list[int], turn: int) -> tuple[list[int], int]:
    """What the loop saw, and how often something else ran meanwhile."""
    others = 0

    def run() -> None:
        nonlocal others
        others += 1
        asyncio.get_running_loop().call_soon(run)

    asyncio.get_running_loop().call_soon(run)
    seen = [item async for item in in_turns(items, turn)]
    return seen, others
