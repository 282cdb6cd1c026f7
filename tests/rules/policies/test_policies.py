import msgspec
import pytest
from msgspec.structs import replace

from service_desk.rules.policies.policies import (
    SHIPPED_POLICIES,
    Match,
    Policy,
    PolicyError,
    PolicyFacts,
    check_policy,
    choose_policy,
    matches,
)

ANY = PolicyFacts(kind="complaint", channel="sms", severity="normal", tier="B", supplier="Haier")


@pytest.mark.parametrize(
    ("facts", "name", "minutes"),
    [
        (ANY, "standard", (120, 240, 2880)),
        (replace(ANY, severity="safety"), "safety", (15, 60, 1440)),
        (replace(ANY, kind="exchange_return"), "standard", (120, 240, 2880)),
        (replace(ANY, kind="repair"), "standard", (120, 240, 2880)),
        (
            replace(ANY, kind="repair", channel="counter"),
            "counter exchange/return",
            (120, 10, 2880),
        ),
        (replace(ANY, channel="counter"), "standard", (120, 240, 2880)),
        (
            replace(ANY, kind="exchange_return", channel="counter"),
            "counter exchange/return",
            (120, 10, 2880),
        ),
        (
            PolicyFacts(kind="exchange_return", channel="counter", severity="safety"),
            "safety",
            (15, 60, 1440),
        ),
    ],
)
def test_the_shipped_policies(facts: PolicyFacts, name: str, minutes: tuple[int, ...]) -> None:
    chosen = choose_policy(SHIPPED_POLICIES, facts)
    assert chosen is not None
    policy = SHIPPED_POLICIES[chosen]
    assert policy.name == name
    promised = tuple(policy.targets[clock] for clock in ("response", "handling", "resolution"))
    assert promised == tuple(60 * minute for minute in minutes)
    assert policy.targets["next_response"] == 120 * 60
    assert policy.targets["referral"] == 30 * 60
    assert policy.calendar == "always"
    check_policy(policy)


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        (Match(), True),
        (Match(kinds=("repair", "complaint")), True),
        (Match(kinds=("repair",)), False),
        (Match(channels=("web",)), False),
        (Match(severities=("normal",), tiers=("A", "B")), True),
        (Match(severities=("normal",), tiers=("A",)), False),
        (Match(suppliers=("Haier",)), True),
        (Match(suppliers=("Midea",)), False),
    ],
)
def test_matching(match: Match, *, matched: bool) -> None:
    assert matches(match, ANY) == matched


def test_a_ticket_without_tier_or_supplier_matches_no_list() -> None:
    unknown = replace(ANY, tier=None, supplier=None)
    assert matches(Match(), unknown)
    assert not matches(Match(tiers=("A", "B", "C")), unknown)
    assert not matches(Match(suppliers=("Haier",)), unknown)


def test_the_first_match_wins_and_there_may_be_none() -> None:
    first = Policy(name="first", targets={}, match=Match(tiers=("B",)))
    second = Policy(name="second", targets={})
    assert choose_policy((first, second), ANY) == 0
    assert choose_policy((second, first), ANY) == 0
    assert choose_policy((first,), replace(ANY, tier="C")) is None


def test_a_policy_survives_encoding() -> None:
    for policy in SHIPPED_POLICIES:
        assert msgspec.json.decode(msgspec.json.encode(policy), type=Policy) == policy


def test_a_level_may_have_no_recipients() -> None:
    check_policy(Policy("quiet", {}, levels=(60, 100), recipients={60: (), 100: ("assignee",)}))


@pytest.mark.parametrize(
    "change",
    [
        {"match": {"kinds": ["visit"]}},
        {"match": {"channels": ["pigeon"]}},
        {"match": {"severities": ["grave"]}},
        {"match": {"tiers": ["D"]}},
        {"recipients": {"100": ["mayor"]}},
    ],
)
def test_only_known_codes_are_read(change: dict[str, object]) -> None:
    policy: dict[str, object] = {"name": "vip", "targets": {}, **change}
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value"):
        msgspec.convert(policy, Policy, strict=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "1 to 60 characters"),
        ({"targets": {"promise": 60}}, "'promise' is not known; allowed: response"),
        ({"targets": {"response": 0}}, "targets.response: Give a target between"),
        ({"targets": {"response": 400 * 86_400}}, "targets.response: Give a target between"),
        ({"levels": (50, 80)}, "100 must be included"),
        ({"levels": (100, 50)}, "ascending"),
        ({"levels": (50, 50, 100)}, "ascending"),
        ({"levels": (0, 100)}, "ascending"),
        ({"levels": (60, 100)}, "recipients.60: Name the recipients at 60 %"),
    ],
)
def test_policies_that_cannot_be_used(change: dict[str, object], says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        check_policy(replace(SHIPPED_POLICIES[0], **change))
