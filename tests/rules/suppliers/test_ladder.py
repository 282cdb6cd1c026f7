from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.suppliers.ladder import (
    ComplaintFund,
    IssuedRung,
    LadderPolicy,
    Offence,
    ProposalReason,
    RungProposal,
    SupplierFacts,
    month_of,
    propose,
    propose_late_referral,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY = LadderPolicy()
TODAY = date(2026, 11, 21)
SINCE = date(2026, 2, 1)
LEAKS, NOISE = 1, 2


def offences(count: int, on: date, category: int | None = LEAKS, first: int = 1) -> list[Offence]:
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=SHANGHAI)
    return [
        Offence(f"{number:03}", category, noon + timedelta(minutes=number))
        for number in range(first, first + count)
    ]


def proposals(
    given_offences: list[Offence],
    *,
    issued: tuple[IssuedRung, ...] = (),
    first_seen_on: date = SINCE,
    contract: date | None = None,
) -> tuple[RungProposal, ...]:
    facts = SupplierFacts(tuple(given_offences), first_seen_on, issued, contract)
    return propose(facts, today=TODAY, tz=SHANGHAI, policy=POLICY)


def rungs(found: tuple[RungProposal, ...]) -> list[str]:
    return [proposal.rung for proposal in found]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, []), (3, ["verbal_warning"]), (4, ["verbal_warning", "ultimatum"])],
)
def test_rungs_by_number_of_offences(count: int, expected: list[str]) -> None:
    assert rungs(proposals(offences(count, date(2026, 10, 5)))) == expected


def test_a_proposal_has_evidence_and_reason() -> None:
    assert proposals(offences(3, date(2026, 10, 5))) == (
        RungProposal(
            "verbal_warning", LEAKS, date(2026, 10, 1), ("001", "002", "003"), ProposalReason(3, 2)
        ),
    )


def test_categories_and_months_are_counted_apart() -> None:
    apart = offences(2, date(2026, 10, 5)) + offences(2, date(2026, 10, 5), NOISE, 10)
    assert rungs(proposals(apart)) == []
    assert rungs(proposals(apart + offences(2, date(2026, 11, 5), LEAKS, 20))) == []


def test_offences_without_a_category_count_for_no_rung_of_one() -> None:
    assert rungs(proposals(offences(9, date(2026, 10, 5), None))) == []


def test_months_are_those_of_the_desks_time_zone() -> None:
    # 16:30 UTC on 31 October is half past midnight on 1 November in Shanghai.
    late = [Offence(str(n), LEAKS, datetime(2026, 10, 31, 16, 30, n, tzinfo=UTC)) for n in range(3)]
    assert [proposal.month for proposal in proposals(late)] == [date(2026, 11, 1)]


def test_removal_needs_an_issued_ultimatum_of_the_month_before() -> None:
    ultimatum = IssuedRung("ultimatum", LEAKS, date(2026, 10, 1))
    again = offences(3, date(2026, 11, 5))
    assert rungs(proposals(again)) == ["verbal_warning"]
    assert rungs(proposals(again, issued=(ultimatum,))) == ["verbal_warning", "removal"]
    removal = proposals(again, issued=(ultimatum,))[1]
    assert removal.because == ProposalReason(
        3, 2, ultimatum_month=date(2026, 10, 1), forfeits_deposit=True
    )
    assert rungs(proposals(offences(2, date(2026, 11, 5)), issued=(ultimatum,))) == []
    two_months_later = offences(3, date(2026, 12, 5))
    assert rungs(proposals(two_months_later, issued=(ultimatum,))) == ["verbal_warning"]
    other_category = offences(3, date(2026, 11, 5), NOISE)
    assert rungs(proposals(other_category, issued=(ultimatum,))) == ["verbal_warning"]
    over_new_year = IssuedRung("ultimatum", LEAKS, date(2025, 12, 1))
    assert "removal" in rungs(proposals(offences(3, date(2026, 1, 5)), issued=(over_new_year,)))


def test_complaint_fund_once_per_contract() -> None:
    spread = [
        offence
        for place in range(26)
        for offence in offences(1, date(2026, 2 + place % 9, 5), place, place)
    ]
    assert rungs(proposals(spread[:25])) == []
    (fund,) = proposals(spread)
    assert fund.rung == "complaint_fund"
    assert fund.month == SINCE
    assert fund.because == ProposalReason(26, 25, amount=100_000)
    assert len(fund.evidence) == 26
    assert rungs(proposals(spread, contract=date(2026, 6, 15))) == []


def test_a_ticket_counts_towards_the_fund_of_one_contract() -> None:
    spread = [
        offence
        for place in range(52)
        for offence in offences(1, date(2026, 2 + place % 9, 5), place, place)
    ]
    paid = ComplaintFund(date(2026, 2, 1), tuple(offence.ticket for offence in spread[:26]))
    since = date(2026, 1, 1)  # the date of the contract was corrected
    facts = SupplierFacts(tuple(spread[:51]), SINCE, (), since, funds=(paid,))
    assert propose(facts, today=TODAY, tz=SHANGHAI, policy=POLICY) == ()
    facts = SupplierFacts(tuple(spread), SINCE, (), since, funds=(paid,))
    (fund,) = propose(facts, today=TODAY, tz=SHANGHAI, policy=POLICY)
    assert set(fund.evidence) == {offence.ticket for offence in spread[26:]}


def test_an_award_for_each_full_year_without_an_offence() -> None:
    assert [p.month for p in proposals([], first_seen_on=date(2024, 1, 1))] == [
        date(2024, 12, 1),
        date(2025, 12, 1),
    ]
    assert [p.month for p in proposals([], first_seen_on=date(2024, 1, 2))] == [date(2025, 12, 1)]
    once = offences(1, date(2025, 12, 31))
    assert rungs(proposals(once, first_seen_on=date(2025, 1, 1))) == []
    assert rungs(proposals([], first_seen_on=date(2026, 1, 1))) == []


def test_late_referral_charges_the_compensation_and_a_fine() -> None:
    proposal = propose_late_referral(
        "100014",
        category=LEAKS,
        due_at=datetime(2026, 10, 31, 20, tzinfo=UTC),
        compensation=5_000,
        tz=SHANGHAI,
        policy=POLICY,
    )
    assert proposal.month == date(2026, 11, 1)
    assert proposal.because == ProposalReason(1, amount=5_000, fine=2_000)


def test_no_policy_makes_misuse_an_offence() -> None:
    assert POLICY.counted_causes == ("supplier_quality",)
    policy = LadderPolicy(causes=("unfounded", "logistics", "customer_misuse", "force_majeure"))
    assert policy.counted_causes == ("logistics",)


moments = st.datetimes(datetime(2025, 11, 1), datetime(2026, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the time zone
many = st.lists(st.tuples(st.sampled_from([LEAKS, NOISE, None]), moments), max_size=60).map(
    lambda rows: [Offence(f"{n:03}", *row) for n, row in enumerate(rows)]
)
ultimatums = st.sets(
    st.tuples(
        st.sampled_from([LEAKS, NOISE]),
        st.sampled_from([date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]),
    )
)


@given(many, ultimatums)
def test_proposals_match_counting_every_month(
    given_offences: list[Offence], ultimatum_months: set[tuple[int, date]]
) -> None:
    issued = tuple(IssuedRung("ultimatum", category, month) for category, month in ultimatum_months)
    found = proposals(given_offences, issued=issued)
    expected: set[tuple[str, int | None, int, int]] = set()
    for year, month in [(2025, 11), (2025, 12), (2026, 1), (2026, 2), (2026, 3)]:
        for category in (LEAKS, NOISE):
            count = 0
            for offence in given_offences:
                there = (offence.at + timedelta(hours=8)).timetuple()
                same_month = (there.tm_year, there.tm_mon) == (year, month)
                count += same_month and offence.category == category
            before = date(year - 1, 12, 1) if month == 1 else date(year, month - 1, 1)
            if count >= 3:
                expected.add(("verbal_warning", category, year, month))
            if count >= 4:
                expected.add(("ultimatum", category, year, month))
            if count >= 3 and (category, before) in ultimatum_months:
                expected.add(("removal", category, year, month))
    if len(given_offences) >= 26:
        expected.add(("complaint_fund", None, SINCE.year, SINCE.month))
    assert {(p.rung, p.category, p.month.year, p.month.month) for p in found} == expected
    assert len(found) == len(expected)
    for proposal in found:
        assert proposal.because.count == len(proposal.evidence) > proposal.because.above


@given(many, st.randoms())
def test_the_order_of_the_facts_does_not_matter(
    given_offences: list[Offence], random: Random
) -> None:
    shuffled = list(given_offences)
    random.shuffle(shuffled)
    assert proposals(shuffled) == proposals(given_offences)


@given(moments)
def test_month_of_is_a_first_day(at: datetime) -> None:
    month = month_of(at, SHANGHAI)
    assert month.day == 1
    assert month <= at.astimezone(SHANGHAI).date() < month + timedelta(days=31)
