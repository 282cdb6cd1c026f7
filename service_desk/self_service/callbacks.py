"""A customer requests a callback, which the ticket waits for until a call is answered.

The request is on the ticket's row, where the queue finds it. It ends with an answered call
(conversation.log_call) or with the ticket. The response and next_response clocks say when it is
due, as for any message of the customer's.
"""

from datetime import datetime

from service_desk.principal import CUSTOMER
from service_desk.rules.tickets.message_events import CallbackRequested
from service_desk.rules.tickets.vocabulary import Channel
from service_desk.tickets.change import change_ticket
from service_desk.tickets.conversation import receive
from service_desk.tickets.refusals import surviving_number


async def request_callback(
    number: str,
    phone: str | None,
    *,
    now: datetime,
    body: str | None = None,
    channel: Channel = "sms",
    provider_id: str | None = None,
) -> None:
    """`phone`: E.164, None if unknown. `body`: the message with the request, unless it is on the
    ticket already. Raises NotFound."""
    number = await surviving_number(number)
    async with change_ticket(number, actor=CUSTOMER, now=now) as change:
        if body is not None:
            await receive(change, body, channel, provider_id)
        change.record(CallbackRequested(phone))
        if change.ticket.callback_requested_at is None:  # a second request waits since the first
            change.set(callback_requested_at=change.now)
