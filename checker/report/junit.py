"""Named groups of cases -> JUnit XML, which build servers show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a suite. It failed where there are lines in `wrong`; `noted` is said of one that passed."""

    classname: str
    name: str
    wrong: Sequence[str] = ()
    noted: Sequence[str] = ()


def junit(name: str, suites: Mapping[str, Sequence[Case]]) -> str:
    """The whole document; the suites in the order given."""
    top = ET.Element("testsuites", name=name)
    for file, cases in suites.items():
        failures = sum(bool(one.wrong) for one in cases)
        suite = ET.SubElement(top, "testsuite", name=_clean(file), tests=str(len(cases)), failures=str(failures), errors="0")
        for one in cases:
            _add(suite, one)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode")


def _add(suite: ET.Element, one: Case) -> None:
    element = ET.SubElement(suite, "testcase", classname=_clean(one.classname), name=_clean(one.name))
    if one.wrong:
        ET.SubElement(element, "failure", message=_clean(one.wrong[0])).text = _clean("\n".join(one.wrong))
    if one.noted:
        ET.SubElement(element, "system-out").text = _clean("\n".join(one.noted))


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return CONTROL.sub("?", text)


__all__ = ["Case", "junit"]
