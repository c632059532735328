"""Events by HTTP: one object or one a line, with a bearer token; 202 with their numbers once the journal has them."""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from checker.errors import Text, Where, refuse, say, system
from checker.watch.watcher import Inbox, Line, Submission

LARGEST = 5_000_000
"""Bytes of one request."""
SHORTEST = 16
"""Characters of a token, at least."""
AT_ONCE = 64
LINGER = 2.0
"""Seconds that one who was refused may stay silent."""
PATIENCE = 30.0
"""Seconds that a sender may stay silent, and that the journal may take."""


def address(written: str) -> tuple[str, int]:
    """`HOST:PORT`, `[::1]:PORT` or a bare `PORT` on this machine. Raises CheckerError."""
    host, colon, port = written.rpartition(":")
    if port.isascii() and port.isdigit() and int(port) < 65_536 and (host or not colon):
        return host.strip("[]") or "127.0.0.1", int(port)
    raise refuse("listen.form", say("`{w}` 不是地址(`--listen`)", "`{w}` is no address (`--listen`)", w=written),
                 say("写成 `主机:端口`,例如 `127.0.0.1:8787`", "write `HOST:PORT`, such as `127.0.0.1:8787`"))  # fmt: skip


def token_of(path: Path | None) -> str:
    """The token of a file. Raises CheckerError where there is none, or too short a one."""
    if path is None:
        raise refuse("listen.token", say("`--listen` 要有令牌", "`--listen` needs a token"),
                     say("加 `--token-file 文件`,文件里写至少 {n} 个字符", "add `--token-file FILE`; the file holds {n} characters or more", n=SHORTEST))  # fmt: skip
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("listen.token", say("令牌文件读不出", "the token file cannot be read"), say("检查路径和权限", "look at its path and permissions"), Where(str(path))) from error
    if len(token) < SHORTEST or not token.isascii() or len(token.split()) != 1:
        raise refuse("listen.token", say("令牌要有 {n} 个以上的字母数字,不带空格", "a token has {n} or more letters and digits, without blanks", n=SHORTEST),
                     say("例如用 `openssl rand -hex 32` 生成", "make one with `openssl rand -hex 32`"), Where(str(path)))  # fmt: skip
    return token


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, at: tuple[str, int], inbox: Inbox, token: str) -> None:
        self.inbox, self.token = inbox, token
        self.room = threading.BoundedSemaphore(AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
        super().__init__(at, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that went away is nobody's fault."""


class Listener:
    """Listens from the moment it is made. Raises CheckerError where the address is taken."""

    def __init__(self, at: tuple[str, int], inbox: Inbox, token: str, complain: Callable[[Text], None]) -> None:
        try:
            self.server = _Server(at, inbox, token)
        except (OSError, UnicodeError) as error:
            said = system(error) if isinstance(error, OSError) else say("没有这个主机", "there is no such host")
            raise refuse("listen.address", say("不能监听 {h}:{p}:{z}", "{h}:{p} cannot be listened on: {e}", h=at[0], p=at[1], z=said.zh, e=said.en),
                         say("换一个 `--listen`", "give another `--listen`")) from error  # fmt: skip
        self.port: int = self.server.server_address[1]
        complain(say("在 http://{h}:{p} 接收事件", "events are taken at http://{h}:{p}", h=at[0], p=self.port))
        if not loopback(at[0]):
            complain(say("注意:别的机器也能访问,且没有加密;请放在反向代理之后",
                         "note: other machines can reach it, and nothing is encrypted; put it behind a reverse proxy"))  # fmt: skip
        threading.Thread(target=self.server.serve_forever, daemon=True, name="listen").start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "checker"
    sys_version = ""
    timeout = PATIENCE

    def do_POST(self) -> None:
        try:
            with _Room(self.server.room):
                self._answer(202, self._taken())
        except _Refused as error:
            self._answer(error.status, {"error": {"zh": error.what.zh, "en": error.what.en}, **error.more}, error.status != 400)

    def _taken(self) -> dict[str, Any]:
        """Take in what the request holds: all of it or nothing."""
        self._authorised()
        submission = Submission([Line(one) for one in _lines(self._body())], self.client_address[0], whole=True, done=threading.Event())
        assert submission.done
        self.server.inbox.put(submission)
        if not submission.done.wait(PATIENCE):
            raise _Refused(503, say("日志来不及写,稍后再发", "the journal did not keep up; send it again later"))
        if submission.bad:
            listed = [{"line": line, "zh": reason.zh, "en": reason.en} for line, reason in submission.bad[:100]]
            raise _Refused(400, say("有 {n} 条不能用,一条也没有采用", "{n} events cannot be used, and none was taken", n=len(submission.bad)), events=listed)
        return {"taken": len(submission.taken), "seq": submission.taken}

    def _authorised(self) -> None:
        word, _, given = self.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.server.token.encode()):
            raise _Refused(401, say("令牌不对;写 `Authorization: Bearer 令牌`", "the token is wrong; write `Authorization: Bearer TOKEN`"))

    def _body(self) -> str:
        length = self.headers.get("Content-Length", "")
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower() or not (length.isascii() and length.isdigit()):
            raise _Refused(411, say("没有说长度(`Content-Length`)", "its length is not said (`Content-Length`)"))
        if len(length) > 12 or int(length) > LARGEST:
            raise _Refused(413, say("一次最多 {n} 字节", "at most {n} bytes at once", n=LARGEST))
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            raise _Refused(408, say("没有收全", "not all of it came"))
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _Refused(400, say("不是 UTF-8", "it is not UTF-8")) from None

    def _wrong_method(self) -> None:
        self._answer(405, {"error": {"zh": "只接收 POST", "en": "only POST is taken"}}, True)

    do_GET = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _wrong_method

    def do_HEAD(self) -> None:
        self._answer(405, None, True)

    def _answer(self, status: int, said: dict[str, Any] | None, close: bool = False) -> None:
        """`close`: what the sender still has to say is not read."""
        body = b"" if said is None else (json.dumps(said, ensure_ascii=False) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == 405:
            self.send_header("Allow", "POST")
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if close:
            self._linger()

    def _linger(self) -> None:
        """Let a sender that still speaks read its answer: closed at once, its line would break first."""
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER)
            left = 10 * LARGEST
            while left > 0 and (data := self.connection.recv(65_536)):
                left -= len(data)
        except OSError:
            return

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request at all is refused in the same form."""
        self._answer(405 if code == 501 else code, {"error": {"zh": "读不懂的请求", "en": "the request cannot be read"}}, True)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: they hold personal data."""


class _Refused(Exception):
    def __init__(self, status: int, what: Text, **more: Any) -> None:
        self.status, self.what, self.more = status, what, more
        super().__init__(what.en)


class _Room:
    """A place among the requests that are served at once."""

    def __init__(self, room: threading.BoundedSemaphore) -> None:
        self.room = room

    def __enter__(self) -> None:
        if not self.room.acquire(timeout=PATIENCE):
            raise _Refused(503, say("同时的请求太多,稍后再发", "too many requests at once; send it again later"))

    def __exit__(self, *_: object) -> None:
        self.room.release()


def _lines(body: str) -> list[str]:
    """The events of a body: one object, over as many lines as it likes, or one a line."""
    try:
        if isinstance(json.loads(body), dict):
            return [body]
    except (ValueError, RecursionError):
        pass
    found = [line for line in body.split("\n") if line.strip()]
    if not found:
        raise _Refused(400, say("没有事件", "there is no event"))
    return found


__all__ = ["LARGEST", "Listener", "address", "loopback", "token_of"]
