"""Service Desk: after-sales ticketing and customer service."""

import os

# Where Piccolo's migrations find our engine and tables. Set here, so that nobody has to export it.
os.environ.setdefault("PICCOLO_CONF", "service_desk.piccolo_app")
