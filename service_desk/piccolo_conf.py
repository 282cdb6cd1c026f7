"""What Piccolo looks for by the name in PICCOLO_CONF: our engine, and its list of apps.

It is Piccolo that imports this, where migrations run. To import Piccolo's part for apps loads a
formatter of Python code, which nothing else of ours should wait for.
"""

from piccolo.conf.apps import AppRegistry

from service_desk.database import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["service_desk.piccolo_app"])
