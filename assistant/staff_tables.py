"""The tables of the staff console, beside the visitors' own in the same database."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from assistant.tables import Moment, metadata

staff_accounts = Table(
    "staff_accounts",
    metadata,
    Column("name", String(64), primary_key=True, comment="in small letters"),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False, comment="Argon2"),
    Column("created", Moment, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("totp_key", String(64), comment="sealed; null: no authenticator is asked for"),
    Column("totp_step", Integer, nullable=False, default=0, comment="of the last code that was used"),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 of what the cookie holds"),
    Column("account", String(64), comment="null before sign-in"),
    Column("created", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("data", JSON, nullable=False),
    Index("staff_sessions_by_seen", "seen"),
)

staff_attempts = Table(
    "staff_attempts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("account", String(64), nullable=False, comment="as it was given, known or not"),
    Column("address", String(64), nullable=False),
    Column("succeeded", Boolean, nullable=False, default=False),
    Index("staff_attempts_by_at", "at"),
)

staff_audit = Table(
    "staff_audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", Text, nullable=False, default="", comment="an id or a name, never a visitor's words"),
    Index("staff_audit_by_at", "at"),
)

flags = Table(
    "flags",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("article", String(120), nullable=False),
    Column(
        "anchor", String(120), nullable=False, default="", comment="of the section; empty for the article"
    ),
    Column("note", Text, nullable=False, default=""),
    Column("flagged", Moment, nullable=False),
    Column("flagged_by", String(64), nullable=False),
    Column("settled", Moment),
    Column("settled_by", String(64)),
    Index("flags_by_article", "article"),
)

index_jobs = Table(
    "index_jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False, comment="build or rollback"),
    Column("actor", String(64), nullable=False),
    Column("started", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("ended", Moment),
    Column("machine", String(64), nullable=False),
    Column("process", Integer, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("generation", String(64), nullable=False, default=""),
    Column(
        "outcome", Text, nullable=False, default="", comment="in words; the fault when the stage is failed"
    ),
)
