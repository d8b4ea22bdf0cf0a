"""The web face: pages for people, a JSON API for programs, and the peers' routes, in one.

Reading order: `app` (what is mounted where), `context` (who is asking), `middleware` (what
every request passes), `templating` (how a page is made), then one file per concept in `pages/`
and `api/`.
"""
