CREATE TABLE about (schema_version INTEGER NOT NULL);
CREATE TABLE messages (
	number INTEGER NOT NULL, conversation VARCHAR(64) NOT NULL, id VARCHAR(64) NOT NULL, asked DATETIME NOT NULL,
	text TEXT NOT NULL, page TEXT NOT NULL, kind VARCHAR(16), reason VARCHAR(32), reply JSON,
	PRIMARY KEY (number), UNIQUE (conversation, id)
);
CREATE INDEX messages_by_asked ON messages (asked);
CREATE INDEX messages_by_id ON messages (id);
CREATE TABLE handoffs (
	id VARCHAR(16) NOT NULL, request VARCHAR(64) NOT NULL, conversation VARCHAR(64), created DATETIME NOT NULL,
	name TEXT NOT NULL, phone VARCHAR(20) NOT NULL, best_time TEXT NOT NULL, consent BOOLEAN NOT NULL,
	state VARCHAR(16) NOT NULL, assignee TEXT NOT NULL, note TEXT NOT NULL, version INTEGER NOT NULL,
	PRIMARY KEY (id), UNIQUE (request)
);
CREATE TABLE feedback (
	conversation VARCHAR(64) NOT NULL, message VARCHAR(64) NOT NULL, given DATETIME NOT NULL,
	helpful BOOLEAN NOT NULL, reason VARCHAR(64) NOT NULL, UNIQUE (conversation, message)
);
INSERT INTO about VALUES (1);
INSERT INTO handoffs VALUES ('K7M-42P', 'request-1', 'visitor', '2026-11-24 20:00:00.000000', 'Ann', '+16045550100',
	'mornings', 1, 'new', '', '', 1);
