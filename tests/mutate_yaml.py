"""Reads mutated policy files in a process of its own: `python -m tests.mutate_yaml NUMBER SEED`.

Under a limit of 512 MB of address space every input is read, held against the other files, and its problems are
rendered. Prints how many were read, how many were refused, and the slowest in milliseconds, at the end and on the way;
the input at hand is kept in FILE (third argument) so that a crash leaves it behind.
"""

from __future__ import annotations

import random
import re
import resource
import sys
import time
from pathlib import Path

from checker.load import examine, understood
from checker.load.book import bound, over
from checker.load.check import check_book
from checker.load.strict import read
from checker.report.diagnostics import render

ROOT = Path(__file__).parent.parent
LIMIT = 512 * 1024 * 1024
VALID = ("policies/standards/visit.yaml", "policies/standards/callback.yaml", "policies/standards/dispatch.yaml", "policies/standards/patrol.yaml",
         "policies/standards/telephone.yaml", "policies/profiles/*.yaml", "policies/records/c*.yaml", "fixtures/telephone/*.yaml", "examples/it-service-desk/*.yaml")  # fmt: skip
REFUSED = "fixtures/refused/*.yaml"
PIECES = [
    "[", "]", "{", "}", ":", ": ", "- ", "\n", "\n  ", "\t", "#", "&a ", "*a", "!!python/object:os.system ", "!!binary ", "<<: *a", "? ", "| ", "> ", "%YAML 9.9\n",
    "---\n", "...\n", "'", '"', "\\", "\\x", "@", "`", "\x00", "\ufeff", "\u2028", "\x85", "：", "，", "“", "　", "𠮷", "٣", "é", "\r", "\r\n", "no", "~", "1e999", "9" * 5000,
    "-0", "0x", "1_0", ".inf", "2026-13-45", "24:61", "$", "$x", "10 %", "99999999999 years", "100000000 calendar days", "{a: {b: {c: ", "[[[[[[[[[[", "- - - - - ",
    "null", "format: records/1\n", "kind: ladder\n", "id: ", "one_of: ", "first_of: ", "not: ", "all_of: ", "{field: a, plus: 1 year}", "a.b.c.d", "{zh: , en: }",
]  # fmt: skip
WORD = re.compile(rb"\{[^{}\n]*\}|\[[^\[\]\n]*\]|[\w.$-]+|\"[^\"\n]*\"")
BOMBS = [
    "[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 20_000, "a:\n" + "".join(" " * depth + "a:\n" for depth in range(2_000)),
    "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join('*' + chr(97 + n) for _ in range(9))}]\n" for n in range(20)),
    "&a [*a]", "format: policies/1\npolicies: &a [*a, *a]\n", "x: " + "9" * 1_000_000, '"' + "\\x41" * 100_000 + '"', "k: 1\n" * 100_000,
    "".join(f"k{n}: no\n" for n in range(100_000)), "[" + "a," * 500_000, "'" + "a" * 1_900_000, "a" * 1_900_000, "!" * 100_000, "&" * 100_000,
    "format: policies/1\npolicies: [" + "{id: a.b, kind: requirement}, " * 20_000 + "]\n",
    "format: records/1\nrecord: a\ntitle: {zh: a, en: a}\nkey: [a]\nfields:\n" + "".join(f"  f{n}: {{type: text}}\n" for n in range(20_000)),
    "format: policies/1\npolicies:\n" + "- id: \"a\n" * 20_000, "a: b: c\n" * 50_000, "\u3000x: 1\n" * 50_000,
]  # fmt: skip


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """One of the seeds with its words exchanged, or with one to six ruder things done to it."""
    data = bytearray(chance.choice(seeds))
    if chance.random() < 0.6:
        return _exchanged(bytes(data), chance.choice(seeds), chance)
    for _ in range(chance.randint(1, 6)):
        at, to = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        to = min(to, at + chance.choice((1, 8, 80)))
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(PIECES).encode()
            case 1:
                del data[at:to]
            case 2:
                data[at:to] = chance.choice(PIECES).encode()
            case 3:
                data[at:at] = data[at:to] * chance.choice((1, 2, 30))
            case 4 if data:
                data[min(at, len(data) - 1)] = chance.randrange(256)
            case _:
                other = chance.choice(seeds)
                start = chance.randrange(len(other) + 1)
                data[at:at] = other[start : start + 60]
    return bytes(data)


def _exchanged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """A file that is still YAML: one to four words or flow parts replaced by some of this file or of another."""
    for _ in range(chance.randint(1, 4)):
        words = list(WORD.finditer(data))
        if words:
            place, found = chance.choice(words), list(WORD.finditer(chance.choice((data, other))))
            by = chance.choice(found)[0] if found and chance.random() < 0.8 else chance.choice(PIECES).encode()
            data = data[: place.start()] + by + data[place.end() :]
    return data


def main(number: int, seed: int, kept: Path) -> None:
    base, _ = examine([ROOT / "policies"])
    valid = [path.read_bytes() for pattern in VALID for path in sorted(ROOT.glob(pattern))]
    seeds = valid * 15 + [path.read_bytes() for path in sorted(ROOT.glob(REFUSED))]
    chance = random.Random(seed)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    refused, slowest = 0, 0.0
    inputs = [bomb.encode() for bomb in BOMBS]
    for index in range(number):
        data = inputs[index] if index < len(inputs) else mutated(seeds, chance)
        kept.write_bytes(data)
        begun = time.perf_counter()
        loaded = understood(read(data, "m.yaml"))
        problems = [*loaded.source.problems]
        problems += check_book(over(base, bound([loaded], problems)))
        for form in ("text", "json", "github"):
            render(problems, form, "zh")
        slowest = max(slowest, time.perf_counter() - begun)
        refused += bool(problems)
        if (index + 1) % 5_000 == 0 or index + 1 == number:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"{index + 1} read, {refused} refused, slowest {slowest * 1000:.0f} ms, {peak} MB", flush=True)
    kept.unlink()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
