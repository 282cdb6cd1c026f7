"""SLA: policies and calendars in force, the sweep over due clocks, alerts to staff."""
