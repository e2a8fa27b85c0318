import pytest
import trio

from provider.gateway.listening import Address, ListenError, listen
from provider.gateway.messages import text
from tests.unit.gateway.test_connection import quiet


async def ok(_request):
    return text("ok\n")


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:0", "::1", 0),
        ("localhost:65535", "localhost", 65535),
        (":8081", "0.0.0.0", 8081),
    ],
)
def test_an_address_is_host_and_port(given, host, port):
    assert Address.parse(given) == Address(host, port)


@pytest.mark.parametrize("given", ["", "8080", "::1:80", "a:", "a:b", "a:-1", "a:65536", "a:٣"])
def test_anything_else_is_refused(given):
    with pytest.raises(ListenError):
        Address.parse(given)


@pytest.mark.parametrize(
    ("given", "loopback"),
    [
        ("127.0.0.1:1", True),
        ("127.8.0.1:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("0.0.0.0:1", False),
        ("10.0.0.1:1", False),
        ("[::]:1", False),
        ("example.com:1", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(given, loopback):
    assert Address.parse(given).loopback is loopback


async def test_it_answers_over_a_real_socket_and_ends_when_cancelled():
    async with trio.open_nursery() as nursery:
        address = await nursery.start(_listen, Address("127.0.0.1", 0))
        stream = await trio.open_tcp_stream(address.host, address.port)
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        nursery.cancel_scope.cancel()


async def test_a_taken_port_is_told_in_words():
    async with trio.open_nursery() as nursery:
        taken = await nursery.start(_listen, Address("127.0.0.1", 0))
        with pytest.raises(ListenError, match="another program listens there"):
            await listen(taken, ok, log=quiet())
        nursery.cancel_scope.cancel()


async def test_an_address_of_another_machine_is_told_in_words():
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:80"):
        await listen(Address("192.0.2.1", 80), ok, log=quiet())


async def _listen(address, task_status):
    await listen(address, ok, log=quiet(), task_status=task_status)
