"""A certificate authority of the tests' own, for https between nodes and peers on this machine."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme


@dataclass(frozen=True)
class LocalCA:
    """Files in PEM: `ca` is what the other side must trust, the rest is what a server serves."""

    ca: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def local_ca(tmp_path_factory: pytest.TempPathFactory) -> LocalCA:
    """One authority, and one certificate for localhost, *.localhost and 127.0.0.1."""
    folder = tmp_path_factory.mktemp("authority")
    files = LocalCA(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    authority = trustme.CA()
    served = authority.issue_cert("localhost", "*.localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(files.ca))
    served.private_key_pem.write_to_path(str(files.key))
    for block in served.cert_chain_pems:
        block.write_to_path(str(files.certificate), append=True)
    return files
