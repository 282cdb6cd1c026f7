"""The codes that describe outgoing messages, declared once for tables, REST and pages."""

from typing import Literal, get_args

TextChannel = Literal["sms", "whatsapp"]
TEXT_CHANNELS: tuple[TextChannel, ...] = get_args(TextChannel)

MessageChannel = Literal["sms", "email", "whatsapp"]
"""Channels by which messages reach customers."""
MESSAGE_CHANNELS: tuple[MessageChannel, ...] = get_args(MessageChannel)

OutboxChannel = Literal[MessageChannel, "webhook"]
OUTBOX_CHANNELS: tuple[OutboxChannel, ...] = get_args(OutboxChannel)

OutboxState = Literal[
    "queued", "sending", "sent", "delivered", "undelivered", "failed", "unknown", "suppressed"
]
OUTBOX_STATES: tuple[OutboxState, ...] = get_args(OutboxState)
