from pathlib import Path

import pytest

from provider.gateway.token import Token, TokenError, open_token, read_token

SECRET = "0123456789abcdef"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "token"


def test_the_first_start_makes_a_token_that_only_its_owner_can_read(path):
    token = open_token(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]
    assert token.matches(token.header)


def test_a_later_start_keeps_it(path):
    assert open_token(path) == open_token(path)


def test_two_processes_that_start_at_once_end_up_with_one_token(path, monkeypatch):
    first = open_token(path)
    monkeypatch.setattr(Path, "exists", lambda _: False)

    assert open_token(path) == first
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]


def test_two_providers_have_two_tokens(tmp_path):
    assert open_token(tmp_path / "a") != open_token(tmp_path / "b")


def test_it_is_never_part_of_any_text_but_the_header():
    token = Token(SECRET)

    assert SECRET not in f"{token!r} {token} {[token]}"
    assert token.header == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "given", ["", "Bearer", f"Bearer {SECRET}x", f"basic {SECRET}", "Bearer é"]
)
def test_anything_else_does_not_match(given):
    assert not Token(SECRET).matches(given)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_can_read_is_refused(path, mode):
    open_token(path)
    path.chmod(mode)

    with pytest.raises(TokenError, match="others can read"):
        open_token(path)


@pytest.mark.parametrize("content", ["", "short", "x" * 5000, "0123456789abcdef\nsecond", "é" * 20])
def test_a_file_that_holds_no_token_is_refused_and_not_quoted(path, content):
    open_token(path)
    path.write_text(content)

    with pytest.raises(TokenError, match="expected one line") as refused:
        read_token(path)

    assert not content or content not in str(refused.value)


def test_a_missing_file_says_who_makes_it(path):
    with pytest.raises(TokenError, match="provider run"):
        read_token(path)


def test_a_directory_is_no_token(tmp_path):
    with pytest.raises(TokenError):
        open_token(tmp_path)


def test_a_place_where_nothing_can_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(TokenError, match="cannot be made"):
        open_token(tmp_path / "file" / "token")
