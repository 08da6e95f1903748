"""What the staff console leans on beside the assistant itself: accounts, sessions and the jobs of the index."""

from dataclasses import dataclass

from assistant.accounts import Accounts
from assistant.database import Database
from assistant.jobs import Jobs
from assistant.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Console:
    database: Database
    accounts: Accounts
    sessions: Sessions
    jobs: Jobs

    def close(self) -> None:
        self.database.close()
