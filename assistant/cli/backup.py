"""`assistant backup`: the data folder in one file, while the site runs."""

from pathlib import Path

import click

from assistant.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write the database, the clinic's own articles, its keys and the index in use into FILE (tar.gz).

    It holds personal data: keep it as carefully as the data folder, and no longer. To restore it, stop the site and
    unpack it into an empty data folder.

    \b
    Example: assistant backup ~/assistant-2026-11-24.tar.gz
    """
    from assistant.backup import back_up

    made = back_up(settings.data_dir, settings.database_url, file)
    index = f"the index {made.generation}" if made.generation else "no index"
    click.echo(f"Wrote {made.file}: {made.files} files, {made.size / 2**20:.1f} MB, with {index}.")
    if not made.database:
        click.echo(
            "The database is not a file and is not in it. Copy it with its own tool, such as pg_dump.",
            err=True,
        )
