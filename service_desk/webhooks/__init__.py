"""Outgoing webhooks: programs of others that are told what happens to tickets (DESIGN §2.9, §3)."""
