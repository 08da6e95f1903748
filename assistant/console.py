"""What the staff console leans on beside the assistant itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from assistant.accounts import Accounts
from assistant.analytics import Analytics
from assistant.catalogue import Catalogue
from assistant.database import Database
from assistant.flags import Flags
from assistant.gaps import Gaps
from assistant.inbox import Inbox
from assistant.jobs import Jobs
from assistant.sessions import Sessions
from assistant.shelved import Shelved


@dataclass(frozen=True, slots=True)
class Console:
    database: Database
    accounts: Accounts
    sessions: Sessions
    jobs: Jobs
    flags: Flags
    catalogue: Catalogue
    shelved: Shelved
    analytics: Analytics
    inbox: Inbox
    gaps: Gaps
    clock: Callable[[], datetime]

    def close(self) -> None:
        self.database.close()
