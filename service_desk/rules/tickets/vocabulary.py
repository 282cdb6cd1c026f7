"""The words that tickets are described with, declared once for tables, REST and pages."""

from typing import Literal

Kind = Literal["complaint", "repair", "exchange_return", "enquiry"]
Severity = Literal["safety", "high", "normal", "low"]
Channel = Literal["web", "sms", "call", "email", "api", "counter", "whatsapp"]
MAX_SUBJECT_LENGTH = 200
ClockName = Literal["response", "handling", "resolution", "next_response", "promise", "referral"]
