"""The numbers that have to agree, so that what is being sent is never cut short by us."""

from service_desk.operating.process_supervisor import STOP_SECONDS
from service_desk.rules.messages.vocabulary import MESSAGE_CHANNELS
from tests.outbox.delivering import longest_send
from workers.jobs import MAX_RUN_SECONDS
from workers.schedule import JOBS
from workers.settings import WorkerSettings

SLACK = 2  # seconds to write down what became of a batch


def test_every_channel_has_a_job_that_lets_a_batch_finish() -> None:
    limits = {job.name: job.timeout_s for job in JOBS}
    for channel in (*MESSAGE_CHANNELS, "webhooks"):
        assert (limits[f"deliver_{channel}"] or 0) > MAX_RUN_SECONDS + longest_send() + SLACK


def test_a_worker_that_stops_finishes_what_it_sends() -> None:
    assert WorkerSettings.job_completion_wait > MAX_RUN_SECONDS + longest_send() + SLACK
    assert WorkerSettings.job_completion_wait + SLACK < STOP_SECONDS
