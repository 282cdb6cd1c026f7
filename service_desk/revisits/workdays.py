"""The days on which customers are called: weekdays without public holidays."""

from functools import cache

from service_desk.rules.calendars.business_calendar import MONDAY_TO_FRIDAY, Hours
from service_desk.rules.calendars.business_time import BusinessTime, Calendar, compile_calendar
from service_desk.rules.calendars.public_holidays import knows_country
from service_desk.settings import get_settings

OFFICE_HOURS: Hours = [("09:00", "18:00")]


@cache
def office_calendar() -> BusinessTime:
    """Monday to Friday, with the holidays and adjusted working days of the desk's region."""
    settings = get_settings()
    week: dict[str, Hours] = dict.fromkeys(MONDAY_TO_FRIDAY, OFFICE_HOURS)
    holidays = settings.region if knows_country(settings.region) else None
    return compile_calendar(Calendar(week, tz=settings.timezone, public_holidays=holidays))
