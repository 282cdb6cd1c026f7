"""Twilio's error codes that mean something to us (https://www.twilio.com/docs/api/errors)."""

RECIPIENT_OPTED_OUT = 21610
