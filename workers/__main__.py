"""One worker process: `service-desk worker`, or `python -m workers`."""

import sys

import structlog

from service_desk.database import DATABASE_ERRORS
from workers.reconnecting import CONNECTION_ERRORS, make_worker
from workers.settings import WorkerSettings

log = structlog.get_logger()


def main() -> None:
    try:
        make_worker(WorkerSettings).run()
    except (*CONNECTION_ERRORS, *DATABASE_ERRORS) as error:
        log.error("the worker cannot start", error=repr(error))  # noqa: TRY400 - in one line
        sys.exit(1)


if __name__ == "__main__":
    main()
