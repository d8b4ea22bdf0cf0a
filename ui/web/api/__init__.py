"""The JSON API under /api/v1: the same commands and queries as the pages, for programs.

`endpoints` holds the table that routes, checks and OpenAPI are all made from; one file per concept
fills it; `openapi` writes the description.
"""
