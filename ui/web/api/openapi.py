"""The API's own description: OpenAPI 3.1, made from the endpoint table and its types."""

import re
from typing import Any

import msgspec

from node.accounts import SCOPES
from ui.web.api.endpoints import PREFIX, Endpoint

REFERENCE = "#/components/schemas/{name}"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
REFUSALS = {
    "400": "What was sent could not be read",
    "401": "A token is needed, or it has ended",
    "403": "The token or its account may not do this",
    "404": "There is nothing there for this reader",
    "409": "Its state, or somebody quicker, rules this out",
    "413": "What was sent is too large",
    "415": "Send application/json",
    "422": "A field needs putting right; `errors` names it",
    "429": "Too many calls; Retry-After says when",
    "502": "The other coop did not answer",
}


def describe(endpoints: list[Endpoint], *, title: str, address: str) -> dict[str, Any]:
    """The whole document. address: where this node's API answers."""
    kinds = {kind for row in endpoints for kind in (row.query, row.body, row.answer) if kind}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    by_kind = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, Any] = {}
    for row in endpoints:
        paths.setdefault(PREFIX + row.path, {})[row.method.lower()] = _operation(
            row, by_kind, components
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title}: Rochdale API", "version": "1"},
        "servers": [{"url": address}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: " + "; ".join(f"{k}: {v}" for k, v in SCOPES.items()),
                }
            },
        },
    }


def _operation(
    row: Endpoint, by_kind: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{row.work.__module__.rpartition('.')[2]}-{row.work.__name__}",
        "summary": row.summary,
        "parameters": _path_parameters(row) + _query_parameters(row, components),
        "responses": _responses(row, by_kind),
        "security": [{"token": []}] if row.scope else [{}, {"token": []}],
    }
    if row.scope:
        operation["x-scope"] = row.scope
    if row.body is not None:
        media: dict[str, Any] = {"schema": by_kind[row.body]}
        if row.example is not None:
            media["example"] = row.example
        operation["requestBody"] = {"required": True, "content": {"application/json": media}}
    return operation


def _responses(row: Endpoint, by_kind: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    if row.answer is not None:
        good["content"] = {"application/json": {"schema": by_kind[row.answer]}}
    if row.media:
        good["content"] = {kind: {"schema": {"type": "string"}} for kind in row.media}
    problem = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(name="Problem")}}}
    refused = {
        status: {"description": meaning, "content": problem} for status, meaning in REFUSALS.items()
    }
    return {str(row.status): good, **refused}


def _path_parameters(row: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", row.path)
    ]


def _query_parameters(row: Endpoint, components: dict[str, Any]) -> list[dict[str, Any]]:
    if row.query is None:
        return []
    properties = components[row.query.__name__]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in properties.items()
    ]
