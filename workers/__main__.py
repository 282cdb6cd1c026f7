"""One worker process: `service-desk worker`, or `python -m workers`."""

from arq import run_worker

from workers.settings import WorkerSettings


def main() -> None:
    run_worker(WorkerSettings)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    main()
