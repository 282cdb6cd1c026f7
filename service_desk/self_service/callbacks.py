"""A customer asks to be called back: the ticket waits for a call until one is answered.

The wish stands on the ticket's row, where the queue finds it, and ends with an answered call
(conversation.log_call) or with the ticket. When it is due, the response and next_response clocks
say: the wish itself is a message of the customer's.
"""

from datetime import datetime

from service_desk.tickets.change import CUSTOMER, change_ticket
from service_desk.tickets.conversation import receive


async def request_callback(
    number: str,
    phone: str | None,
    *,
    now: datetime,
    said: str | None = None,
    channel: str = "sms",
    external_id: str | None = None,
) -> None:
    """Put the wish on the ticket. `said`: the text it came in, unless the ticket has it already."""
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        if said is not None:
            await receive(change, said, channel, external_id)
        change.record("callback.requested", phone=phone)
        if (
            change.ticket.callback_requested_at is None
        ):  # asked again, they have waited all the same
            change.set(callback_requested_at=change.now)
