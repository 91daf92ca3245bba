"""Stands for the daemon in tests of the supervisor: says it is ready, answers /healthz, dies of SIGTERM."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Healthz(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"daemon": "ok", "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(arguments: list[str]) -> None:
    home = Path(arguments[arguments.index("--home") + 1])
    host, _, port = arguments[arguments.index("--http") + 1].rpartition(":")
    server = HTTPServer((host, int(port)), Healthz)
    (home / "run").mkdir(exist_ok=True)
    said = {"http": f"{host}:{server.server_port}", "pid": os.getpid()}
    spare = home / "run" / "daemon.json.new"
    spare.write_text(json.dumps(said))
    spare.replace(home / "run" / "daemon.json")
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv)
