"""Tickets: opened, talked on, worked and closed. Every change goes through change.py."""
