import pytest

from service_desk.rules.tickets.states import (
    ALLOWED_MOVES,
    TICKET_STATES,
    IllegalMove,
    check_move,
)

REFUSED = {
    ("resolved", "waiting_customer"),
    ("resolved", "waiting_supplier"),
    ("resolved", "waiting_parts"),
    ("closed", "waiting_customer"),
    ("closed", "waiting_supplier"),
    ("closed", "waiting_parts"),
    ("closed", "resolved"),
}


def test_all_moves() -> None:
    for present in TICKET_STATES:
        for wanted in TICKET_STATES:
            refused = wanted in (present, "new") or (present, wanted) in REFUSED
            assert (wanted in ALLOWED_MOVES[present]) != refused


def test_an_illegal_move_names_the_allowed_ones() -> None:
    check_move("resolved", "open")
    with pytest.raises(
        IllegalMove, match="resolved cannot become waiting_parts; it can"
    ) as refused:
        check_move("resolved", "waiting_parts")
    assert refused.value.present == "resolved"
    assert refused.value.allowed == ("open", "closed")
