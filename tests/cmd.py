"""As much of Windows' command interpreter as the launcher uses, and how Windows cuts a command line into words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Program = Callable[[list[str]], int]


@dataclass
class Cmd:
    """Runs one batch file that stands in `folder` (ends with a separator). `rest` is the command line after its name."""

    folder: str
    rest: str
    programs: dict[str, Program]
    printed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    level: int = 0

    def run(self, raw: bytes) -> int:
        text = raw.decode("ascii")
        assert text.count("\n") == text.count("\r\n"), "cmd loses its labels in a file without carriage returns"
        lines = text.split("\r\n")
        at = 0
        while at < len(lines):
            at += 1
            found = self._line(self._expanded(re.sub(r"\s+2?>nul", "", lines[at - 1])))
            if isinstance(found, int):
                return found
            if found:
                at = lines.index(found)
        return self.level

    def _expanded(self, line: str) -> str:
        words = split(self.rest)
        line = line.replace("%~dp0", self.folder).replace("%~1", words[0] if words else "").replace("%ERRORLEVEL%", str(self.level))
        line = re.sub(r"%([A-Z]+)%", lambda found: self.variables.get(found[1], ""), line)
        return line.replace("%*", self.rest)

    def _line(self, line: str) -> str | int | None:
        """A label to go to, a code to end with, or nothing."""
        if jump := re.fullmatch(r'if (?:"(.*)"=="(.*)"|errorlevel (\d+)) goto (\w+)', line):
            return f":{jump[4]}" if (jump[1] == jump[2] if jump[3] is None else self.level >= int(jump[3])) else None
        word, _, rest = line.partition(" ")
        match word:
            case "" | "@echo" | "rem" | "setlocal" | "popd" | "pause" | "chcp":
                return None
            case "set":
                name, _, value = rest.partition("=")
                self.variables[name] = value
            case "pushd":
                self.moved += split(rest)
            case "echo":
                self.printed.append(rest)
            case "goto":
                return f":{rest}"
            case "exit":
                return int(rest.removeprefix("/b "))
            case "where":
                self.level = 0 if rest in self.programs else 1
            case _ if not line.startswith(":"):
                self.level = self.programs[word](split(rest))
        return None


def split(line: str) -> list[str]:
    """The words of a command line as a Windows program gets them: blanks part them but within quotes."""
    return [found[0].replace('"', "") for found in re.finditer(r'(?:"[^"]*"|[^\s"])+', line)]
