"""The terms that an event applies, and what they pause."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from service_desk.rules.clocks.terms import pauses_resolution, terms_of
from service_desk.rules.tickets.events import PolicyApplied
from service_desk.rules.tickets.states import WaitingFor
from tests.rules.by_hand import CALENDARS, HOUR, MONDAY, POLICIES, SAFETY, STANDARD


def test_the_versions_applied_are_the_terms() -> None:
    terms = terms_of(PolicyApplied("safety", 2, 1), POLICIES, CALENDARS)
    assert terms.versions == (2, 1)
    assert terms.policy is SAFETY
    # From 10:00: until noon, and from 13:00 on.
    assert terms.business_time.add_exactly(MONDAY, 3 * HOUR) == MONDAY + 4 * HOUR


def test_without_a_calendar_it_is_around_the_clock() -> None:
    terms = terms_of(PolicyApplied("standard", 1, None), POLICIES, CALENDARS)
    assert terms.versions == (1, None)
    assert terms.business_time.exactly_between(MONDAY, MONDAY + 100 * HOUR) == timedelta(hours=100)


@pytest.mark.parametrize("on_supplier", [True, False])
@pytest.mark.parametrize("on_parts", [True, False])
@pytest.mark.parametrize("waiting_for", ["customer", "supplier", "parts", None])
def test_waiting_for_the_customer_pauses_for_others_if_the_policy_says_so(
    waiting_for: WaitingFor | None, *, on_supplier: bool, on_parts: bool
) -> None:
    policy = replace(STANDARD, pause_on_supplier=on_supplier, pause_on_parts=on_parts)
    expected = {"customer": True, "supplier": on_supplier, "parts": on_parts, None: False}
    assert pauses_resolution(waiting_for, policy) == expected[waiting_for]
