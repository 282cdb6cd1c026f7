# pyright: reportPrivateUsage=false

from typing import get_type_hints

from service_desk.rules.clocks.ticket_clocks import TicketClocks


def test_each_handler_takes_the_data_of_its_event() -> None:
    """The table of handlers cannot say so itself: their types differ."""
    for data, handler in TicketClocks._handlers.items():
        taken = next(iter(get_type_hints(handler).values()))
        assert issubclass(data, taken), (data, handler)
