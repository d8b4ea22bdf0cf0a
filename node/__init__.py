"""The coop itself: one folder per concept, no HTTP and no HTML.

Read `runtime` first: it opens a `Node` (settings, storage, federation, slices, schedule) that runs
without any face. A slice is a folder whose files have fixed meanings: `models` (what is), `rules`
(pure: what may be), `queries` (what can be asked), `commands` (what can be done; the unit of work
comes first and is never committed here), `wire` (rows to vocabulary and back) and `inbox` (what
peers may tell us). Slices call each other through the package face and only downwards; the order
stands in pyproject.toml, where import-linter holds it.
"""
