"""`sla replay`: outcomes under other policies."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from service_desk.clocks.replay import ChangedClock, replay
from service_desk.database import fetch, transaction
from service_desk.rules.clocks.replay import Scenario
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match, Policy
from service_desk.rules.tickets.vocabulary import Severity
from service_desk.sla_settings.editing import save_policy
from service_desk.sla_settings.rollout import roll_out_terms
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from tests.factories import NOW, make_staff, make_ticket

HOUR = timedelta(hours=1)
STRICT = Policy(name="strict", targets={"response": 1800, "handling": 14400, "resolution": 172800})


async def test_a_replay_lists_changed_clocks_and_writes_nothing(desk: str) -> None:
    agent = await make_staff()
    quick, slow = (await make_ticket("One")).number, (await make_ticket("Two")).number
    await conversation.reply(quick, "Hi", staff_id=agent, now=NOW + 0.4 * HOUR)
    await conversation.reply(slow, "Hi", staff_id=agent, now=NOW + HOUR)
    before = await fetch("SELECT * FROM clock ORDER BY id")
    result = await replay(Scenario((STRICT,)), NOW - HOUR, NOW + HOUR, NOW + HOUR)
    response = result.clocks["response"]
    assert (response.judged, response.met, response.would_be_met) == (2, 2, 1)
    assert result.changed == [ChangedClock(slow, "response", NOW, "met", "missed")]
    assert await fetch("SELECT * FROM clock ORDER BY id") == before


async def test_replay_under_a_milder_policy(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + 3 * HOUR)
    mild = replace(STRICT, targets=dict(STRICT.targets) | {"response": 4 * 3600})
    result = await replay(Scenario((mild,)), NOW, NOW + HOUR, NOW + 3 * HOUR)
    assert result.changed == [ChangedClock(number, "response", NOW, "missed", "met")]


async def test_replay_follows_a_ticket_that_changes(desk: str) -> None:
    """The change to high severity left it under the standard policy; the replay chooses again."""
    agent, number = await make_staff(), (await make_ticket()).number
    soon = NOW + timedelta(minutes=1)
    await classify(number, Classification(severity="high"), staff_id=agent, now=soon)
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    strict = replace(STRICT, match=Match(severities=("high",)))
    result = await replay(Scenario((strict,)), NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert result.changed == [ChangedClock(number, "response", NOW, "met", "missed")]


async def test_a_clock_judged_on_one_side_only_counts_as_changed(desk: str) -> None:
    number = (await make_ticket()).number
    result = await replay(Scenario((STRICT,)), NOW, NOW + HOUR, NOW + HOUR)
    assert result.changed == [ChangedClock(number, "response", NOW, "running", "missed")]
    row = result.clocks["response"]
    assert (row.judged, row.would_be_judged, row.would_be_met) == (0, 1, 0)
    only_handling = replace(STRICT, targets={"handling": 14400})
    result = await replay(Scenario((only_handling,)), NOW, NOW + HOUR, NOW + 3 * HOUR)
    assert result.changed == [ChangedClock(number, "response", NOW, "missed", "none")]


async def test_tickets_that_the_scenario_does_not_match_are_unchanged(desk: str) -> None:
    agent = await make_staff()
    number = (await make_ticket()).number
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    repairs = Policy(name="strict", targets=STRICT.targets, match=Match(kinds=("repair",)))
    result = await replay(Scenario((repairs,)), NOW - HOUR, NOW + HOUR, NOW + HOUR)
    assert result.changed == []
    assert result.tickets == 1


async def test_replay_follows_a_change_of_supplier(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket(supplier="Pumps & Co")).number
    await make_ticket(supplier="Motors Ltd", phone="+8613800138001")
    strict = replace(STRICT, match=Match(suppliers=("Motors Ltd",)))
    await classify(number, Classification(supplier="Motors Ltd"), staff_id=agent, now=NOW)
    await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    await classify(number, Classification(supplier=None), staff_id=agent, now=NOW + 1.5 * HOUR)
    result = await replay(Scenario((strict,)), NOW, NOW + HOUR, NOW + 1.7 * HOUR)
    assert ChangedClock(number, "response", NOW, "met", "missed") in result.changed


@pytest.mark.parametrize("unchanged", SHIPPED_POLICIES, ids=lambda policy: policy.name)
async def test_replaying_one_policy_as_it_is_changes_nothing(desk: str, unchanged: Policy) -> None:
    """Late tickets under each shipped policy; one of them changes policy twice."""
    agent = await make_staff()
    safety = await make_ticket(severity="safety")
    counter = await make_ticket(kind="exchange_return", channel="counter", phone="+8613800138001")
    standard = await make_ticket(phone="+8613800138002")
    changes: list[tuple[Severity, float]] = [("safety", 0.1), ("normal", 0.2)]
    for severity, hours in changes:
        change, at = Classification(severity=severity), NOW + hours * HOUR
        await classify(standard.number, change, staff_id=agent, now=at)
    for number in (safety.number, counter.number, standard.number):
        await conversation.reply(number, "Hi", staff_id=agent, now=NOW + HOUR)
    result = await replay(Scenario((unchanged,)), NOW, NOW + HOUR, NOW + 9 * HOUR)
    assert (result.tickets, result.changed) == (3, [])
    assert list(result.clocks) == ["response", "handling"]
    assert result.clocks["response"].met == result.clocks["response"].would_be_met == 2

    milder = replace(SHIPPED_POLICIES[-1], targets={"response": 60})
    result = await replay(Scenario((milder,)), NOW, NOW + HOUR, NOW + 9 * HOUR)
    missed = [changed.number for changed in result.changed if changed.clock == "response"]
    assert missed == [standard.number]


async def test_clocks_of_one_name_are_paired_by_their_start(desk: str) -> None:
    """The first message was answered late, and no policy promised a next response then."""
    boss = await make_staff("supervisor")
    none = Policy("standard", {"response": 7200})
    promised = Policy("standard", {"response": 7200, "next_response": 3600})
    await save_policy(none, apply_to_open=False, staff_id=boss, now=NOW)
    number = (await make_ticket()).number
    at = [NOW + hours * HOUR for hours in (1, 2, 5, 6, 7, 7.5)]
    await conversation.reply(number, "Hi", staff_id=boss, now=at[0])
    await conversation.receive_message(number, "And?", channel="sms", now=at[1])
    await conversation.reply(number, "Late", staff_id=boss, now=at[2])
    await save_policy(promised, apply_to_open=True, staff_id=boss, now=at[3])
    await roll_out_terms(at[3])
    await conversation.receive_message(number, "And now?", channel="sms", now=at[4])
    await conversation.reply(number, "In time", staff_id=boss, now=at[5])
    result = await replay(Scenario((promised,)), NOW, NOW + HOUR, NOW + 9 * HOUR)
    assert result.changed == [ChangedClock(number, "next_response", at[1], "none", "missed")]
    row = result.clocks["next_response"]
    assert (row.judged, row.met, row.would_be_judged, row.would_be_met) == (1, 1, 2, 1)


async def test_promises_made_at_the_same_instant_are_distinguished(desk: str) -> None:
    agent, number = await make_staff(), (await make_ticket()).number
    for hours in (3, 1):
        await progress.promise(number, NOW + hours * HOUR, staff_id=agent, now=NOW)
    result = await replay(Scenario((STRICT,)), NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert "promise" not in {changed.clock for changed in result.changed}
    assert result.clocks["promise"].judged == 1


async def test_clocks_come_in_the_order_of_a_tickets_life(desk: str) -> None:
    """Not in the order of the first ticket's clocks."""
    agent = await make_staff()
    for phone, hours in (("+8613800138001", 1), ("+8613800138002", 9)):
        number = (await make_ticket(phone=phone)).number
        await progress.refer(number, "May I?", staff_id=agent, now=NOW)
        await progress.promise(number, NOW + HOUR, staff_id=agent, now=NOW)
        await conversation.reply(number, "Hi", staff_id=agent, now=NOW + hours * HOUR)
        await conversation.receive_message(number, "Hm", channel="sms", now=NOW + 9 * HOUR)
    result = await replay(Scenario((STRICT,)), NOW, NOW + HOUR, NOW + 99 * HOUR)
    assert list(result.clocks) == [
        "response", "handling", "resolution", "next_response", "promise", "referral",
    ]  # fmt: skip
    assert [changed.clock for changed in result.changed] == [
        "response", "next_response", "referral", "next_response", "referral",
    ]  # fmt: skip


async def test_an_unreadable_history_is_skipped(desk: str) -> None:
    bad = (await make_ticket()).number
    good = (await make_ticket(phone="+8613800138009")).number
    async with transaction():
        await fetch("SET LOCAL session_replication_role = replica")
        await fetch(
            "UPDATE ticket_event SET data = '{}' WHERE type = 'sla.policy_applied' "
            "AND ticket = (SELECT id FROM ticket WHERE number = $1)",
            bad,
        )
    result = await replay(Scenario((STRICT,)), NOW, NOW + HOUR, NOW + HOUR)
    assert {changed.number for changed in result.changed} == {good}
    assert (result.tickets, [*result.unreadable]) == (1, [bad])
    assert "sla.policy_applied of 2026-10-15" in result.unreadable[bad]
    assert "missing required field `policy`" in result.unreadable[bad]
