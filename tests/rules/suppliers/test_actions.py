from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.suppliers.actions import (
    DECISIONS,
    ActionChanges,
    RecordedAction,
    reconcile,
    unsupported_actions,
)
from service_desk.rules.suppliers.ladder import (
    IssuedRung,
    Offence,
    ProposalReason,
    Rung,
    RungProposal,
    SupplierFacts,
)

OCTOBER = date(2026, 10, 1)
WARNING = RungProposal("verbal_warning", 1, OCTOBER, ("1", "2", "3"), ProposalReason(3, 2))
PENDING = RecordedAction(7, "verbal_warning", 1, OCTOBER, "proposed", ("1", "2", "3"))
NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)
NOTHING = ActionChanges((), (), (), (), ())


def test_a_rung_is_proposed_once() -> None:
    assert reconcile([WARNING], [], {}) == replace(NOTHING, propose=(WARNING,))
    assert reconcile([WARNING], [PENDING], {}) == NOTHING


def test_proposed_actions_follow_their_evidence() -> None:
    assert reconcile([], [PENDING], {}) == replace(NOTHING, withdraw=(7,))
    more = replace(WARNING, evidence=("1", "2", "3", "4"))
    assert reconcile([more], [PENDING], {}) == replace(NOTHING, refresh=((7, more),))


def test_withdrawn_actions_are_restored_not_duplicated() -> None:
    withdrawn = replace(PENDING, state="withdrawn")
    assert reconcile([], [withdrawn], {}) == NOTHING
    assert reconcile([WARNING], [withdrawn], {}) == replace(NOTHING, refresh=((7, WARNING),))


def test_approved_actions_are_flagged_and_stay() -> None:
    approved = replace(PENDING, state="approved")
    assert reconcile([WARNING], [approved], {7: ("2",)}) == replace(NOTHING, flag=((7, ("2",)),))
    flagged = replace(approved, flagged=True, flagged_tickets=("2",))
    assert reconcile([], [flagged], {7: ("2",)}) == NOTHING
    assert reconcile([], [flagged], {7: ("1", "2")}) == replace(NOTHING, flag=((7, ("1", "2")),))
    assert reconcile([], [flagged], {}) == replace(NOTHING, unflag=(7,))


def test_each_ticket_that_is_no_offence_any_more_is_named() -> None:
    approved = replace(PENDING, state="approved", evidence=("1", "2", "3", "4"))
    assert unsupported_tickets(approved, counting("1", "2", "3", "4", "5")) is None
    assert unsupported_tickets(approved, counting("1", "2", "3", "5")) == ("4",)
    moved = (*counting("1", "2", "3"), Offence("4", 2, NOON))
    assert unsupported_tickets(approved, moved) == ("4",)
    later = (*counting("1", "2", "3"), Offence("4", 1, NOON + timedelta(days=31)))
    assert unsupported_tickets(approved, later) == ("4",)
    assert unsupported_tickets(PENDING, ()) is None


def test_another_contract_does_not_affect_an_approved_fund() -> None:
    fund = RecordedAction(7, "complaint_fund", None, date(2026, 1, 1), "approved", ("1", "2"))
    offences = counting("1", "2")
    assert unsupported_tickets(fund, offences, contract_started_on=date(2026, 11, 1)) is None
    assert unsupported_tickets(fund, offences[:1]) == ("2",)


def test_offences_of_its_year_make_an_award_unsupported() -> None:
    award = RecordedAction(7, "award", None, date(2026, 12, 1), "approved", ())
    assert unsupported_tickets(award, ()) is None
    assert unsupported_tickets(award, (), contract_started_on=date(2026, 6, 1)) is None
    assert unsupported_tickets(award, counting("1")) == ("1",)
    assert unsupported_tickets(replace(award, month=date(2025, 12, 1)), counting("1")) is None


def test_a_removal_is_unsupported_without_its_ultimatum() -> None:
    removal = replace(PENDING, rung="removal", state="approved")
    ultimatum = IssuedRung("ultimatum", 1, date(2026, 9, 1))
    assert unsupported_tickets(removal, counting("1", "2", "3"), issued=(ultimatum,)) is None
    assert unsupported_tickets(removal, counting("1", "2", "3")) == ()


def counting(*tickets: str) -> tuple[Offence, ...]:
    return tuple(Offence(ticket, 1, NOON) for ticket in tickets)


def unsupported_tickets(
    action: RecordedAction, offences: tuple[Offence, ...], **facts: Any
) -> tuple[str, ...] | None:
    known = SupplierFacts(offences, date(2025, 1, 1), **facts)
    return unsupported_actions([action], known, UTC).get(action.id)


def test_rejected_actions_stay_rejected() -> None:
    for state in ("rejected", "overturned"):
        decided = replace(PENDING, state=state)
        assert reconcile([WARNING], [decided], {}) == NOTHING
        assert reconcile([], [decided], {}) == NOTHING


rungs: st.SearchStrategy[Rung] = st.sampled_from(("verbal_warning", "ultimatum"))
keys = st.tuples(rungs, st.sampled_from([1, 2]), st.just(OCTOBER))
evidences = st.lists(st.sampled_from("1234"), unique=True).map(tuple)
some_proposals = st.dictionaries(keys, evidences).map(
    lambda found: [RungProposal(*key, found[key], ProposalReason(3, 2)) for key in found]
)


@given(st.lists(some_proposals, max_size=6), st.data())
def test_sweeping_again_changes_nothing(
    steps: list[list[RungProposal]], data: st.DataObject
) -> None:
    """After a sweep, the proposed actions are the proposals not decided yet."""
    actions: list[RecordedAction] = []
    for found in steps:
        there = {(p.rung, p.category) for p in found}
        unsupported = {
            a.id: a.evidence
            for a in actions
            if a.state == "approved" and (a.rung, a.category) not in there
        }
        actions = apply(reconcile(found, actions, unsupported), actions)
        assert reconcile(found, actions, unsupported) == NOTHING
        assert len({(a.rung, a.category, a.month) for a in actions}) == len(actions)
        wanted = {(p.rung, p.category): p.evidence for p in found}
        for action in actions:
            key = action.rung, action.category
            if action.state == "proposed":
                assert wanted[key] == action.evidence
            if action.state == "approved":
                assert action.flagged == (key not in wanted)
        actions = [
            replace(a, state=data.draw(st.sampled_from(["proposed", "approved", "rejected"])))
            if a.state == "proposed"
            else a
            for a in actions
        ]


def apply(changes: ActionChanges, actions: list[RecordedAction]) -> list[RecordedAction]:
    refreshed, flagged = dict(changes.refresh), dict(changes.flag)
    after = [
        replace(
            action,
            state="withdrawn"
            if action.id in changes.withdraw
            else "proposed"
            if action.id in refreshed
            else action.state,
            evidence=refreshed[action.id].evidence if action.id in refreshed else action.evidence,
            flagged=(action.flagged or action.id in flagged) and action.id not in changes.unflag,
            flagged_tickets=flagged.get(action.id, action.flagged_tickets),
        )
        for action in actions
    ]
    return after + [
        RecordedAction(len(after) + n, p.rung, p.category, p.month, "proposed", p.evidence)
        for n, p in enumerate(changes.propose)
    ]


def test_decisions_by_state() -> None:
    assert DECISIONS == {
        "approve": ("proposed", "approved"),
        "reject": ("proposed", "rejected"),
        "overturn": ("approved", "overturned"),
    }
