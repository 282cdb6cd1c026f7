"""Complaints out of other systems' files (DESIGN §3: `POST /imports`, `service-desk import`)."""
