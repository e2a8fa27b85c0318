"""
A certificate authority of a server's own, and what it has signed: the server's certificate and the
admin's.

Everything is made anew at each start unless it was saved; nothing leaves this machine.
"""

import datetime as dt
import ipaddress
import ssl
import tempfile
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.jsontypes import FrozenJSON, JSONObject

_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
_ADDRESSES = ("127.0.0.1", "::1")
_VALID = dt.timedelta(days=3650)
_SLACK = dt.timedelta(hours=1)
"""Clocks of clients may be behind."""


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


def issued(now: float, admin: str, group: str) -> Certificates:
    """
    A new authority, a certificate for loopback and one for an admin.

    Args:
        now: wall time, seconds since 1970.
        admin: the common name of the client certificate.
        group: its organization.
    """
    issuer = _Issuer(dt.datetime.fromtimestamp(now, dt.UTC))
    loopback = x509.SubjectAlternativeName(
        [
            *(x509.DNSName(name) for name in _NAMES),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES),
        ]
    )
    server = issuer.signed("kube-apiserver", "", ExtendedKeyUsageOID.SERVER_AUTH, loopback)
    client = issuer.signed(admin, group, ExtendedKeyUsageOID.CLIENT_AUTH)
    return Certificates(_certificate_pem(issuer.certificate), server, client)


@attrs.define(eq=False)
class _Issuer:
    _now: dt.datetime
    _key: ec.EllipticCurvePrivateKey = attrs.field(
        init=False, factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    _name: x509.Name = attrs.field(init=False, factory=lambda: _subject("kubernetes", ""))
    certificate: x509.Certificate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        self.certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _SLACK)
            .not_valid_after(self._now + _VALID)
        )

    def signed(
        self,
        common_name: str,
        organization: str,
        usage: x509.ObjectIdentifier,
        *extensions: x509.ExtensionType,
    ) -> Pair:
        """A certificate for a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_subject(common_name, organization), key)
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for extension in (x509.ExtendedKeyUsage([usage]), ours, *extensions):
            builder = builder.add_extension(extension, critical=False)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Pair(_certificate_pem(certificate), private)


def _subject(common_name: str, organization: str) -> x509.Name:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(names)


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
