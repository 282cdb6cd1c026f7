"""Processes of tests that die in the middle of their work."""

from multiprocessing.process import BaseProcess


def kill(process: BaseProcess) -> None:
    """As the machine's failure would: SIGKILL, at whatever it is doing."""
    process.kill()
    process.join()
