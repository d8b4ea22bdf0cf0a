from protocol.nodeinfo import VERSIONS, content_type, document, well_known
from tests.protocol.samples import NODE


def nodeinfo(version: str, members: int | None) -> dict:
    return document(
        version,
        software_version="0.1.0",
        repository="https://code.example/rochdale",
        node_name="Loaf",
        open_registrations=False,
        members=members,
        listings=members,
    )


def test_both_versions_and_the_node_are_found_from_the_well_known_address():
    links = well_known("https://loaf.example", NODE)
    assert [link["href"] for link in links["links"]] == [
        "https://loaf.example/nodeinfo/2.1",
        "https://loaf.example/nodeinfo/2.0",
        NODE,
    ]


def test_numbers_are_published_only_by_choice():
    assert nodeinfo("2.1", None)["usage"] == {"users": {}}
    assert nodeinfo("2.1", 14)["usage"] == {"users": {"total": 14}, "localPosts": 14}


def test_the_repository_is_told_from_2_1_on():
    assert "repository" in nodeinfo("2.1", None)["software"]
    assert "repository" not in nodeinfo("2.0", None)["software"]


def test_each_version_has_its_media_type():
    assert all(f"schema/{version}#" in content_type(version) for version in VERSIONS)
