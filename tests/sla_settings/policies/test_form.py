"""A policy as a form and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service_desk.errors import InvalidInput
from service_desk.rules.customers.tiering import TIERS
from service_desk.rules.policies.policies import (
    RECIPIENTS,
    SHIPPED_POLICIES,
    Match,
    Policy,
    Recipient,
    check_policy,
)
from service_desk.rules.tickets.vocabulary import CLOCKS_WITH_TARGET, KINDS
from service_desk.sla_settings.policies.form import LevelRow, fields_of, policy_from, read_fields

STANDARD = SHIPPED_POLICIES[-1]
RECIPIENT_SETS = st.sets(st.sampled_from(RECIPIENTS)).map(
    lambda chosen: tuple[Recipient, ...](one for one in RECIPIENTS if one in chosen)
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    levels = sorted(draw(st.sets(st.integers(1, 1000), max_size=6)) | {100})
    return Policy(
        name=draw(st.sampled_from(["vip", "a b", "重点"])),
        targets=draw(st.dictionaries(st.sampled_from(CLOCKS_WITH_TARGET), st.integers(1, 10**7))),
        match=Match(
            kinds=tuple(draw(st.lists(st.sampled_from(KINDS), unique=True))),
            tiers=tuple(draw(st.lists(st.sampled_from(TIERS), unique=True))),
        ),
        calendar=draw(st.sampled_from(["always", "office"])),
        pause_on_supplier=draw(st.booleans()),
        pause_on_parts=draw(st.booleans()),
        levels=tuple(levels),
        recipients={level: draw(RECIPIENT_SETS) for level in levels},
        quiet_hours=draw(st.sampled_from([None, ("22:00", "07:00")])),
    )


@given(policies(), st.integers(0, 9))
def test_round_trip(policy: Policy, based_on: int) -> None:
    check_policy(policy)
    fields = fields_of(policy, based_on)
    assert policy_from(fields) == policy
    assert fields.based_on == based_on


def test_an_unknown_code_is_an_error_and_matches_nothing() -> None:
    fields = fields_of(STANDARD, 1)
    forged = replace(fields, match=fields.match | {"channels": ("web", "pigeon")})
    with pytest.raises(InvalidInput, match="'pigeon' is not known; allowed: web") as refused:
        policy_from(forged)
    assert refused.value.field == "match.channels"


def test_hours_and_minutes() -> None:
    fields = fields_of(STANDARD, 1)
    assert fields.targets["resolution"] == ("48", "0")
    assert fields.targets["referral"] == ("0", "30")
    assert fields_of(replace(STANDARD, targets={"response": 5430}), 1).targets == {
        "response": ("1", "30.5"),
        **dict.fromkeys(("handling", "resolution", "next_response", "referral"), ("", "")),
    }
    assert policy_from(
        replace(fields, targets={"response": ("", "90"), "handling": ("1.5", "")})
    ).targets == {"response": 5400, "handling": 5400}


def test_a_posted_form() -> None:
    fields = read_fields(
        {
            "name": [" vip "],
            "based_on": ["3"],
            "hours.response": ["1"],
            "kinds": ["repair", "enquiry"],
            "pause_on_parts": ["yes"],
            "percent0": ["100"],
            "recipients0": ["admin", "assignee", "nonsense"],
            "percent4": ["80"],
            "quiet_from": ["22:00"],
            "quiet_to": ["07:00"],
        }
    )
    policy = policy_from(fields)
    assert fields.based_on == 3
    assert [level.percent for level in fields.levels] == ["100", "80", "", ""]
    assert policy == Policy(
        name="vip",
        targets={"response": 3600},
        match=Match(kinds=("repair", "enquiry")),
        pause_on_parts=True,
        levels=(80, 100),
        recipients={80: (), 100: ("assignee", "admin")},
        quiet_hours=("22:00", "07:00"),
    )


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"targets": {"response": ("two", "")}}, "targets.response", "as numbers"),
        ({"targets": {"response": ("NaN", "")}}, "targets.response", "as numbers"),
        ({"targets": {"response": ("2", "-1")}}, "targets.response", "as numbers"),
        ({"levels": (LevelRow("80%", ()),)}, "levels", "“80%” is not a percentage"),
        ({"levels": (LevelRow("", ("admin",)),)}, "levels", "not a percentage"),
        ({"levels": (LevelRow("80", ()), LevelRow("80", ()))}, "levels", "80 % is listed twice"),
    ],
)
def test_an_unreadable_field_is_named(change: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        policy_from(replace(fields_of(STANDARD, 1), **change))
    assert refused.value.field == field


def test_a_huge_number_is_left_to_the_rules() -> None:
    fields = replace(fields_of(STANDARD, 1), targets={"response": ("1e99", "")})
    assert policy_from(fields).targets["response"] == 10**9
    assert read_fields({"based_on": ["x"]}).based_on == 0
