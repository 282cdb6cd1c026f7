"""The desk at this moment: counts, breaches, alerts, failed messages."""
