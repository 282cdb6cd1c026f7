"""Outgoing webhooks: ticket events for other systems (DESIGN §2.9, §3)."""
