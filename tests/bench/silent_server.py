"""A language server that answers every request with nothing and publishes nothing; with `--busy` it never rests."""

from __future__ import annotations

import json
import sys
import threading


def main() -> None:
    """Answer until standard input ends."""
    if "--busy" in sys.argv:
        threading.Thread(target=_spin, daemon=True).start()
    while head := sys.stdin.buffer.readline():
        length = int(head.partition(b":")[2])
        sys.stdin.buffer.readline()
        message = json.loads(sys.stdin.buffer.read(length))
        if "id" in message:
            body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": None}).encode()
            sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            sys.stdout.buffer.flush()


def _spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
