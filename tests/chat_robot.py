"""A chat robot on this machine: it keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Robot:
    """`answers`: (status, body, headers) in turn, the last again and again. `got`: (path, headers, body) of each request."""

    answers: Sequence[tuple[int, Any, dict[str, str]]] = ((200, {"errcode": 0, "errmsg": "ok", "code": 0}, {}),)
    got: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with robot.came:
                    status, said, headers = robot.answers[min(len(robot.got), len(robot.answers) - 1)]
                    robot.got.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
                    robot.came.notify_all()
                data = json.dumps(said).encode()
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/robot?key=secret-key"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def until(self, number: int) -> list[Any]:
        """The bodies, once there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= number, 30), self.got
            return [body for _, _, body in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
