"""Access tokens are accepted if they are ours and valid, and forged ones of every kind are refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from impl.gateways.tokens import AccessTokens, KeyRing
from impl.kernel.errors import InvalidToken
from tests.harness.clock import MovableClock

SECRET = "a secret of the ring with more than 32 bytes"
EC, ED = generate_private_key(SECP256R1()), Ed25519PrivateKey.generate()
PEM = {
    "ec": EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "ec public": EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "ed": ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "ed public": ED.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
}
KEYS = {"hs": ("HS256", SECRET), "ec": ("ES256", PEM["ec"]), "ed": ("EdDSA", PEM["ed"])}
USER, SESSION = uuid4(), uuid4()


def tokens(
    clock: MovableClock, active: str = "hs", keys: Mapping[str, tuple[str, str]] = KEYS, **more: object
) -> AccessTokens:
    values = {"issuer": "https://api.hestami.test", "audience": "hestami", "lifetime": timedelta(minutes=30), **more}
    return AccessTokens(KeyRing(keys, active), clock=clock, **values)  # type: ignore[arg-type]  # keyword arguments of several types


def issue(by: AccessTokens) -> str:
    return by.issue(user_id=USER, session_id=SESSION, email="someone@hestami.test")


@dataclass(frozen=True)
class Forged:
    """Claims and header of a good token, for a test to spoil."""

    claims: dict[str, object]
    header: dict[str, object]

    @staticmethod
    def like(token: str) -> Forged:
        return Forged(jwt.decode(token, options={"verify_signature": False}), jwt.get_unverified_header(token))

    def signed(self, key: object = SECRET, algorithm: str = "HS256") -> str:
        header = {name: value for name, value in self.header.items() if name != "alg"}
        return jwt.encode(self.claims, key, algorithm, header)  # type: ignore[arg-type]  # keys of every kind, also unfit ones


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("active", ["hs", "ec", "ed"])
def test_a_token_says_what_it_was_made_for(clock: MovableClock, active: str) -> None:
    by = tokens(clock, active)
    token = by.issue(user_id=USER, session_id=SESSION, email="a@b.test", provider="google", new_user=True)
    claims = by.verify(token)
    assert (claims.user_id, claims.session_id, claims.email) == (USER, SESSION, "a@b.test")
    assert (claims.provider, claims.new_user) == ("google", True)
    assert jwt.get_unverified_header(token) == {"alg": KEYS[active][0], "kid": active, "typ": "at+jwt"}
    said = jwt.decode(token, options={"verify_signature": False})
    assert set(said) == {
        "sub", "sid", "jti", "email", "iss", "aud", "iat", "nbf", "exp", "client_id", "token_type", "provider",
        "new_user",
    }  # fmt: skip
    assert said["token_type"] == "access_token"
    assert said["exp"] - said["iat"] == 1800
    assert tokens(clock, "hs").verify(token) == claims


def test_a_token_ends_with_its_session(clock: MovableClock) -> None:
    by = tokens(clock)
    end = clock.now() + timedelta(minutes=3)
    token = by.issue(user_id=USER, session_id=SESSION, email="a@b.test", expires_at=end)
    assert by.verify(token).expires_at <= end
    clock.advance(timedelta(minutes=4))
    with pytest.raises(InvalidToken, match="expired"):
        by.verify(token)


def test_a_token_expires_also_when_it_is_remembered(clock: MovableClock) -> None:
    by = tokens(clock)
    token = issue(by)
    by.verify(token)
    clock.advance(timedelta(minutes=29))
    by.verify(token)
    clock.advance(timedelta(minutes=1, seconds=1))
    for verifier in (by, tokens(clock), by):
        with pytest.raises(InvalidToken):
            verifier.verify(token)


def test_a_token_from_the_future_is_early(clock: MovableClock) -> None:
    later = MovableClock()
    later.advance(timedelta(minutes=1))
    token = issue(tokens(later))
    by = tokens(clock)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            by.verify(token)
    clock.advance(timedelta(minutes=1))
    by.verify(token)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://evil.test"), ("iss", None), ("iss", ["https://api.hestami.test"]),
        ("aud", "other"), ("aud", ["hestami", "other"]), ("aud", ["hestami"]), ("aud", None),
        ("token_type", "refresh_token"), ("token_type", None),
        ("sub", "admin"), ("sub", 1), ("sub", None), ("sid", "x"), ("sid", 1), ("sid", None), ("jti", None), ("jti", 1),
        ("exp", "tomorrow"), ("exp", None), ("exp", True), ("exp", 1e300), ("exp", 10**30), ("exp", 1),
        ("nbf", None), ("nbf", "x"), ("nbf", 2**40), ("iat", None), ("email", 3), ("new_user", "yes"),
        ("provider", None),
    ],
)  # fmt: skip
def test_no_claim_may_be_absent_or_otherwise(clock: MovableClock, name: str, value: object) -> None:
    by = tokens(clock)
    forged = Forged.like(issue(by))
    forged.claims.update({name: value})
    if value is None:
        del forged.claims[name]
    try:
        token = forged.signed()
    except TypeError:  # the library itself does not sign such claims
        unsigned = f"{encoded(forged.header)}.{encoded(forged.claims)}"
        key = jwt.get_algorithm_by_name("HS256")
        signature = base64.urlsafe_b64encode(key.sign(unsigned.encode(), SECRET.encode())).rstrip(b"=").decode()
        token = f"{unsigned}.{signature}"
    with pytest.raises(InvalidToken):
        by.verify(token)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kid", "unknown"), ("kid", None), ("kid", 1), ("kid", ["hs"]), ("kid", "ec"), ("kid", "../../dev/null"),
        ("jku", "https://evil.test/jwks.json"), ("jwk", {"kty": "oct", "k": "AAAA"}), ("x5u", "https://evil.test"),
        ("x5c", ["MIIB"]), ("crit", ["exp"]), ("crit", []), ("b64", False), ("typ", "JWT"), ("typ", None),
        ("cty", "JWT"),
    ],
)  # fmt: skip
def test_no_header_leads_anywhere_else(clock: MovableClock, name: str, value: object) -> None:
    by = tokens(clock)
    token = issue(by)
    header, claims, _ = token.split(".")
    changed = jwt.get_unverified_header(token) | {name: value}
    if value is None:
        del changed[name]
    unsigned = f"{encoded(changed)}.{claims}"
    signature = base64.urlsafe_b64encode(
        jwt.get_algorithm_by_name("HS256").sign(unsigned.encode(), SECRET.encode())
    ).rstrip(b"=")
    with pytest.raises(InvalidToken):
        by.verify(f"{unsigned}.{signature.decode()}")
    assert header


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", None, 1])
def test_the_algorithm_is_the_keys_and_not_the_tokens(clock: MovableClock, algorithm: object) -> None:
    by = tokens(clock)
    _, claims, signature = issue(by).split(".")
    for end in (signature, ""):
        with pytest.raises(InvalidToken):
            by.verify(f"{encoded({'alg': algorithm, 'kid': 'hs', 'typ': 'JWT'})}.{claims}.{end}")


@pytest.mark.parametrize("kid", ["ec", "ed"])
def test_a_public_key_is_no_secret(clock: MovableClock, kid: str) -> None:
    """The old confusion: HS256 with the public key's text as its secret."""
    by = tokens(clock, kid)
    _, claims, _ = issue(by).split(".")
    unsigned = f"{encoded({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{claims}"
    signature = jwt.get_algorithm_by_name("HS256").sign(unsigned.encode(), PEM[f"{kid} public"].encode())
    with pytest.raises(InvalidToken):
        by.verify(f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


def test_a_changed_signature_or_claim_is_refused_even_beside_a_remembered_token(clock: MovableClock) -> None:
    by = tokens(clock)
    token = issue(by)
    by.verify(token)
    header, claims, signature = token.split(".")
    other = Forged.like(token)
    other.claims["sub"] = str(uuid4())
    for spoiled in (
        f"{header}.{encoded(other.claims)}.{signature}",
        f"{header}.{claims}.{signature[:-2]}AA",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        other.signed(key="another secret of more than thirty-two bytes"),
    ):
        with pytest.raises(InvalidToken):
            by.verify(spoiled)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "\x00",
        "ü.ü.ü",
        "\ud800",
        "x" * 5000,
        "e30.e30.e30",
        "W10.W10.W10",
        f"{encoded('x')}.e30.e30",
    ],
)
def test_what_is_no_token_at_all_is_an_invalid_token(clock: MovableClock, token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens(clock).verify(token)


def test_a_deeply_nested_header_is_an_invalid_token(clock: MovableClock) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 2900).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        tokens(clock).verify(f"{nested}.e30.e30")


def test_keys_rotate_without_signing_anybody_out(clock: MovableClock) -> None:
    old = tokens(clock, "hs", {"hs": KEYS["hs"]})
    token = issue(old)
    both = tokens(clock, "ec", {"hs": KEYS["hs"], "ec": KEYS["ec"]})
    both.verify(token)
    newer = issue(both)
    retired = tokens(clock, "ed", {"ec": ("ES256", PEM["ec public"]), "ed": KEYS["ed"]})
    retired.verify(newer)
    with pytest.raises(InvalidToken):
        retired.verify(token)


@pytest.mark.parametrize(
    ("keys", "active"),
    [
        ({}, "hs"),
        ({"hs": ("HS256", "short")}, "hs"),
        ({"ec": ("ES256", PEM["ec public"])}, "ec"),
        ({"ec": ("ES256", PEM["ed"])}, "ec"),
        ({"ed": ("EdDSA", PEM["ec public"])}, "ed"),
        ({"x": ("none", "")}, "x"),
        ({"x": ("RS256", PEM["ec"])}, "x"),
        (
            {"p384": ("ES256", generate_private_key(SECP384R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())},
            "p384",
        ),
    ],
    ids=["empty", "short", "public", "other kind", "other public", "none", "unknown", "other curve"],
)  # fmt: skip
def test_a_ring_that_could_not_work_is_refused_at_start(keys: dict[str, tuple[str, str]], active: str) -> None:
    with pytest.raises(ValueError, match=r"key|PEM|deserialize"):
        KeyRing(keys, active)


def test_the_key_set_shows_public_keys_only() -> None:
    ring = KeyRing(KEYS, "hs")
    shown = ring.jwks()["keys"]
    assert {(key["kid"], key["alg"], key["use"]) for key in shown} == {("ec", "ES256", "sig"), ("ed", "EdDSA", "sig")}
    assert all("d" not in key and "k" not in key for key in shown)


def test_the_memory_of_tokens_is_bounded(clock: MovableClock) -> None:
    by = tokens(clock, cache_size=3)
    made = [issue(by) for _ in range(10)]
    for token in made:
        by.verify(token)
    assert len(by.known) == 3
    by.verify(made[0])
