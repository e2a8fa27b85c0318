import pytest

from provider.cli.state import StateError, only_state, state_of


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path)}


def test_state_is_where_the_desktop_standard_has_it(tmp_path, env):
    assert state_of("a", "", env).path == tmp_path / ".local/state/leasekeeper/a"
    assert state_of("a", "", {**env, "XDG_STATE_HOME": "/s"}).path.as_posix() == "/s/leasekeeper/a"
    assert state_of("a", "/given", env).path.as_posix() == "/given"


def test_a_daemon_is_found_while_it_listens(env):
    state = state_of("a", "", env)
    state.write_url("http://127.0.0.1:1")

    assert only_state(env).read_url() == "http://127.0.0.1:1"

    state.remove_url("http://127.0.0.1:2")
    assert only_state(env) == state
    state.remove_url("http://127.0.0.1:1")
    state.remove_url("http://127.0.0.1:1")
    with pytest.raises(StateError):
        only_state(env)
    with pytest.raises(StateError, match="is the daemon running"):
        state.read_url()
