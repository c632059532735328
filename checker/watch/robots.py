"""Alerts as messages: a generic webhook, and the chat robots of WeCom, DingTalk and Feishu in their own formats."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.errors import CheckerError, Where, nearest, refuse, say
from checker.policy.kinds import LEVELS
from checker.watch.alerts import KINDS, URGENT

Alerts = Sequence[Mapping[str, Any]]
STORM = 5
"""More alerts than this in one message are counted, and the worst are shown."""
QUIET = frozenset({"met", "exempt"})
"""What chat groups hear in a digest only."""


@dataclass(frozen=True)
class Target:
    """Where alerts go. `secret` signs messages (DingTalk, Feishu); neither it nor the URL is ever printed."""

    kind: str
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """A name for files and sentences, in which no key stands."""
        return f"{self.kind}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"

    @property
    def robot(self) -> bool:
        return self.kind != "webhook"


def target(written: str) -> Target:
    """`KIND=URL`, `KIND=URL#SECRET`, or `KIND=@FILE` whose first line is the rest. Raises CheckerError."""
    kind, sign, url = written.partition("=")
    if kind not in FORMS or not sign:
        meant = nearest(kind, FORMS)
        raise refuse("notify.form", say("`--notify {k}` 读不懂", "`--notify {k}` cannot be read", k=kind),
                     say("写 `{m}=URL`;可用 {a}", "write `{m}=URL`; there are {a}", m=meant or "webhook", a=", ".join(FORMS)))  # fmt: skip
    url, _, secret = (_first_line(Path(url[1:])) if url.startswith("@") else url).partition("#")
    try:
        parts = urllib.parse.urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise refuse("notify.url", say("`--notify {k}=…` 的地址不是 http 或 https", "the address of `--notify {k}=…` is not http or https", k=kind),
                     say("从机器人的设置里复制地址", "copy the address from the robot's settings"))  # fmt: skip
    return Target(kind, url, secret)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> CheckerError:
    return refuse("notify.file", say("读不出地址文件", "the file of the address cannot be read"), say("检查路径和权限", "look at its path and permissions"), Where(str(path)))


# --- what is said ----------------------------------------------------------------------------------------------------


def worst_first(alerts: Alerts) -> list[Mapping[str, Any]]:
    """By severity, then by what matters, then by number."""
    return sorted(alerts, key=lambda one: (LEVELS.index(one["severity"]), URGENT.index(one["alert"]), one["seq"]))


def title(alerts: Alerts, lang: str) -> str:
    """What a list of messages shows; a robot that asks for a keyword finds 服务标准, or service, in every one."""
    if len(alerts) == 1:
        said = KINDS[alerts[0]["alert"]][lang]
        return f"服务标准提醒:{said}" if lang == "zh" else f"service alert: {said}"
    return f"{len(alerts)} 条服务标准提醒" if lang == "zh" else f"{len(alerts)} service alerts"


def lines(alerts: Alerts, lang: str, largest: int) -> list[str]:
    """The sentences, worst first; of a storm the counts by kind and the worst. At most `largest` bytes of UTF-8 in all."""
    ordered = worst_first(alerts)
    shown = [f"{KINDS[one['alert']][lang]} · {one[lang]}" for one in ordered[:STORM]]
    counted = Counter(one["alert"] for one in alerts)
    joint, between = (";", " ") if lang == "zh" else ("; ", " × ")
    if len(alerts) > STORM:
        shown.insert(0, joint.join(f"{KINDS[kind][lang]}{between}{counted[kind]}" for kind in URGENT if counted[kind]))
        more = len(alerts) - STORM
        shown.append(f"……另有 {more} 条" if lang == "zh" else f"… and {more} more")
    room = largest // len(shown) - 3
    return [one if len(one.encode()) <= room else one.encode()[: room - 3].decode(errors="ignore") + "…" for one in shown]


MARKUP = str.maketrans({"<": "\uff1c", ">": "\uff1e", "@": "\uff20", "[": "\uff3b", "]": "\uff3d", "*": "\uff0a", "`": "\uff40", "#": "\uff03"})
"""What a robot would take for markup, to its full-width form: no text of a record mentions everybody or makes a link."""


# --- forms -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted where."""

    url: str = field(repr=False)
    body: Mapping[str, Any]


def webhook(target: Target, alerts: Alerts, lang: str) -> Message:
    """One alert as it stands in the log; several under `alerts`, with counts and the worst."""
    if len(alerts) == 1:
        return Message(target.url, alerts[0])
    counts = Counter(one["alert"] for one in alerts)
    seqs = [one["seq"] for one in alerts]
    said = {"format": "alerts/1", "count": len(alerts), "counts": dict(sorted(counts.items())), "first_seq": min(seqs), "last_seq": max(seqs)}
    return Message(target.url, {**said, "worst": worst_first(alerts)[0], "alerts": list(alerts)})


def wecom(target: Target, alerts: Alerts, lang: str) -> Message:
    """WeCom: Markdown, at most 4,096 bytes."""
    text = "\n".join(f"> {one.translate(MARKUP)}" for one in lines(alerts, lang, 3_600))
    return Message(target.url, {"msgtype": "markdown", "markdown": {"content": f"**{title(alerts, lang)}**\n{text}"}})


def dingtalk(target: Target, alerts: Alerts, lang: str) -> Message:
    """DingTalk: Markdown with a title, signed in the address: HMAC-SHA256 of time and secret, the time in milliseconds."""
    text = "\n".join(f"- {one.translate(MARKUP)}" for one in lines(alerts, lang, 12_000))
    body = {"msgtype": "markdown", "markdown": {"title": title(alerts, lang), "text": f"#### {title(alerts, lang)}\n{text}"}}
    if not target.secret:
        return Message(target.url, body)
    stamp = str(time.time_ns() // 1_000_000)
    made = hmac.new(target.secret.encode(), f"{stamp}\n{target.secret}".encode(), hashlib.sha256).digest()
    query = urllib.parse.urlencode({"timestamp": stamp, "sign": base64.b64encode(made).decode()})
    return Message(target.url + ("&" if "?" in target.url else "?") + query, body)


def feishu(target: Target, alerts: Alerts, lang: str) -> Message:
    """Feishu: an interactive card, signed in the body: HMAC-SHA256 of nothing, keyed by time and secret, the time in seconds."""
    elements = [{"tag": "div", "text": {"tag": "plain_text", "content": one}} for one in lines(alerts, lang, 12_000)]
    colour = "red" if worst_first(alerts)[0]["severity"] in ("critical", "major") else "orange"
    card = {"header": {"title": {"tag": "plain_text", "content": title(alerts, lang)}, "template": colour}, "elements": elements}
    body: dict[str, Any] = {"msg_type": "interactive", "card": card}
    if target.secret:
        stamp = str(time.time_ns() // 1_000_000_000)
        made = hmac.new(f"{stamp}\n{target.secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(made).decode()}
    return Message(target.url, body)


FORMS: Mapping[str, Callable[[Target, Alerts, str], Message]] = {"webhook": webhook, "wecom": wecom, "dingtalk": dingtalk, "feishu": feishu}
ACCEPTED: Mapping[str, tuple[str, ...]] = {"webhook": (), "wecom": ("errcode",), "dingtalk": ("errcode",), "feishu": ("code", "StatusCode")}
"""The keys of a robot's answer that are 0 where it has taken the message; it answers 200 also where it has not."""


def refusal(target: Target, answer: Mapping[str, Any]) -> str:
    """Why a robot did not take a message, in its own words; empty where it did."""
    keys = [key for key in ACCEPTED[target.kind] if key in answer]
    if not ACCEPTED[target.kind] or (keys and all(answer[key] == 0 for key in keys)):
        return ""
    return str(answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or "?")[:200]


__all__ = ["FORMS", "QUIET", "STORM", "Message", "Target", "lines", "refusal", "target", "title", "worst_first"]
