"""`assistant serve`: the site under gunicorn, as its own process image."""

import os
import sys

import click

from assistant.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on. Default: web.host of the settings (127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port. Default: PORT, else web.port (8000).")
@click.option(
    "--threads", type=click.IntRange(1, 256), help="Threads of the one process. Default: web.threads."
)
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, threads: int | None) -> None:
    """Serve the chat page, the API and the staff console.

    \b
    Example: assistant serve --port 9000
    """
    from assistant import wiring
    from assistant.forwarding import noted
    from assistant.notify import check

    wiring.searcher(settings).manifest  # noqa: B018  # says what to do when there is no usable index
    wiring.store(settings).close()
    check(settings.notify, wiring.secrets())
    host = host or settings.web.host
    port = port or int(os.environ.get("PORT") or settings.web.port)
    environment = {**os.environ, "ASSISTANT_DATA": str(settings.data_dir.resolve()), "OMP_NUM_THREADS": "1"}
    if settings.config is not None:
        environment["ASSISTANT_CONFIG"] = str(settings.config.resolve())
    click.echo(f"Chat page: http://{host}:{port}/chat   (stop with Ctrl-C)", err=True)
    click.echo(f"Staff console: http://{host}:{port}/staff", err=True)
    if not _has_staff(settings):
        me = sys.argv[0] if os.path.basename(sys.argv[0]) == "assistant" else "assistant"  # noqa: PTH119
        click.echo(
            f"  It has no account yet. Make the first in another terminal: {me} staff add NAME --role admin",
            err=True,
        )
    if told := noted(settings.data_dir, settings.web.proxies):
        click.echo(f"Warning: {told}", err=True)
    arguments = [
        *(sys.executable, "-m", "gunicorn", "web:create_app()"),
        # One process of many threads keeps model, index and rate limits single; a client of the vector store
        # opened before a fork hangs in the child, so nothing is preloaded.
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(threads or settings.web.threads)),
        *("--bind", f"{host}:{port}", "--timeout", "60", "--no-control-socket"),
        *("--worker-tmp-dir", "/dev/shm" if os.path.isdir("/dev/shm") else "."),  # noqa: PTH112
    ]
    sys.stdout.flush()
    os.execvpe(arguments[0], arguments, environment)


def _has_staff(settings: Settings) -> bool:
    from assistant import wiring

    console = wiring.console(settings)
    try:
        return console.accounts.has_any()
    finally:
        console.close()
