"""The load generator for speech: many clients that stream their microphones. Obeys as ``benchmarks.crowd`` does.

Frames are built before anything is measured, so a chunk costs little more than the system call that sends it.
"""

import gc
import selectors
import time
from itertools import islice
from typing import Any

from benchmarks import sound
from benchmarks.crowd import Crowd, Line, obey
from benchmarks.frames import INTERRUPTED, PING, PONG, SPEECH_SETUP, TURN, audio_frame
from benchmarks.gauges import cpu_seconds

CHUNK_MS = 20
PING_EVERY_MS = 5
FLOOD_OCTETS = 256 * 1024
"""Handed to the system at once when there is no pace."""


class Microphones(Crowd):
    """Clients of one server, all with the same half minute of sound, each at another place of it."""

    setup = SPEECH_SETUP

    def __init__(self, port: int, pid: int) -> None:
        super().__init__(port, pid)
        self._frames = [audio_frame(chunk) for chunk in sound.chunks()]
        self._lags: list[float] = []
        self._sent_ms = 0

    def stream(self, seconds: float, settling: float = 0.0) -> dict[str, Any]:
        """Let every client send a chunk each 20 ms, spread evenly over these; each goes on where it stopped last time.

        Now and then a ping goes right behind a chunk. Servers answer in order, so the time until its pong is how long a
        chunk waits until it was heard.

        Args:
            seconds: that are measured.
            settling: seconds before them. After a pause the turns that were under way have ended, and all who were in
                the middle of a sentence begin to speak at one moment, as no crowd does.
        """
        self._stream(settling)
        lags = self._lags
        lags.clear()
        cpu, begin = cpu_seconds(self.pid), time.perf_counter()
        messages, late = self._stream(seconds)
        took = time.perf_counter() - begin
        self._listen_until(time.perf_counter() + 0.2)
        cpu = cpu_seconds(self.pid) - cpu
        return {"messages": messages, "seconds": took, "cpu": cpu, "lags": sorted(lags), "late": late}

    def _stream(self, seconds: float) -> tuple[int, float]:
        """Gives how many messages that were, and by how many seconds one was late at most."""
        frames, lines = self._frames, self.lines
        for line in lines:
            line.mark = PONG
        first, late, messages = self._sent_ms, 0.0, 0
        self._sent_ms += round(seconds * 1000)
        begin = time.perf_counter() - first / 1000
        for tick in range(first, self._sent_ms):
            due = begin + tick / 1000
            self._listen_until(due)
            late = max(late, time.perf_counter() - due)
            chunk, phase = divmod(tick, CHUNK_MS)
            turn = list(islice(enumerate(lines), phase, None, CHUNK_MS))
            for number, line in turn:
                line.send(frames[(chunk + 41 * number) % len(frames)])
            messages += len(turn)
            if turn and tick % PING_EVERY_MS == 0:
                self._ping(turn[tick // PING_EVERY_MS % len(turn)][1])
        return messages, late

    def flood(self) -> dict[str, Any]:
        """Let every client send its half minute as fast as the server takes it; over when all of it was heard."""
        all_at_once = memoryview(b"".join(self._frames) + PING)
        unsent = dict.fromkeys(self.lines, all_at_once)
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        for line in self.lines:
            line.mark = PONG
            self._selector.modify(line.socket, both, line)
        waiting = len(self.lines)
        cpu, begin = cpu_seconds(self.pid), time.perf_counter()
        while waiting:
            for key, events in self._ready():
                line = key.data
                if events & selectors.EVENT_WRITE:
                    unsent[line] = unsent[line][line.socket.send(unsent[line][:FLOOD_OCTETS]) :]
                    if not unsent[line]:
                        self._selector.modify(line.socket, selectors.EVENT_READ, line)
                if events & selectors.EVENT_READ:
                    waiting -= line.reached(line.socket.recv(65536))
        seconds = time.perf_counter() - begin
        messages = len(self._frames) * len(self.lines)
        return {"messages": messages, "seconds": seconds, "cpu": cpu_seconds(self.pid) - cpu}

    def barge_in(self, times: int, speaks: str) -> dict[str, Any]:
        """Let one client speak while it is spoken to, again and again: seconds from a chunk to its ``interrupted``.

        Args:
            times: how often.
            speaks: what is in a message when the server has begun to speak.
        """
        (line,) = self.lines
        quiet = self._frames[: sound.quiet_chunks()]
        taken: list[float] = []
        line.send(TURN)
        while len(taken) < times:
            self._await(line, speaks.encode())
            for frame in quiet[:20] + self._frames[len(quiet) :]:
                sent = time.perf_counter()
                line.send(frame + PING)
                came = self._await(line, PONG, INTERRUPTED)
                if came:
                    taken.append(came - sent)
                    break
            else:
                raise RuntimeError("the server did not notice that it was spoken to")
            for frame in quiet:
                line.send(frame)
        return {"each": taken}

    def _ping(self, line: Line) -> None:
        line.ready_at = time.perf_counter()
        line.send(PING)

    def _listen_until(self, moment: float) -> None:
        """Take what comes until then; at least what is there already."""
        left = moment - time.perf_counter()
        while True:
            for key, _ in self._selector.select(max(left, 0)):
                line = key.data
                if line.reached(line.socket.recv(65536)):
                    self._lags.append(time.perf_counter() - line.ready_at)
            left = moment - time.perf_counter()
            if left <= 0:
                return

    def _await(self, line: Line, mark: bytes, also: bytes = b"") -> float:
        """Wait for a mark; gives when another one before it or with it came, 0 if it did not."""
        stream, came = b"", 0.0
        while mark not in stream:
            self._ready()
            some = line.socket.recv(65536)
            if not some:
                raise ConnectionError("the server closed the connection")
            stream += some
            if also and not came and also in stream:
                came = time.perf_counter()
        return came


if __name__ == "__main__":
    gc.disable()
    obey(Microphones)
