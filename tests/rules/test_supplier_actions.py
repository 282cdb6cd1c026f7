from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.rules.supplier_actions import DECISIONS, Action, Changes, reconcile
from service_desk.rules.supplier_ladder import Because, Proposal

OCTOBER = date(2026, 10, 1)
WARNING = Proposal("verbal_warning", 1, OCTOBER, ("1", "2", "3"), Because(3, 2))
PENDING = Action(7, "verbal_warning", 1, OCTOBER, "proposed", ("1", "2", "3"))
NOTHING = Changes((), (), (), (), ())


def test_made_once() -> None:
    assert reconcile([WARNING], []) == replace(NOTHING, make=(WARNING,))
    assert reconcile([WARNING], [PENDING]) == NOTHING


def test_pending_ones_follow_their_evidence() -> None:
    assert reconcile([], [PENDING]) == replace(NOTHING, withdraw=(7,))
    more = replace(WARNING, evidence=("1", "2", "3", "4"))
    assert reconcile([more], [PENDING]) == replace(NOTHING, refresh=((7, more),))


def test_withdrawn_ones_come_back_instead_of_being_made_twice() -> None:
    withdrawn = replace(PENDING, state="withdrawn")
    assert reconcile([], [withdrawn]) == NOTHING
    assert reconcile([WARNING], [withdrawn]) == replace(NOTHING, refresh=((7, WARNING),))


def test_approved_ones_are_flagged_and_stay() -> None:
    approved = replace(PENDING, state="approved")
    assert reconcile([], [approved]) == replace(NOTHING, flag=(7,))
    flagged = replace(approved, flagged=True)
    assert reconcile([], [flagged]) == NOTHING
    assert reconcile([WARNING], [flagged]) == replace(NOTHING, unflag=(7,))


def test_what_a_person_refused_stays_refused() -> None:
    for state in ("rejected", "overturned"):
        decided = replace(PENDING, state=state)
        assert reconcile([WARNING], [decided]) == NOTHING
        assert reconcile([], [decided]) == NOTHING


keys = st.tuples(
    st.sampled_from(["verbal_warning", "ultimatum"]), st.sampled_from([1, 2]), st.just(OCTOBER)
)
evidences = st.lists(st.sampled_from("1234"), unique=True).map(tuple)
some_proposals = st.dictionaries(keys, evidences).map(
    lambda found: [Proposal(*key, found[key], Because(3, 2)) for key in found]
)


@given(st.lists(some_proposals, max_size=6), st.data())
def test_sweeping_again_changes_nothing(steps: list[list[Proposal]], data: st.DataObject) -> None:
    """Whatever came before, after a sweep the pending actions are the undecided proposals."""
    actions: list[Action] = []
    for found in steps:
        actions = apply(reconcile(found, actions), actions)
        assert reconcile(found, actions) == NOTHING
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


def apply(changes: Changes, actions: list[Action]) -> list[Action]:
    refreshed = dict(changes.refresh)
    after = [
        replace(
            action,
            state="withdrawn"
            if action.id in changes.withdraw
            else "proposed"
            if action.id in refreshed
            else action.state,
            evidence=refreshed[action.id].evidence if action.id in refreshed else action.evidence,
            flagged=(action.flagged or action.id in changes.flag)
            and action.id not in changes.unflag,
        )
        for action in actions
    ]
    return after + [
        Action(len(after) + n, p.rung, p.category, p.month, "proposed", p.evidence)
        for n, p in enumerate(changes.make)
    ]


def test_only_what_is_pending_is_decided_and_only_what_is_approved_overturned() -> None:
    assert DECISIONS == {
        "approve": ("proposed", "approved"),
        "reject": ("proposed", "rejected"),
        "overturn": ("approved", "overturned"),
    }
