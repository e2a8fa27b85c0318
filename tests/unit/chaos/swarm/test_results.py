"""What a campaign leaves in its folder."""

import pytest

from simulator.chaos.swarm.results import ResultsError, ResultsFile, file_of, read, read_all
from tests.unit.chaos.swarm.builders import result, violation


def write(path, *results):
    with ResultsFile(path) as file:
        for one in results:
            file.append(one)


def test_results_are_read_as_they_were_written(tmp_path):
    path = file_of(tmp_path / "new", 3)
    write(path, result(1), result(2, violation()))

    assert path.name == "results-0003.jsonl"
    assert list(read(path)) == [result(1), result(2, violation())]


def test_a_file_that_is_opened_again_grows(tmp_path):
    path = file_of(tmp_path, 0)
    write(path, result(1))
    write(path, result(2))

    assert [one.seed for one in read(path)] == [1, 2]


def test_a_line_that_was_cut_off_is_passed_over_and_written_anew(tmp_path):
    path = file_of(tmp_path, 0)
    write(path, result(1), result(2))
    path.write_bytes(path.read_bytes()[:-20])

    assert [one.seed for one in read(path)] == [1]
    write(path, result(2))
    assert [one.seed for one in read(path)] == [1, 2]


def test_a_line_that_is_no_result_is_named(tmp_path):
    path = file_of(tmp_path, 0)
    path.write_text('{"seed": 1}\n')

    with pytest.raises(ResultsError, match="line 1"):
        list(read(path))


def test_all_indices_are_merged_and_no_seed_is_told_twice(tmp_path):
    write(file_of(tmp_path, 0), result(1), result(2))
    write(file_of(tmp_path, 1), result(2), result(3))

    assert [one.seed for one in read_all(tmp_path)] == [1, 2, 3]


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="holds no results"):
        list(read_all(tmp_path))
