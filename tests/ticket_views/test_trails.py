"""The history of a clock over HTTP: events and stretches with their triggers and terms."""

from datetime import datetime, timedelta
from typing import Any

from httpx import AsyncClient
from msgspec.structs import replace

from service_desk.clocks.sweep import record_due_levels
from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES
from service_desk.sla_settings.editing import save_calendar, save_policy
from service_desk.tickets import conversation, progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.due_times import set_due
from tests.factories import NOW, make_staff, make_ticket, resolve

HOUR = timedelta(hours=1)
OFFICE = Calendar(week={"thu": [("09:00", "12:00"), ("13:00", "18:00")]})


async def get(api: AsyncClient, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_history_of_a_clock(api: AsyncClient) -> None:
    boss = await make_staff("supervisor")
    by: dict[str, Any] = {"staff_id": boss}
    number = (await make_ticket()).number
    await progress.wait(number, "customer", "Which model?", now=NOW + HOUR, **by)
    await conversation.receive_message(number, "W1", channel="sms", now=NOW + 6 * HOUR)
    await classify(number, Classification(severity="safety"), now=NOW + 7 * HOUR, **by)
    await set_due(number, "resolution", NOW + 30 * HOUR, "Parts", now=NOW + 8 * HOUR, **by)
    await record_due_levels(NOW + 60 * HOUR)
    history = await get(api, f"/tickets/{number}/clocks/resolution/history")
    assert (history["ticket"], history["clock"]) == (number, "resolution")
    (trail,) = history["clocks"]
    assert trail["state"] == "breached"
    assert (trail["due_set_manually"], trail["due_reason"]) == (True, "Parts")
    (safety,) = (await get(api, "/sla/policies/safety/versions"))["items"]
    assert trail["policy"] == {"id": safety["id"], "name": "safety", "version": 1}
    assert trail["calendar"] is None
    assert trail["paused_seconds"] == 5 * 3600
    events: list[tuple[Any, ...]] = [
        (e["type"], hours(e["at"]), cause_of(e)) for e in trail["events"]
    ]
    assert events[:5] == [
        ("clock.started", 0, "ticket.opened"),
        ("clock.paused", 1, "ticket.waiting"),
        ("clock.resumed", 6, "ticket.resumed"),
        ("clock.due_moved", 7, "sla.policy_applied"),
        ("clock.due_moved", 8, "due.set"),
    ]
    assert [e["percent"] for e in trail["events"][5:]] == [50, 80, 100, 100, 150]
    assert {"clock.level_reached", "clock.breached"} == {e["type"] for e in trail["events"][5:]}
    moved = trail["events"][3]
    assert (hours(moved["due_before"]), hours(moved["due_at"])) == (53, 29)
    assert moved["policy"]["name"] == "safety"
    assert trail["events"][1]["policy"]["name"] == "standard"
    assert trail["events"][4]["because"]["data"]["reason"] == "Parts"
    assert trail["events"][1]["because"]["actor"] == f"staff:{boss}"
    assert [(s["state"], hours(s["start"]), s["working_seconds"]) for s in trail["stretches"]][
        :2
    ] == [("running", 0, 3600), ("paused", 1, 5 * 3600)]
    assert trail["stretches"][2]["end"] is None
    for missing, status in [("promise", 404), ("sundial", 400)]:
        answer = await api.get(f"/tickets/{number}/clocks/{missing}/history")
        assert answer.status_code == status, answer.text
    assert (await api.get("/tickets/1/clocks/promise/history")).status_code == 404


async def test_all_clocks_of_a_name_with_their_calendar(api: AsyncClient) -> None:
    by: dict[str, Any] = {"staff_id": await make_staff()}
    await save_calendar("office", OFFICE, apply_to_open=False, now=NOW, **by)
    standard = replace(SHIPPED_POLICIES[-1], calendar="office")
    await save_policy(standard, apply_to_open=False, now=NOW, **by)
    number = (await make_ticket()).number
    await conversation.reply(number, "Hello", now=NOW + HOUR, **by)
    await conversation.receive_message(number, "Hm", channel="sms", now=NOW + 1.5 * HOUR)
    await conversation.reply(number, "Yes", now=NOW + 4 * HOUR, **by)
    await conversation.receive_message(number, "So?", channel="sms", now=NOW + 5 * HOUR)
    history = await get(api, f"/tickets/{number}/clocks/next_response/history")
    first, second = history["clocks"]
    assert [first["ordinal"], second["ordinal"]] == [1, 2]
    assert (first["policy"]["name"], first["policy"]["version"]) == ("standard", 2)
    assert (first["calendar"]["name"], first["calendar"]["version"]) == ("office", 1)
    assert (first["state"], hours(first["met_at"])) == ("met", 4)
    (lived,) = first["stretches"]
    assert lived["working_seconds"] == 1.5 * 3600  # lunch does not count
    assert lived["because"]["type"] == "message.received"
    assert first["events"][-1]["because"]["type"] == "message.sent"
    assert second["due_reason"] is None


async def test_resolved_and_reopened(api: AsyncClient) -> None:
    by: dict[str, Any] = {"staff_id": await make_staff()}
    number = (await make_ticket()).number
    await resolve(number, "Done", now=NOW + HOUR, **by)
    await progress.reopen(number, "Not done", now=NOW + 4 * HOUR, **by)
    (trail,) = (await get(api, f"/tickets/{number}/clocks/resolution/history"))["clocks"]
    assert [(e["type"], cause_of(e)) for e in trail["events"]][:3] == [
        ("clock.started", "ticket.opened"),
        ("clock.met", "ticket.resolved"),
        ("clock.resumed", "ticket.reopened"),
    ]
    assert [s["state"] for s in trail["stretches"]] == ["running", "ended", "running"]
    assert (hours(trail["events"][2]["due_before"]), hours(trail["due_at"])) == (48, 51)


def cause_of(event: dict[str, Any]) -> str | None:
    return event["because"] and event["because"]["type"]


def hours(at: str) -> float:
    return (datetime.fromisoformat(at) - NOW).total_seconds() / 3600
