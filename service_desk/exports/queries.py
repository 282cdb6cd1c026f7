"""Exports, each for whoever asked for it."""

from msgspec import convert

from service_desk.exports.schemas import ExportRequest, ExportView
from service_desk.long_jobs.queries import get_job
from service_desk.long_jobs.schemas import LongJobView
from service_desk.rules.words.languages import Locale


async def get_export(export: int, *, staff_id: int, path: str, locale: Locale = "en") -> ExportView:
    """Its file is at `path`/{id}/file. Raises NotFound."""
    return export_view(await get_job(export, "export", staff_id=staff_id, locale=locale), path)


def export_view(job: LongJobView, path: str) -> ExportView:
    request = convert(job.input, ExportRequest)
    return ExportView(
        job.id,
        request.what,
        request.format,
        request.filter,
        job.state,
        job.steps_done,
        job.steps_in_all,
        job.requested_at,
        job.finished_at,
        job.error,
        f"{path}/{job.id}/file" if job.state == "done" else None,
    )
