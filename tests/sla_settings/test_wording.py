"""Policies and calendars as lines, and the lines that an edit changes."""

from msgspec.structs import replace

from service_desk.rules.calendars.business_time import Calendar
from service_desk.rules.policies.policies import SHIPPED_POLICIES, Match
from service_desk.sla_settings.wording import (
    ChangedField,
    calendar_lines,
    changes,
    field_label,
    policy_lines,
    version_changes,
)

SAFETY, COUNTER, STANDARD = SHIPPED_POLICIES


def test_the_lines_of_a_policy() -> None:
    assert policy_lines(COUNTER, "en") == {
        "Response": "2 h",
        "Handling": "10 min",
        "Resolution": "48 h",
        "Next response": "2 h",
        "Referral": "30 min",
        "Kind": "Exchange or return, Repair",
        "Channel": "Counter",
        "Working hours": "around the clock",
        "Alert at 50 %": "In the app",
        "Alert at 80 %": "Assignee",
        "Alert at 100 %": "Assignee, Supervisor",
        "Alert at 150 %": "Assignee, Supervisor, Administrator",
    }
    chinese = policy_lines(COUNTER, "zh")
    assert chinese["处理方案"] == "10分钟"
    assert chinese["类型"] == "退换货、维修"


def test_only_what_changes() -> None:
    edited = replace(
        STANDARD,
        targets=dict(STANDARD.targets) | {"resolution": 86_400},
        match=Match(tiers=("A",), suppliers=("Acme",)),
        calendar="office",
        pause_on_parts=True,
        quiet_hours=("22:00", "07:00"),
        recipients={100: ()},
    )
    assert changes(policy_lines(STANDARD, "en"), policy_lines(edited, "en")) == [
        ChangedField("Resolution", "48 h", "24 h"),
        ChangedField("Customer tier", "–", "A"),
        ChangedField("Supplier", "–", "Acme"),
        ChangedField("Working hours", "around the clock", "office"),
        ChangedField("Pauses while waiting for parts", "–", "yes"),
        ChangedField("Alert at 50 %", "In the app", "nobody"),
        ChangedField("Alert at 80 %", "Assignee", "nobody"),
        ChangedField("Alert at 100 %", "Assignee, Supervisor", "nobody"),
        ChangedField("Alert at 150 %", "Assignee, Supervisor, Administrator", "nobody"),
        ChangedField("Quiet hours", "–", "22:00–07:00"),
    ]
    back = changes(policy_lines(edited, "en"), policy_lines(STANDARD, "en"))
    assert ChangedField("Quiet hours", "22:00–07:00", "–") in back


def test_a_calendar_and_its_versions() -> None:
    first = Calendar(week={"mon": [("09:00", "12:00")]}, closed_dates=["2026-12-25"])
    second = replace(
        first, closed_dates=[], date_hours={"2026-12-26": [("10:00", "24:00")]}, tz="UTC"
    )
    lines = [calendar_lines(calendar, "en") for calendar in (second, first)]
    newest, oldest = version_changes(lines)
    assert newest == [
        ChangedField("Time zone", "Asia/Shanghai", "UTC"),
        ChangedField("2026-12-26", "–", "10:00–24:00"),
        ChangedField("2026-12-25", "closed", "–"),
    ]
    assert oldest[0] == ChangedField("Monday", "–", "09:00–12:00")
    assert version_changes([]) == []


def test_labels_of_fields() -> None:
    for field, label in [
        ("targets.next_response", "Next response"),
        ("week.wed", "Wednesday"),
        ("match.tiers", "Customer tier"),
        ("recipients.80", "Alerts"),
        ("quiet_hours", "Quiet hours"),
        ("date_hours.2026-10-10", "Dates with special hours"),
        ("draft", None),
        (None, None),
    ]:
        assert field_label(field, "en") == label
    assert field_label("targets.resolution", "zh") == "解决"
