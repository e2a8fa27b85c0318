"""
TLS toward the API server: whom to trust, and as whom to be known.

Like Go, and unlike Python's defaults, any certificate that is trusted ends a chain, be it a root or not,
and authorities without key identifiers (as kubeadm made them) are taken.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from provider.errors import ProviderError


class TlsError(ProviderError):
    """Certificates or a key that cannot be used; says why, not where they are from."""


def make_context(authorities: bytes, *, insecure: bool) -> ssl.SSLContext:
    """
    Make a client's context.

    Args:
        authorities: PEM; b"" for the system's own.
        insecure: take any certificate.

    Raises:
        TlsError: `authorities` holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authorities:
        add_authorities(context, authorities)
    else:
        context.load_default_certs()
    return context


def add_authorities(context: ssl.SSLContext, authorities: bytes) -> None:
    """
    Trust more authorities, from the next connection on.

    Raises:
        TlsError: not PEM, or no certificate in it.
    """
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise TlsError("holds no certificate in PEM") from None


def set_identity(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """
    Show a client certificate, from the next connection on.

    Args:
        context: of the connections.
        certificate: PEM, with what leads to its authority.
        key: PEM, not encrypted.

    Raises:
        TlsError: one of the two cannot be read, or they are no pair.
    """
    with _as_file(certificate.rstrip() + b"\n" + key) as path:
        try:
            # Tried elsewhere first: half of a pair would leave the context with neither.
            for each in (ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), context):
                each.load_cert_chain(path, password=_no_password)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise TlsError("the key does not belong to the certificate") from None
            raise TlsError("is no certificate and key in PEM") from None


def _no_password() -> NoReturn:
    # Without this OpenSSL would ask at the terminal, and wait.
    raise TlsError("the key is encrypted; give one without a passphrase")


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A file that only this process can read, since OpenSSL takes keys from files only."""
    try:
        descriptor = os.memfd_create("key", os.MFD_CLOEXEC)
        path, on_disk = f"/proc/self/fd/{descriptor}", False
    except (AttributeError, OSError):
        # Made with mode 0600.
        descriptor, path = tempfile.mkstemp()
        on_disk = True
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield path
    finally:
        os.close(descriptor)
        if on_disk:
            os.unlink(path)
