import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from protocol import keys, multibase
from protocol.errors import KeyUnusable
from tests.protocol.vectors import load

RSA = keys.generate_rsa()
ED25519 = keys.generate_ed25519()


def pem_of(public_key) -> str:
    return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("ours", [True, False])
def test_a_private_key_comes_back_from_its_file(key, ours):
    again = keys.private_from_pem(keys.private_to_pem(key), ours=ours)
    assert keys.digest_of(again.public_key()) == keys.digest_of(key.public_key())


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_a_public_key_comes_back_from_both_spellings(key):
    public = key.public_key()
    assert keys.public_from_pem(keys.public_to_pem(public)) == public
    assert keys.public_from_multikey(keys.multikey_of(public)) == public


def test_an_ed25519_multikey_begins_as_everywhere():
    assert keys.multikey_of(ED25519.public_key()).startswith("z6Mk")


def test_a_key_pair_published_in_fep_8b32_belongs_together():
    vector = load("fep8b32/vector.json")
    secret = multibase.decode(vector["secret_key"]).removeprefix(multibase.ED25519_PRIVATE)
    private = Ed25519PrivateKey.from_private_bytes(secret)
    assert keys.multikey_of(private.public_key()) == vector["public_key"]


def test_pem_of_pkcs1_is_read_too():
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert keys.public_from_pem(f"\n{pem}\n") == RSA.public_key()


@pytest.mark.parametrize(
    ("bits", "code"), [(1024, "key-size"), (2047, "key-size"), (4104, "key-size")]
)
def test_rsa_outside_2048_to_4096_bits_is_refused(bits, code):
    modulus = (1 << bits) - 1  # odd, of the size; only its size is looked at
    with pytest.raises(KeyUnusable) as caught:
        keys.public_from_pem(pem_of(RSAPublicNumbers(65537, modulus).public_key()))
    assert (caught.value.code, caught.value.status_hint) == (code, 401)


def test_a_giant_rsa_key_is_refused_unread():
    pem = pem_of(RSAPublicNumbers(65537, (1 << 16384) - 1).public_key())
    with pytest.raises(KeyUnusable, match="too long"):
        keys.public_from_pem(pem)


@pytest.mark.parametrize("exponent", [3, (1 << 64) + 1])
def test_another_exponent_is_refused(exponent):
    pem = pem_of(RSAPublicNumbers(exponent, RSA.public_key().public_numbers().n).public_key())
    with pytest.raises(KeyUnusable) as caught:
        keys.public_from_pem(pem)
    assert caught.value.code == "key-exponent"


def test_a_key_of_another_kind_is_refused():
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyUnusable):
        keys.public_from_pem(pem_of(other.public_key()))
    with pytest.raises(KeyUnusable):
        keys.private_from_pem(
            other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é", "\ud800"]
)
def test_text_that_is_no_key_is_refused(text):
    with pytest.raises(KeyUnusable):
        keys.public_from_pem(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "not multibase",
        multibase.encode(multibase.ED25519_PUBLIC + bytes(31)),
        multibase.encode(multibase.RSA_PUBLIC + b"\x30\x00"),
        multibase.encode(multibase.ED25519_PRIVATE + bytes(32)),
    ],
)
def test_a_multikey_that_is_no_public_key_is_refused(text):
    with pytest.raises(KeyUnusable):
        keys.public_from_multikey(text)


def test_a_key_that_fits_any_message_is_refused():
    identity = b"\1" + bytes(31)
    # The danger is real: this "signature" verifies for whatever one likes.
    Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), b"any ballot")
    for sign_bit in (0, 0x80):
        raw = identity[:31] + bytes([sign_bit])
        with pytest.raises(KeyUnusable, match="any message"):
            keys.public_from_multikey(multibase.encode(multibase.ED25519_PUBLIC + raw))


def test_a_new_rsa_key_has_the_size_and_exponent_that_all_peers_take():
    numbers = RSA.public_key().public_numbers()
    assert isinstance(RSA, rsa.RSAPrivateKey)
    assert (RSA.key_size, numbers.e) == (2048, 65537)
