# SPDX-License-Identifier: Apache-2.0
"""A node's start, memory and round trip, seen from outside."""
import http.client
import json
import re
import statistics
import subprocess
import time

STARTS = 10
REQUESTS = 1000
IDLE_SECONDS = 2
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})


def _ask(connection):
    connection.request("POST", "/", BODY, {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    if answer.get("result") != "0x7a69":
        raise SystemExit(f"bench: eth_chainId answered {answer}")


class Node:
    """`tandem dev` with a connection to it; start_ms is from the spawn to the first JSON-RPC answer."""

    def __init__(self, tandem):
        began = time.perf_counter()
        self.process = subprocess.Popen([tandem, "dev", "--port", "0", "--json"], stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench: tandem dev ended before it was ready")
        self.connection = http.client.HTTPConnection("127.0.0.1", json.loads(line)["port"])
        _ask(self.connection)
        self.start_ms = (time.perf_counter() - began) * 1e3

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def megabytes(self, key):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(rf"^{key}:\s+(\d+) kB", f.read(), re.M)[1]) / 1024

    def round_trip_us(self):
        began = time.perf_counter()
        _ask(self.connection)
        return (time.perf_counter() - began) * 1e6


def measure(tandem):
    starts = []
    for _ in range(STARTS):
        with Node(tandem) as n:
            starts.append(n.start_ms)
    with Node(tandem) as n:
        time.sleep(IDLE_SECONDS)
        rss, anon = n.megabytes("VmRSS"), n.megabytes("RssAnon")
        round_trip = statistics.median(n.round_trip_us() for _ in range(REQUESTS))
    return {"start_ms": statistics.median(starts), "start_min_ms": min(starts), "start_max_ms": max(starts),
            "rss_mb": rss, "anon_mb": anon, "round_trip_us": round_trip}
