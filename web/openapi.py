"""The programming interface in OpenAPI's words. Tests hold it against the routes and against replies."""

from typing import Any

from assistant.handoff import LONGEST_BEST_TIME, LONGEST_NAME
from web.access import TOKEN_HEADER

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_FLAG = {"type": "boolean"}
_WORDS = {"type": "string", "minLength": 1, "pattern": r"\S"}
_STATES = {"type": "object", "additionalProperties": _TEXT}


def description() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Soft tissue assistant",
            "version": "1",
            "description": "General information, never a diagnosis. Replies quote articles word for word.",
        },
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"visitor": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    visitor: list[dict[str, list[str]]] = [{"visitor": []}]
    optional = [{}, *visitor]
    return {
        "/api/v1/messages": {
            "post": {
                "summary": "Ask a question",
                "description": "The same id with the same text gets the same reply again. An event stream "
                "holds status, delta and error frames and ends with an answer frame: the whole reply.",
                "security": optional,
                "requestBody": _body("Message"),
                "responses": {
                    "200": {
                        "description": "The reply. A first message is given a visitor token.",
                        "headers": {TOKEN_HEADER: {"schema": _TEXT}},
                        "content": {
                            "application/json": {"schema": _ref("Reply")},
                            "text/event-stream": {"schema": _TEXT},
                        },
                    },
                    **_problems(400, 401, 403, 409, 413, 415, 422, 429, 500, 503),
                },
            }
        },
        "/api/v1/handoffs": {
            "post": {
                "summary": "Ask to be called back",
                "security": optional,
                "requestBody": _body("CallBack"),
                "responses": {
                    "201": {
                        "description": "Kept. The same id gets the same reference again.",
                        "content": _json(_object({"reference": _TEXT})),
                    },
                    **_problems(400, 401, 403, 409, 413, 415, 422, 429, 500),
                },
            }
        },
        "/api/v1/feedback": {
            "post": {
                "summary": "Say whether a reply was helpful",
                "security": visitor,
                "requestBody": _body("Feedback"),
                "responses": {
                    "204": {"description": "Kept."},
                    **_problems(400, 401, 403, 404, 413, 415, 422, 429, 500),
                },
            }
        },
        "/api/v1/conversation": {
            "get": {
                "summary": "One's own conversation",
                "security": visitor,
                "responses": {
                    "200": {
                        "description": "All of it that is still kept.",
                        "content": {
                            **_json(_object({"turns": {"type": "array", "items": _ref("Turn")}})),
                            "text/plain": {"schema": _TEXT},
                        },
                    },
                    **_problems(401, 403, 429, 500),
                },
            },
            "delete": {
                "summary": "Delete one's own conversation",
                "security": visitor,
                "responses": {"204": {"description": "Deleted."}, **_problems(401, 403, 429, 500)},
            },
        },
        "/healthz": {
            "get": {
                "summary": "The process answers",
                "responses": {
                    "200": {"description": "It does.", "content": _json(_object({"status": {"const": "ok"}}))}
                },
            }
        },
        "/readyz": {
            "get": {
                "summary": "Index loaded, database reachable",
                "responses": {
                    "200": {"description": "Ready.", "content": _json(_STATES)},
                    "503": {"description": "What is missing, by part.", "content": _json(_STATES)},
                },
            }
        },
    }


def _schemas() -> dict[str, Any]:
    uuid = {"type": "string", "format": "uuid", "description": "Made anew by the client; a retry keeps it."}
    offer = _object(
        {
            "reason": _TEXT,
            "phone": _TEXT,
            "tel": _TEXT,
            "open_now": _or_null(_FLAG),
            "hours": _or_null(_TEXT),
            "callback": _TEXT,
        }
    )
    reference = _object(
        {
            "key": _TEXT,
            "citation": _TEXT,
            "kind": _TEXT,
            "year": _or_null(_WHOLE),
            "doi": _or_null(_TEXT),
            "pmid": _or_null(_TEXT),
            "url": _or_null(_TEXT),
        }
    )
    paper = _object(
        {
            "design": _or_null(_TEXT),
            "participants": _or_null(_WHOLE),
            "journal": _TEXT,
            "year": _or_null(_WHOLE),
            "copyright": _or_null(_TEXT),
            "retrieved": _or_null({"type": "string", "format": "date"}),
            "notices": _list(_TEXT),
        }
    )
    evidence = _object(
        {
            **dict.fromkeys(("passage", "article", "title", "section", "text", "url"), _TEXT),
            "number": _WHOLE,
            "kind": _TEXT,
            "certainty": _TEXT,
            "licence": _TEXT,
            "licence_url": _or_null(_TEXT),
            "reviewed": _or_null({"type": "string", "format": "date"}),
            "approved_by": _or_null({"type": "string"}),
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "found_by": _list({"enum": ["dense", "lexical"]}),
            "references": _list(reference),
            "paper": _or_null(paper),
        }
    )
    quotation = _object({"evidence": _WHOLE, "quote": _TEXT})
    reply = _object(
        {
            "id": _or_null(_TEXT),
            "question": _TEXT,
            "standalone": _TEXT,
            "conversation": _or_null(_TEXT),
            "kind": {"enum": ["answer", "abstention", "referral", "emergency", "courtesy"]},
            "level": {"enum": ["911", "emergency_department", "support_line", "same_day", None]},
            "text": _TEXT,
            "statements": _list(_object({"text": _TEXT, "citations": {**_list(quotation), "minItems": 1}})),
            "evidence": _list(evidence),
            "handoff": _or_null(offer),
            "reason": _or_null(_TEXT),
            "emergency": _or_null(_object({"flag": _TEXT, "sources": _list(_TEXT)})),
            "follow_ups": _list(_TEXT),
            "engine": _TEXT,
            "timings_ms": {"type": "object", "additionalProperties": {"type": "number"}},
        }
    )
    return {
        "Message": _object(
            {"id": uuid, "text": _WORDS, "page": _or_null({**_TEXT, "description": "Its address."})},
            optional=("page",),
        ),
        "CallBack": _object(
            {
                "id": uuid,
                "name": {**_WORDS, "maxLength": LONGEST_NAME},
                "phone": {**_TEXT, "format": "phone", "description": "As it is dialled from Canada."},
                "best_time": _or_null({**_TEXT, "maxLength": LONGEST_BEST_TIME}),
                "consent": {"const": True},
            },
            optional=("best_time",),
        ),
        "Feedback": _object({"id": uuid, "helpful": _FLAG, "reason": _or_null(_TEXT)}, optional=("reason",)),
        "Reply": reply,
        "Turn": _object({"id": _TEXT, "text": _TEXT, "asked": _TEXT, "reply": _ref("Reply")}),
        "Problem": _object({"type": _TEXT, "title": _TEXT, "status": _WHOLE, "detail": _TEXT}),
    }


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": _json(_ref(name))}


def _problems(*statuses: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {str(status): {"description": "See detail.", "content": content} for status in statuses}
