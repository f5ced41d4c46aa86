"""A small provider of OpenID Connect on this machine, with signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "nous"


class Provider:
    """What it says of the person, and what it was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.url = ""

    def ask(self, query: str) -> str:
        """Keep what a browser brings; gives where it goes back to: everybody is signed in here."""
        self.asked = dict(parse_qsl(query))
        return f"{self.asked['redirect_uri']}?{urlencode({'code': 'c', 'state': self.asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, str]:
        """The tokens for a code, if the verifier is the one of the challenge."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.asked["code_challenge"]:
            return {"error": "invalid_grant"}
        own = {"iss": self.url, "aud": CLIENT, "sub": "s-1", "exp": int(time.time()) + 60, "iat": int(time.time())}
        claims = own | {"nonce": self.asked["nonce"]} | self.claims
        return {"id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)}


@contextmanager
def serve_provider() -> Iterator[Provider]:
    """A provider that answers until the end of the block."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def send(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/keys":
                return self.send({"keys": [made.key.as_dict(private=False)]})
            if asked.path == "/ask":
                self.send_response(303)
                self.send_header("Location", made.ask(asked.query))
                return self.end_headers()
            endpoints = {"authorization_endpoint": "/ask", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return self.send({"issuer": made.url} | {name: made.url + path for name, path in endpoints.items()})

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send(made.token({name: values[0] for name, values in form.items()}))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
