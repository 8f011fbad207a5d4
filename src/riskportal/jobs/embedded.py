"""The `embedded` driver: a worker in a thread of the web server's process."""

from __future__ import annotations

import threading

from riskportal.jobs.worker import Worker

STOP_SECONDS = 30.0


class EmbeddedWorker:
    """Runs a worker in a daemon thread between `start` and `stop`."""

    def __init__(self, worker: Worker) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=worker.run_forever, args=(self._stop,), name="riskportal-worker", daemon=True
        )

    def start(self) -> None:
        """Begin to run jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the job in hand and end; a job that takes longer than 30 s is left to its lease."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)
