"""The tables of the clinic's database, in SQLAlchemy Core: SQLite by default, Postgres by URL."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 4


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps no zone, so it is put back when a row is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("A moment needs a time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


metadata = MetaData()

about = Table("about", metadata, Column("schema_version", Integer, nullable=False))

messages = Table(
    "messages",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("conversation", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("asked", Moment, nullable=False),
    Column("text", Text, nullable=False, comment="redacted"),
    Column("page", Text, nullable=False, default=""),
    Column("kind", String(16), comment="null while the reply is being made"),
    Column("reason", String(32)),
    Column("reply", JSON, comment="exactly what the visitor was sent"),
    Column(
        "worker",
        String(16),
        comment="the process that makes the reply; null where nobody could tell it is gone",
    ),
    UniqueConstraint("conversation", "id"),
    Index("messages_by_id", "id"),
    Index("messages_by_asked", "asked"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column(
        "request", String(64), nullable=False, unique=True, comment="the visitor and their request, hashed"
    ),
    Column("conversation", String(64)),
    Column("created", Moment, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", String(20), nullable=False),
    Column("best_time", Text, nullable=False, default=""),
    Column("consent", Boolean, nullable=False),
    Column("state", String(16), nullable=False, default="new"),
    Column("assignee", Text, nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False, default=1),
    Column("changed", Moment, comment="when staff last changed it"),
    Column("overdue", Moment, comment="when staff were warned that it waits"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True, comment="the receiver's key to tell a repetition by"),
    Column("handoff", String(16), nullable=False),
    Column("occasion", String(16), nullable=False, comment="new or overdue"),
    Column("address", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("due", Moment, nullable=False, comment="not to be tried before"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("sent", Moment),
    Column("given_up", Moment),
    Column("fault", Text, nullable=False, default="", comment="of the last attempt"),
    Index("notices_by_due", "due"),
    Index("notices_by_handoff", "handoff"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Moment, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("conversation", String(64), nullable=False),
    Column("message", String(64), nullable=False),
    Column("given", Moment, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("reason", String(64), nullable=False, default=""),
    UniqueConstraint("conversation", "message"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("state", String(16), nullable=False, default="open"),
    Column("changed", Moment, nullable=False),
    Column("changed_by", Text, nullable=False, default="", comment="empty when the index answered it"),
    Column("article", String(80), comment="the approved answer that was written for it"),
)

gap_questions = Table(
    "gap_questions",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("message", String(64), primary_key=True),
    Column("gap", Integer, nullable=False),
    Column("text", Text, nullable=False, comment="redacted, as it was searched for"),
    Column("reason", String(16), nullable=False),
    Column("asked", Moment, nullable=False),
    Column("vector", LargeBinary, nullable=False, comment="float32"),
    Column("embedder", Text, nullable=False, comment="the fingerprint of what made the vector"),
    Column("generation", String(64), comment="the index that it was last asked of"),
    Column("answered", Boolean, nullable=False, default=False),
    Index("gap_questions_by_gap", "gap"),
    Index("gap_questions_by_asked", "asked"),
)
