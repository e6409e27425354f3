#!/usr/bin/env python3
"""Writes without a pause while the servers beneath are exchanged, until it is told to end (SIGTERM).

usage: moving_load.py PORT...      says "running" when it has written every key once

It is a client as plain as can be: it goes where MOVED and READONLY send it, and sends again what was not carried out; everything
else that is no OK is a failed write. Each key holds the number of its last write. At the end it reads all keys, says how many
writes were acknowledged, redirected, failed and lost and the longest pause of a key in milliseconds, and ends with 1 if any
failed or was lost.
"""

import signal
import socket
import sys
import time

PORTS = [int(port) for port in sys.argv[1:]]
KEYS = [f"moving:{number}" for number in range(60)]
running = True


def end(number, frame):
    global running
    running = False


signal.signal(signal.SIGTERM, end)


class Load:
    def __init__(self):
        self.connections = {}
        self.place = dict.fromkeys(KEYS, PORTS[0])
        self.acknowledged = dict.fromkeys(KEYS, 0)
        self.written_at = {}
        self.redirected = self.failed = self.pause = 0

    def ask(self, port, *words):
        if port not in self.connections:
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            self.connections[port] = connection.makefile("rwb")
        stream = self.connections[port]
        stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
        stream.flush()
        line = stream.readline()
        if not line.startswith(b"$") or line == b"$-1\r\n":
            return line.decode().strip()
        return stream.read(int(line[1:]) + 2)[:-2].decode()

    def follow(self, key, *words):
        """The reply of whoever is responsible for a key."""
        for _ in range(100):
            reply = self.ask(self.place[key], *words)
            if reply.startswith("-MOVED "):
                self.place[key] = int(reply.rsplit(":", 1)[1])
            elif reply.startswith("-READONLY "):
                self.leave(self.place[key])
            else:
                return reply
            self.redirected += 1
        return reply

    def leave(self, port):
        """Goes to the next server of the list, with all keys."""
        self.connections.pop(port).close()
        following = PORTS[(PORTS.index(port) + 1) % len(PORTS)]
        self.place = {key: following if place == port else place for key, place in self.place.items()}
        time.sleep(0.01)

    def write(self, key, number):
        try:
            reply = self.follow(key, "SET", key, str(number))
        except OSError as error:
            reply = str(error)
        if reply != "+OK":
            self.failed += 1
            if self.failed <= 5:
                print("failed:", key, repr(reply), flush=True)
            return
        now = time.monotonic()
        self.pause = max(self.pause, now - self.written_at.get(key, now))
        self.written_at[key] = now
        self.acknowledged[key] = number

    def lost(self):
        return [key for key, number in self.acknowledged.items() if self.follow(key, "GET", key) != str(number)]


load = Load()
number = 0
while running:
    number += 1
    for key in KEYS:
        load.write(key, number)
    if number == 1:
        print("running", flush=True)
    time.sleep(0.001)
lost = load.lost()
print(
    f"{number * len(KEYS)} writes: {load.redirected} redirections, {load.failed} failed, {len(lost)} keys with lost writes,",
    f"longest pause {load.pause * 1000:.0f} ms",
)
sys.exit(1 if load.failed or lost else 0)
