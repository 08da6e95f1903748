"""A build of the index that the console asks for: a process of its own, as the site never loads what embeds."""

import os
import subprocess
import sys
import threading

from assistant.jobs import Jobs
from assistant.model import AssistantError
from assistant.settings import Settings

LOG = "index-build.log"


def start_build(settings: Settings, jobs: Jobs, actor: str) -> int:
    """Begin a build and give its job's number. Raises AssistantError while another one runs."""
    if jobs.current() is not None:
        raise AssistantError("A build is running already. Wait until it has ended.")
    job = jobs.begin("build", actor)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "ASSISTANT_DATA": str(settings.data_dir.resolve())}
    # The site was started with one thread for all mathematics; a build may use the whole machine.
    environment.pop("OMP_NUM_THREADS", None)
    if settings.config is not None:
        environment["ASSISTANT_CONFIG"] = str(settings.config.resolve())
    command = [sys.executable, "-m", "assistant", "index", "build", "--job", str(job)]
    with (settings.data_dir / LOG).open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    threading.Thread(target=_await, args=(process, settings, jobs, job), daemon=True).start()
    return job


def _await(process: "subprocess.Popen[bytes]", settings: Settings, jobs: Jobs, job: int) -> None:
    """Whoever never waits for a child keeps its corpse, which looks alive; and a child may die before its first note."""
    if status := process.wait():
        said = (settings.data_dir / LOG).read_text("utf-8", "replace").strip().splitlines()
        jobs.fail(job, said[-1] if said else f"The build ended with status {status}.")
