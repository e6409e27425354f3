"""As much of a Consul agent as nodes need to find each other: services with checks that have to be passed in time.

usage: consul.py PORT
"""
import http.server
import json
import sys
import time
import urllib.parse

services = {}


class Agent(http.server.BaseHTTPRequestHandler):
    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, value=None):
        text = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_PUT(self):
        path, text = urllib.parse.urlparse(self.path).path, self.body()
        last = path.rsplit("/", 1)[-1]
        if path == "/v1/agent/service/register":
            service = json.loads(text)
            assert service["Check"]["Status"] == "passing"
            seconds = int(service["Check"]["TTL"].rstrip("s"))
            services[service["ID"]] = {"service": service, "seconds": seconds, "seen": time.monotonic()}
            self.reply(200)
        elif path.startswith("/v1/agent/check/pass/service:"):
            known = services.get(last.removeprefix("service:"))
            if known:
                known["seen"] = time.monotonic()
            self.reply(200 if known else 404)
        elif path.startswith("/v1/agent/service/deregister/"):
            self.reply(200 if services.pop(last, None) else 404)
        else:
            self.reply(404)

    def do_GET(self):
        parts = urllib.parse.urlparse(self.path)
        if not parts.path.startswith("/v1/health/service/"):
            return self.reply(404)
        wanted, now = parts.path.rsplit("/", 1)[-1], time.monotonic()
        self.reply(200, [
            {"Node": {"Address": "127.0.0.1"}, "Service": known["service"]}
            for known in services.values()
            if known["service"]["Name"] == wanted and now - known["seen"] < known["seconds"]
        ])

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Agent).serve_forever()
