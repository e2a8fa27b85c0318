import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.sdl.errors import SdlError
from provider.sdl.source import DEPTH_MAX, NODES_MAX, TEXT_LENGTH_MAX, load


def plain(node):
    """Keys and texts without places."""
    match node.content:
        case tuple(items):
            return [plain(item) for item in items]
        case None | str():
            return node.content
        case entries:
            return {key: plain(value) for key, value in entries.items()}


def refused(text):
    with pytest.raises(SdlError) as caught:
        load(text)
    return caught.value


def test_scalars_keep_their_text():
    assert plain(load("a: 010\nb: yes\nc: '1'\nd: |\n  x\n  y\ne: 2001-01-01\n").root) == {
        "a": "010", "b": "yes", "c": "1", "d": "x\ny\n", "e": "2001-01-01",
    }  # fmt: skip


@pytest.mark.parametrize("null", ["", "~", "null", "Null", "NULL"])
def test_null_is_absent_unless_it_is_quoted(null):
    root = load(f"a: {null}\nb: '{null}'\n").root

    assert not root.get("a").present
    assert root.get("b").text() == null


def test_keys_are_texts_whatever_they_look_like():
    assert plain(load("1: a\nyes: b\n1.5: c\nnull: d\n'': e\n".replace("null: d\n", "")).root) == {
        "1": "a", "yes": "b", "1.5": "c", "": "e",
    }  # fmt: skip


def test_places_count_from_one_and_point_at_the_value_or_the_key_of_a_collection():
    root = load("# top\nä: x\nb:\n  - y\n  - c: z\nd:\n").root

    assert (root.get("ä").line, root.get("ä").column) == (2, 4)
    assert (root.get("b").line, root.get("b").column) == (3, 1)
    first, second = root.get("b").items()
    assert (first.line, first.column, first.path) == (4, 5, "b[0]")
    assert (second.line, second.column, second.path) == (5, 5, "b[1]")
    assert (second.get("c").line, second.get("c").column) == (5, 8)
    assert (root.get("d").line, root.get("d").column) == (6, 1)
    absent = second.get("e").get("f")
    assert (absent.line, absent.column, absent.path) == (5, 5, "b[1].e.f")


def test_unusual_keys_are_quoted_in_paths():
    root = load('"a.b": {"c d": x}\n').root

    assert root.get("a.b").get("c d").path == "['a.b']['c d']"
    assert len(root.get("k" * 10_000).path) < 100


def test_aliases_stand_for_what_they_name_under_their_own_path():
    root = load("a: &x {b: [c]}\nd: *x\ne: [*x, *x]\n").root

    assert plain(root) == {"a": {"b": ["c"]}, "d": {"b": ["c"]}, "e": [{"b": ["c"]}] * 2}
    assert root.get("e").items()[1].get("b").items()[0].path == "e[1].b[0]"


def test_merged_keys_yield_to_their_own_and_to_earlier_ones():
    text = """
one: &one {a: 1, b: 1}
two: &two {b: 2, c: 2}
both: {<<: [*one, *two], a: 0}
single:
  <<: *two
quoted: {"<<": x}
"""
    root = load(text).root

    assert plain(root.get("both")) == {"a": "0", "b": "1", "c": "2"}
    assert root.get("both").get("c").path == "both.c"
    assert plain(root.get("single")) == {"b": "2", "c": "2"}
    assert plain(root.get("quoted")) == {"<<": "x"}


def test_second_document_is_left_out_with_a_warning():
    source = load("---\na: b\n---\nc: [\n")

    assert plain(source.root) == {"a": "b"}
    assert [(w.line, w.column) for w in source.warnings] == [(3, 1)]
    assert load("---\na: b\n...\n").warnings == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "path"),
    [
        ("", 1, 1, ""),
        ("# nothing\n", 1, 1, ""),
        ("text", 1, 1, ""),
        ("\n- a\n", 2, 1, ""),
        ("~", 1, 1, ""),
        ("a: [\n", 2, 1, ""),
        ("a: b: c\n", 1, 5, ""),
        ("a:\n\t- b\n", 2, 1, ""),
        ("ä: 1\nb: \x00\n", 2, 4, ""),
        ("ä: 1\nb: \ud800\n", 2, 4, ""),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, 3, "a.b"),
        ("a: 1\n'a': 2\n", 2, 1, "a"),
        ("[a]: 1\n", 1, 1, ""),
        ("{a: 1}: 1\n", 1, 1, ""),
        ("a: *b\n", 1, 4, "a"),
        ("a: &a [*a]\n", 1, 8, "a[0]"),
        ("a: &a {<<: *a}\n", 1, 12, "a['<<']"),
        ("a: {<<: x}\n", 1, 9, "a['<<']"),
        ("a: {<<: [[x]]}\n", 1, 10, "a['<<'][0]"),
        ("a: !!binary aGk=\n", 1, 4, "a"),
        ("a: !thing {}\n", 1, 4, "a"),
        ("a: !!python/object/apply:os.system [x]\n", 1, 4, "a"),
        ("%YAML 9.9\n---\na: b\n", 1, 1, ""),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_its_place(text, line, column, path):
    error = refused(text)

    assert (error.line, error.column, error.path) == (line, column, path)
    assert "\n" not in str(error)


def test_alias_bomb_is_refused_before_it_goes_off():
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 10))

    assert str(NODES_MAX) in refused(f"l0: &l0 [x]\n{levels}").rule


def test_chain_of_merges_is_counted_like_aliases():
    width = "".join(f"k{i}: 1\n  " for i in range(1000))
    merges = "".join(f"m{i}:\n  <<: *wide\n" for i in range(100))

    assert str(NODES_MAX) in refused(f"wide: &wide\n  {width}\n{merges}").rule


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "? " * 1000, "{a: " * 100_000])
def test_deep_nesting_is_refused(text):
    assert str(DEPTH_MAX) in refused(text).rule


def test_depth_is_counted_through_aliases():
    deep = "".join(f"a{i}: &a{i} [[[[[[[[*a{i - 1}]]]]]]]]\n" for i in range(1, 20))

    assert str(DEPTH_MAX) in refused(f"a0: &a0 x\n{deep}").rule


def test_too_long_a_text_is_refused():
    assert str(TEXT_LENGTH_MAX) in refused("a: " + "x" * TEXT_LENGTH_MAX).rule


def test_long_keys_with_many_children_cost_no_memory_for_paths():
    long = "k" * 400_000
    root = load(f"? {long}\n: [{'a,' * 20_000}]\n").root

    assert len(root.get(long).items()) == 20_000


@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!<>|'\"#%? \n\t~01\x00\ud800é"), max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        load(text)
    except SdlError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)
    assert place >= (1, 1)
