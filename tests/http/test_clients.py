"""Clients that are generated from the REST API's description, and read its real answers."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from httpx import AsyncClient

from hatch_build import npm
from service_desk import wall_clock
from tests.browser import NODE_MODULES
from tests.factories import make_ticket

NODE = npm()[0]
USE = """\
import type { components, paths } from "./api";

type Ticket = components["schemas"]["TicketView"];
type Answer = paths["/api/v1/tickets/{number}"]["get"]["responses"];

export function nextDue(answer: Answer[200]["content"]["application/json"]): string | null {
  const ticket: Ticket = answer;
  const open = ticket.clocks.filter((clock) => clock.state === "running");
  return open.map((clock) => clock.due_at).sort()[0] ?? null;
}
export const problem = (answer: Answer[404]["content"]["application/problem+json"]): string =>
  answer.detail;
export const body: components["schemas"]["TicketInput"] = {
  kind: "complaint", subject: "Leaks", description: "It leaks", customer: { phone: "1" },
};
// @ts-expect-error a kind that there is not
export const wrong: components["schemas"]["TicketInput"]["kind"] = "rant";
// @ts-expect-error a field that there is not
export const none = (ticket: Ticket) => ticket.colour;
"""


async def write_description(client: AsyncClient, folder: Path) -> Path:
    answer = await client.get("http://desk.test/schema/openapi.json")
    path = folder / "openapi.json"
    path.write_bytes(answer.content)
    return path


def run(*command: str, **more: Any) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.nightly(only=True)
async def test_a_python_client_reads_real_answers(
    client: AsyncClient, api: AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    description = await write_description(client, tmp_path)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # it formats what it made
    monkeypatch.setenv("PATH", path)
    said = run(
        sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning",
        "--meta", "none", "--path", str(description), "--output-path", str(tmp_path / "desk_api"),
    )  # fmt: skip
    assert "warning" not in said.lower()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    load = importlib.import_module
    models, caller = load("desk_api.models"), load("desk_api").AuthenticatedClient("", "")
    caller.set_async_httpx_client(api)
    api.base_url = "http://desk.test"  # type: ignore[assignment] - httpx makes a URL of it

    async def call(name: str, /, **arguments: Any) -> Any:
        operation = load(f"desk_api.api.{name}")
        return await operation.asyncio(client=caller, **arguments)

    await make_ticket("It leaks", at=wall_clock.now())
    opened = await call("tickets.open_ticket", body=_ticket_input(models))
    assert isinstance(opened, models.TicketView)
    ticket = await call("tickets.get_ticket", number=opened.number)
    assert ticket == opened
    assert ticket.clocks[0].due_at > ticket.received_at
    assert ticket.customer.name == "Li Lei"
    assert ticket.to_dict()["state"] == "new"
    for name, rows in (
        ("tickets.queue", 2),
        ("tickets.list_tickets", 2),
        ("sla.list_policies", 3),
        ("customers.list_customers", 2),
        ("notifications.list_notifications", 0),
    ):
        page = await call(name)
        assert len(page.items) == rows, name
    missing = await call("tickets.get_ticket", number="1")
    assert isinstance(missing, models.Problem)
    assert "There is no ticket 1" in missing.detail
    taken = await call("tickets.take_next")
    assert taken.assignee == "admin@desk.test"
    report: Any = await call("reports.get_complaint_report", name="2026-10.json")
    assert report.to_dict()["totals"]["received"] == 0


def _ticket_input(models: ModuleType) -> Any:
    return models.TicketInput(
        kind=models.TicketInputKind.COMPLAINT,
        subject="Leaks",
        description="It leaks",
        customer=models.NewCustomer(name="Li Lei", phone="+86 139 0013 9000"),
    )


@pytest.mark.nightly(only=True)
async def test_types_for_typescript_fit(client: AsyncClient, tmp_path: Path) -> None:
    description = await write_description(client, tmp_path)
    modules = NODE_MODULES
    assert modules.is_dir(), "run `make setup-dev` first"
    run(NODE, str(modules / "openapi-typescript/bin/cli.js"), str(description),
        "--output", str(tmp_path / "api.d.ts"))  # fmt: skip
    (tmp_path / "use.ts").write_text(USE)
    options: dict[str, Any] = {"strict": True, "noEmit": True, "skipLibCheck": False, "types": []}
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "files": ["api.d.ts", "use.ts"]})
    )
    run(NODE, str(modules / "typescript/bin/tsc"), "--project", str(tmp_path))
