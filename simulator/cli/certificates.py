"""What a server and its admin show to each other under TLS; `authority` makes it."""

import ssl
import tempfile
from pathlib import Path

import attrs

from simulator.jsontypes import FrozenJSON, JSONObject


@attrs.frozen
class Pair:
    """A certificate with its key, both as PEM."""

    certificate: bytes
    key: bytes = attrs.field(repr=False)


@attrs.frozen
class Certificates:
    """What a server and its admin show to each other."""

    authority: bytes
    """Certificate of the authority, PEM; its key is not kept."""
    server: Pair
    admin: Pair

    def server_context(self) -> ssl.SSLContext:
        """TLS for the server: clients may show a certificate, which then has to be the authority's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The standard library loads a key from files alone; these exist for a moment, for us alone.
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
            certificate.write_bytes(self.server.certificate)
            key.write_bytes(self.server.key)
            context.load_cert_chain(certificate, key)
        context.load_verify_locations(cadata=self.authority.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        return context

    def saved(self) -> JSONObject:
        """As JSON, keys included; see `restored`."""
        pairs = {"server": self.server, "admin": self.admin}
        return {
            "authority": self.authority.decode(),
            **{
                name: {"certificate": pair.certificate.decode(), "key": pair.key.decode()}
                for name, pair in pairs.items()
            },
        }


def restored(saved: FrozenJSON) -> Certificates:
    """What `Certificates.saved` gave."""
    pairs = {
        name: Pair(saved[name]["certificate"].encode(), saved[name]["key"].encode())
        for name in ("server", "admin")
    }
    return Certificates(saved["authority"].encode(), pairs["server"], pairs["admin"])
