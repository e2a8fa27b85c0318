"""
A certificate authority of a server's own: it signs the server's certificate and the admin's, once.

Nothing leaves this machine, and the authority's key is kept nowhere. Imported only by who needs new
certificates: what is below it takes a while to load.
"""

import datetime as dt
import ipaddress

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.cli.certificates import Certificates, Pair

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
