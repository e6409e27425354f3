"""Writes to a cluster with redis-py until it is told to end (SIGTERM), and then looks what became of the writes.

usage: cluster_load.py HOST:PORT...      says "running" when it has written every key once

Each key holds the number of its last write. At the end it writes a line of names and numbers:

    acknowledged   writes that were answered
    uncertain      writes that were not, so that they may have happened or not
    lost           acknowledged writes that are not there at the end
    pause          the longest time, in milliseconds, between two acknowledged writes of one key
"""

import collections
import signal
import sys
import threading
import time

from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry

THREADS = 3
KEYS = 12

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())


def client():
    addresses = [address.split(":") for address in sys.argv[1:]]
    nodes = [ClusterNode(host, int(port)) for host, port in addresses]
    return RedisCluster(
        startup_nodes=nodes, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 1)
    )


def until_it_works(action):
    end = time.monotonic() + 20
    while True:
        try:
            return action()
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Writer(threading.Thread):
    def __init__(self, number):
        super().__init__()
        self.keys = [f"load:{number}:{key}" for key in range(KEYS)]
        self.acknowledged = {key: [] for key in self.keys}
        self.uncertain = 0
        self.errors = collections.Counter()
        self.pause = 0
        self.is_running = threading.Event()

    def run(self):
        redis = until_it_works(client)
        count = 0
        last = {}
        while not stopping.is_set():
            count += 1
            for key in self.keys:
                try:
                    redis.set(key, count)
                except Exception as error:
                    self.uncertain += 1
                    self.errors[type(error).__name__] += 1
                    time.sleep(0.005)
                    continue
                now = time.monotonic()
                self.acknowledged[key].append(count)
                self.pause = max(self.pause, now - last.get(key, now))
                last[key] = now
            if len(last) == len(self.keys):
                self.is_running.set()
            time.sleep(0.001)
        # Every shard has to serve at the end.
        for key in self.keys:
            until_it_works(lambda: redis.set(key, count + 1))
            self.acknowledged[key].append(count + 1)


def lost(redis, writer):
    count = 0
    for key, written in writer.acknowledged.items():
        kept = until_it_works(lambda: redis.get(key))
        count += sum(1 for number in written if number > int(kept or 0))
    return count


writers = [Writer(number) for number in range(THREADS)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.is_running.wait()
print("running", flush=True)
for writer in writers:
    writer.join()
redis = until_it_works(client)
acknowledged = sum(len(written) for writer in writers for written in writer.acknowledged.values())
uncertain = sum(writer.uncertain for writer in writers)
missing = sum(lost(redis, writer) for writer in writers)
pause = max(writer.pause for writer in writers)
errors = sum((writer.errors for writer in writers), collections.Counter())
print("errors", dict(errors))
print("acknowledged", acknowledged, "uncertain", uncertain, "lost", missing, "pause", round(pause * 1000))
