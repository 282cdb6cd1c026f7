"""Service Desk: after-sales ticketing and customer service."""

import os

# Piccolo finds its engine and its apps by this name; nobody should have to export it.
os.environ.setdefault("PICCOLO_CONF", "service_desk.piccolo_conf")
