import pytest

from provider.sdl.errors import SdlError
from provider.sdl.sizes import byte_size, cpu_units, gpu_units, memory_of_gpu
from provider.sdl.source import load


def node(text):
    return load(f"v: {text}\n").root.get("v")


@pytest.mark.parametrize(
    ("text", "units"),
    [("100m", 100), ("0m", 0), ("1", 1000), ("0.5", 500), ("'0.01'", 10), (".25", 250), ("2.", 2000),
     ("1e1", 10_000), ("+1", 1000), ("0.0009", 0), ("", 0),
     # As the reference: 1.001 * 1000 is 1000.9999999999999 in 64 bits.
     ("1.001", 1000), ("8.2", 8200)],
)  # fmt: skip
def test_cores_become_thousandths(text, units):
    assert cpu_units(node(text)) == units


@pytest.mark.parametrize(
    "text",
    ["-100m", "-1", "0.5m", "+5m", "m", "one", "0x10", "inf", "nan", "1 000", "1,5", "[1]", "1e400",
     "1" * 50, "1" * 50 + "m"],
)  # fmt: skip
def test_what_is_no_cpu_is_refused(text):
    with pytest.raises(SdlError):
        cpu_units(node(text))


@pytest.mark.parametrize(
    ("text", "size"),
    [("512", 512), ("1k", 1000), ("1Ki", 1024), ("1M", 10**6), ("1Mi", 2**20), ("1.5Gi", 3 * 2**29),
     ("2G", 2 * 10**9), ("1T", 10**12), ("1Ti", 2**40), ("1P", 10**15), ("1Pi", 2**50),
     ("1E", 10**18), ("1Ei", 2**60), ("1e3", 1000), ("1E3Ki", 1024_000), ("0.3Gi", 322_122_547),
     ("", 0)],
)  # fmt: skip
def test_sizes_become_bytes(text, size):
    assert byte_size(node(text)) == size


@pytest.mark.parametrize(
    "text",
    ["2gb", "2GB", "1gi", "512Mb", "1K", "1ki", "1m", "Gi", "-1Gi", "1 Gi", "1GiGi", "1Gi1", "[]",
     "1e9999999999", "0x10", "1_0Gi", "1m1"],
)  # fmt: skip
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(SdlError, match=r"512Mi|single value"):
        byte_size(node(text))


def test_gpu_memory_takes_binary_suffixes_only():
    assert memory_of_gpu(node("80Gi")) == 80 * 2**30
    with pytest.raises(SdlError):
        memory_of_gpu(node("80G"))


def test_gpus_are_counted_in_whole_numbers():
    assert gpu_units(node("8")) == 8
    assert gpu_units(node("'8'")) == 8
    assert gpu_units(node("")) == 0
    for text in ("1.0", "-1", "one", "1" * 30, "\u0661"):
        with pytest.raises(SdlError):
            gpu_units(node(text))
