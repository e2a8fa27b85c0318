"""The pages that readers get, as text."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES}
EVERYTHING = "\n".join(TEXTS.values())


def fences(text):
    """Lines inside fenced blocks; one that ends with a backslash goes on in the next."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from re.sub(r"\\\n\s*", "", block).splitlines()


def codes(text):
    """What stands between single backticks, outside of fenced blocks."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", plain)]


def section(text, heading):
    """Everything under a heading of the second level, down to the next one."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
