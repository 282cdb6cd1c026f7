"""Asks for an export, and makes it in the worker."""

from datetime import datetime
from pathlib import Path

from msgspec import convert, to_builtins
from msgspec.structs import replace

from service_desk.exports.schemas import ExportRequest
from service_desk.long_jobs.operations import start_job
from service_desk.long_jobs.running import RunningJob
from service_desk.reports.exports import export_file_name, export_month
from service_desk.reports.figures.months import parse_month
from service_desk.rules.words.languages import Locale


async def start_export(
    request: ExportRequest, *, locale: Locale, staff_id: int, now: datetime
) -> int:
    """Queue it for the worker; its id. Raises InvalidInput if it cannot be made."""
    parse_month(request.filter.month)
    request = replace(request, lang=request.lang or locale)
    return await start_job("export", to_builtins(request), staff_id=staff_id, now=now)


async def write_export(job: RunningJob, file: Path) -> None:
    """As of when it was asked for, however often it is begun anew."""
    request = convert(job.input, ExportRequest)
    match request.what:
        case "complaints":
            await _write_complaints(request, job, file)


def file_name(request: ExportRequest) -> str:
    return export_file_name(parse_month(request.filter.month), request.format)


async def _write_complaints(request: ExportRequest, job: RunningJob, file: Path) -> None:
    export = await export_month(
        parse_month(request.filter.month),
        locale=request.lang or "en",
        now=job.requested_at,
        as_of=request.filter.as_of,
    )
    in_all = export.figures.totals.received

    async def progress(done: int) -> None:
        await job.progress(done, in_all)

    await progress(0)
    await replace(export, progress=progress).write(file, request.format)
    await progress(in_all)
