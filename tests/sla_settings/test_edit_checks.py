"""What edits of policies and calendars must satisfy."""

import pytest
from msgspec.structs import replace

from service_desk.errors import InvalidInput
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.sla_settings.edit_checks import check_new_calendar, check_new_policy

SAFETY, COUNTER, STANDARD = SHIPPED_POLICIES
OFFICE = Calendar(week={"mon": [("09:00", "18:00")]})


async def test_suppliers_must_exist(desk: str) -> None:
    vip = Policy(name="vip", targets={"response": 600}, match=Match(suppliers=("Nobody & Co",)))
    with pytest.raises(InvalidInput, match="no supplier Nobody & Co"):
        await check_new_policy(vip)


@pytest.mark.parametrize("name", ["a/b", " a"])
async def test_names_are_usable_in_paths(desk: str, name: str) -> None:
    with pytest.raises(InvalidInput, match="not contain a slash"):
        await check_new_policy(replace(STANDARD, name=name))
    with pytest.raises(InvalidInput, match="not contain a slash"):
        await check_new_calendar(name, OFFICE)


async def test_the_shipped_name_with_a_slash_is_accepted(desk: str) -> None:
    assert "/" in COUNTER.name
    await check_new_policy(COUNTER)
