"""`service-desk web` and `service-desk worker`: one process of each; start as many as needed."""

import click

from service_desk.commands import desk_servers
from service_desk.operating.listening import check_port_free, server_options, wait_for_release
from service_desk.operating.reloading import require_local
from service_desk.settings import DEFAULT_PORT, get_settings

held_option = click.option(
    "--held", is_flag=True, hidden=True, help="Wait until standard input ends, then begin."
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--dev", is_flag=True, hidden=True, help="Show errors in the browser.")
@held_option
def web(host: str, port: int, dev: bool, held: bool) -> None:
    """Run one web process: pages, REST, webhooks."""
    import uvicorn

    from service_desk.http.bounded_protocol import BoundedProtocol, raise_open_files
    from service_desk.logs import configure_logs

    check_port_free(host, port)
    configure_logs()
    raise_open_files()
    with desk_servers():
        settings = get_settings()
        if dev:
            require_local(host, settings.public_url)
        from service_desk.app import create_app  # reads settings: only when they name the servers

        app = create_app(debug=dev)
        wait_for_release(held)
        uvicorn.run(
            app, host=host, port=port, http=BoundedProtocol, **server_options(settings, dev=dev)
        )


@click.command()
@held_option
def worker(held: bool) -> None:
    """Run one worker process: clocks, outbox, revisits, ladders, drafts."""
    from service_desk.logs import configure_logs

    configure_logs()
    with desk_servers():
        from workers.__main__ import main  # reads settings: only when they name the servers

        wait_for_release(held)
        main()
