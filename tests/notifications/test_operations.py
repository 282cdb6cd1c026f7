"""Who is told of what, at once (DESIGN §2.3)."""

from service_desk.database import fetch
from service_desk.notifications.operations import mark_read, set_channels
from service_desk.notifications.queries import count_unread, list_notifications
from service_desk.self_service.rating import rate
from service_desk.tickets import conversation, progress
from service_desk.tickets.compensation import compensate
from service_desk.tickets.unknown_outcomes import record_undelivered
from tests.factories import NOW, make_staff, make_ticket, resolve


async def told(*people: int) -> list[list[str]]:
    """The kinds that each was told, in order; read from now on."""
    found: list[list[str]] = []
    for person in people:
        page = await list_notifications(person, limit=50)
        found.append([one.kind for one in reversed(page.items) if one.read_at is None])
        await mark_read(person, None, now=NOW)
    return found


async def test_a_danger_is_told_to_everybody_at_once(desk: str) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor")
    await fetch("UPDATE staff SET phone = '+8613900139000' WHERE id = $1", agent)
    await set_channels(agent, ["sms", "email"])
    ticket = await make_ticket("热水器漏电，人被电到受伤了")
    assert await told(agent, boss) == [["safety"], ["safety"]]
    sent = await fetch(
        "SELECT channel, recipient FROM outbox WHERE purpose = 'notification' "
        "AND next_attempt_at = $1 ORDER BY id",
        NOW,
    )
    channels = [(row["channel"], row["recipient"]) for row in sent]
    chosen = [("sms", "+8613900139000"), ("email", "agent@desk.test")]
    assert channels == [*chosen, ("email", "supervisor@desk.test")]
    await conversation.receive_message(ticket.number, "Still smoke", channel="sms", now=NOW)
    assert await told(agent) == [[]]  # a danger that is known already


async def test_of_danger_everybody_is_told_outside_the_screen(desk: str) -> None:
    """A clock at 80 % is told by e-mail to whoever chose nothing: a fire is no quieter."""
    unasked, texted, unreachable = [
        await make_staff(email=f"{name}@desk.test") for name in ("unasked", "texted", "no-phone")
    ]
    await fetch("UPDATE staff SET phone = '+8613900139000' WHERE id = $1", texted)
    for person in (texted, unreachable):
        await set_channels(person, ["sms"])
    await make_ticket("It is on fire")
    sent_by = [
        list((await list_notifications(person, limit=1)).items[0].sent_by)
        for person in (unasked, texted, unreachable)
    ]
    assert sent_by == [["email"], ["sms"], ["email"]]
    number = (await make_ticket("It is loud", phone="+8613900139001")).number
    await progress.assign(number, "unasked@desk.test", staff_id=texted, now=NOW)
    (assigned,) = (await list_notifications(unasked, limit=1)).items
    assert (assigned.kind, list(assigned.sent_by)) == ("assigned", [])


async def test_each_is_told_what_concerns_them_but_not_what_they_did(desk: str) -> None:
    agent, boss = await make_staff(), await make_staff("supervisor")
    other = await make_staff(email="other@desk.test")
    number = (await make_ticket()).number
    await progress.assign(number, "agent@desk.test", staff_id=boss, now=NOW)
    assert await told(agent, boss) == [["assigned"], []]
    await progress.assign(number, "other@desk.test", staff_id=other, now=NOW)
    assert await told(other) == [[]]
    await progress.assign(number, "agent@desk.test", staff_id=agent, now=NOW)
    await conversation.receive_message(number, "Any news?", channel="sms", now=NOW)
    assert await told(agent, boss) == [["customer_message"], []]
    await progress.refer(number, "May we pay?", staff_id=agent, now=NOW)
    assert await told(agent, boss) == [[], ["referred"]]
    await conversation.add_note(number, "Yes", staff_id=boss, now=NOW)
    assert await told(agent, boss) == [["answered"], []]
    await compensate(number, 100, "CNY", "A wet floor", staff_id=agent, now=NOW)
    assert await told(agent, boss) == [[], ["decision_waiting"]]
    await conversation.reply(number, "We come", staff_id=agent, now=NOW)
    await fetch("UPDATE outbox SET state = 'failed' WHERE purpose = 'reply'")
    await record_undelivered(NOW)
    assert await told(agent, boss) == [["message_failed"], []]
    await resolve(number, staff_id=agent, now=NOW)
    await rate(number, 1, now=NOW)
    assert await told(agent, boss) == [[], ["low_rating"]]


async def test_what_was_read_is_counted_no_more(desk: str) -> None:
    agent = await make_staff()
    await make_ticket("It is on fire")
    (one,) = (await list_notifications(agent, limit=9)).items
    assert (one.ticket, await count_unread(agent)) == ("100014", 1)
    assert await mark_read(agent, [one.id + 1], now=NOW) == 0
    assert await mark_read(agent, [one.id], now=NOW) == 1
    assert await count_unread(agent) == 0
