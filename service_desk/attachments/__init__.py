"""Files from customers: received, checked by content, stored, served (DESIGN §4)."""
