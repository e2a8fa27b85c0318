"""The server's side of TLS: shaking hands, and who the client's certificate says it is."""

import ssl

import trio

from simulator.wire.messages import Peer

_HANDSHAKE_SECONDS = 10.0
"""As net/http of a real server allows."""


async def shake_hands(
    stream: trio.abc.Stream, context: ssl.SSLContext
) -> tuple[trio.SSLStream[trio.abc.Stream] | None, Peer | None]:
    """
    Put TLS around a connection.

    Returns:
        The secured stream, None when no handshake came about; and the client's certificate, if it
        showed one. A certificate that the context does not trust ends the handshake.

    Cancellation:
        The connection is closed.
    """
    secured = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
    try:
        with trio.fail_after(_HANDSHAKE_SECONDS):
            await secured.do_handshake()
    except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
        await trio.aclose_forcefully(stream)
        return None, None
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return secured, _peer(secured.getpeercert())


def _peer(certificate: object) -> Peer | None:
    """The subject of a certificate in the form of `ssl.SSLSocket.getpeercert`."""
    if not isinstance(certificate, dict):
        return None
    pairs = [pair for name in certificate.get("subject", ()) for pair in name]
    common_name = next((value for key, value in pairs if key == "commonName"), "")
    return Peer(common_name, tuple(value for key, value in pairs if key == "organizationName"))
