"""PyJWT and joserfc verify our access tokens by our JWKS, and forge others, which the server must refuse."""

import base64
import contextlib
import hmac
import http.server
import json
import threading
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc import jwt as jose_jwt
from joserfc.jwk import ECKey, KeySet, OKPKey

from .server import Caller


def judge(server, owner):
    owner.sign_in()
    token = owner.token
    header, claims = verify(server, token)
    check("a real token", server, token, 200)
    with listener() as (address, fetched):
        forged = list(forge(token, header, claims, keys(server), address))
        for name, text in forged:
            check(name, server, text, 401)
        # A fetch in the background would come within moments.
        time.sleep(0.5)
        assert not fetched, f"the server fetched what a token named: {fetched}"
    check("a refresh token", server, owner.refresh_token, 401)
    rotate(server, owner, header["kid"])
    print(f"tokens: verified by PyJWT and joserfc; {len(forged) + 1} forged ones refused, nothing fetched")


def verify(server, token):
    """Both libraries take the token by the published keys alone, and each refuses another audience."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "at+jwt", header
    unread = jwt.decode(token, options={"verify_signature": False})
    key = jwt.PyJWKClient(server.url + "/.well-known/jwks.json").get_signing_key_from_jwt(token).key
    claims = jwt.decode(
        token, key, algorithms=["EdDSA"], audience=unread["aud"], issuer=server.url,
        options={"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"]})
    assert 0 < claims["exp"] - claims["iat"] <= 300, claims
    try:
        jwt.decode(token, key, algorithms=["EdDSA"], audience="somebody else")
        raise AssertionError("PyJWT took the token for another audience")
    except jwt.InvalidAudienceError:
        pass
    found = jose_jwt.decode(token, KeySet.import_key_set(keys(server)), algorithms=["EdDSA"])
    assert found.claims == claims, (found.claims, claims)
    jose_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": server.url}, aud={"essential": True, "value": claims["aud"]}
    ).validate(found.claims)
    return header, claims


def keys(server):
    return Caller(server.url).must("GET", "/.well-known/jwks.json")


def forge(token, header, claims, published, address):
    """Names and texts of tokens that look like ours; each is wrong in one way."""
    kid = header["kid"]
    ours = next(key for key in published["keys"] if key["kid"] == kid)
    theirs = ed25519.Ed25519PrivateKey.generate()
    curve = ec.generate_private_key(ec.SECP256R1())
    raw = decoded(ours["x"])
    pem = ed25519.Ed25519PublicKey.from_public_bytes(raw).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def signed(algorithm, key, **extra):
        return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": kid, **extra})

    def by_hand(head, payload, signature=b""):
        return ".".join([encoded(json.dumps(head).encode()), encoded(payload), encoded(signature)])

    body = json.dumps(claims).encode()
    for none in ["none", "None", "NONE", "nOnE"]:
        yield f"alg {none}", by_hand({"alg": none, "typ": "at+jwt", "kid": kid}, body)
    yield "alg none without its last dot", by_hand({"alg": "none", "typ": "at+jwt", "kid": kid}, body).rstrip(".")
    # Both libraries refuse to sign with what looks like a public key, so this is done by hand.
    for name, secret in [("raw", raw), ("PEM", pem), ("JWK", json.dumps(ours).encode())]:
        content = by_hand({"alg": "HS256", "typ": "at+jwt", "kid": kid}, body).rstrip(".")
        yield f"HS256 with our public key, {name}", f"{content}.{encoded(hmac.digest(secret, content.encode(), 'sha256'))}"
    yield "ES256 for the name of an Ed25519 key", signed("ES256", curve)
    yield "another key under our name", signed("EdDSA", theirs)
    yield "another key under an unknown name", signed("EdDSA", theirs, kid="unknown")
    for name, text in [("path", "../../../../etc/passwd"), ("huge", "k" * 100_000), ("SQL", "' OR 1=1 --"), ("empty", "")]:
        yield f"a kid that is a {name}", signed("EdDSA", theirs, kid=text)
    yield "no kid", jwt.encode(claims, theirs, algorithm="EdDSA", headers={"typ": "at+jwt"})
    jwk = OKPKey.import_key(theirs.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())).as_dict(private=False)
    yield "a key in the header", signed("EdDSA", theirs, jwk=jwk)
    yield "jku", signed("EdDSA", theirs, jku=address + "/jwks.json")
    yield "x5u", signed("EdDSA", theirs, x5u=address + "/chain.pem")
    yield "x5c", signed("EdDSA", theirs, x5c=[base64.b64encode(raw).decode()])
    yield "an unknown crit", by_hand({**header, "crit": ["exp2"], "exp2": 1}, body, b"0" * 64)
    yield "joserfc's EC key", jose_jwt.encode(
        {"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"])
    head, payload, signature = token.split(".")
    for name, change in [
        ("another person", {"sub": "user_" + "0" * 32}), ("a later end", {"exp": claims["exp"] + 86_400}),
        ("two audiences", {"aud": [claims["aud"], "x"]}), ("another issuer", {"iss": "https://evil.example"}),
    ]:
        yield f"our signature over {name}", ".".join([head, encoded(json.dumps({**claims, **change}).encode()), signature])
    yield "another type", ".".join([encoded(json.dumps({**header, "typ": "JWT"}).encode()), payload, signature])
    yield "no signature", f"{head}.{payload}."
    yield "half a signature", f"{head}.{payload}.{signature[:40]}"
    yield "a part more", f"{token}.{signature}"
    yield "a part less", f"{head}.{payload}"
    yield "padding", f"{token}=="
    yield "a line end inside", f"{head}.{payload}%0A.{signature}"
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    yield "a signature with bits of no byte", f"{head}.{payload}.{signature[:-1]}{other}"
    yield "a member twice", by_hand(header, body[:-1] + b', "sub": "user_0"}', b"0" * 64)


def rotate(server, owner, before):
    """After a rotation the libraries verify new tokens by the new key, and old ones still by the old."""
    old = owner.token
    Caller(server.url, server.token).must("POST", "/api/v1/operator/signing-keys/rotate")
    owner.sign_in()
    header, _ = verify(server, owner.token)
    assert header["kid"] != before, "the key is the same after a rotation"
    verify(server, old)
    check("a token of the key before", server, old, 200)


def check(name, server, token, expected):
    status, _, body = Caller(server.url, token).call("GET", "/api/v1/account")
    # A header that is too large for any server is refused before anybody reads it.
    allowed = {expected} | ({400, 431} if len(token) > 16_000 else set())
    assert status in allowed, f"{name}: {status} instead of {expected}: {body}"


@contextlib.contextmanager
def listener():
    """A server that writes down who asks it, for keys that a token says are there."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
