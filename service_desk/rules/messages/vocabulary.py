"""The codes that describe outgoing messages and webhooks, for tables, REST and pages alike."""

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

Purpose = Literal[
    "acknowledgement", "reply", "auto_reply", "rating_request", "low_rating", "alert_digest",
    "supplier_notice", "notification",
]  # fmt: skip
"""What a message to a person is for. That of a webhook is its event."""
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

NotificationKind = Literal[
    "safety", "assigned", "customer_message", "referred", "answered", "supplier_answer",
    "decision_waiting", "low_rating", "message_failed", "clock_level",
]  # fmt: skip
"""What members of staff are notified of at once."""
NOTIFICATION_KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)
NotifyBy = Literal["sms", "email"]
"""Channels that a member of staff can choose for that, besides the screen."""
NOTIFY_BY: tuple[NotifyBy, ...] = get_args(NotifyBy)

WebhookEvent = Literal[
    "ticket.opened",
    "ticket.assigned",
    "ticket.resolved",
    "ticket.closed",
    "ticket.reopened",
    "ticket.merged",
    "message.received",
    "message.sent",
    "clock.breached",
    "rating.given",
]
"""Types of ticket events (rules/tickets/event_types.py) that programs can subscribe to."""
WEBHOOK_EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
TEST_EVENT = "webhook.test"
"""Sent on request, to any subscription."""
