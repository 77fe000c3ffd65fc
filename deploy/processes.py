"""One node, two processes: a parent that loaded everything once, a web process and a worker forked from it."""

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

WATCHED = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 60.0  # a worker that lived this long starts again without delay
GRACE_SECONDS = 15.0
VITAL = "web"


class Supervisor:
    """Starts the named jobs as child processes and keeps them: the web process is vital, others are restarted.

    The parent opens no database connection, thread or event loop, so that every fork starts clean.
    """

    def __init__(self, jobs: Mapping[str, Callable[[], None]], pidfile: Path) -> None:
        self.jobs = jobs
        self.pidfile = pidfile
        self.running: dict[int, tuple[str, float]] = {}
        self.pauses: dict[str, float] = dict.fromkeys(jobs, FIRST_PAUSE_SECONDS)
        self.due: dict[str, float] = {}

    def run(self) -> int:
        """Serve until a signal or until the vital process ends; return the exit code for the shell."""
        gc.collect()
        gc.freeze()  # shared pages stay shared: the collector no longer touches what was loaded before the fork
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        try:
            for name in self.jobs:
                self._start(name)
            return self._watch()
        finally:
            self._end_all()
            self.pidfile.unlink(missing_ok=True)

    def _watch(self) -> int:
        while True:
            wait = min([when - time.monotonic() for when in self.due.values()], default=5.0)
            came = signal.sigtimedwait(WATCHED, max(wait, 0.0))
            if came and came.si_signo != signal.SIGCHLD:
                return 0
            for name, code in self._ended():
                if name == VITAL:
                    return code
                self._plan_restart(name)
            for name in [name for name, when in self.due.items() if when <= time.monotonic()]:
                del self.due[name]
                self._start(name)

    def _start(self, name: str) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _be_child(self.jobs[name])
        self.running[pid] = (name, time.monotonic())
        self._note_pids()

    def _note_pids(self) -> None:
        """Write who runs, one `pid name` a line, so that `doctor` finds every process of this node."""
        lines = [f"{os.getpid()} node", *(f"{pid} {name}" for pid, (name, _) in self.running.items())]
        draft = self.pidfile.with_name(f".{self.pidfile.name}.{os.getpid()}")
        draft.write_text("\n".join(lines) + "\n")
        draft.replace(self.pidfile)

    def _ended(self) -> list[tuple[str, int]]:
        ended = []
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            name, since = self.running.pop(pid)
            if time.monotonic() - since > STEADY_SECONDS:
                self.pauses[name] = FIRST_PAUSE_SECONDS
            ended.append((name, os.waitstatus_to_exitcode(status)))
        return ended

    def _plan_restart(self, name: str) -> None:
        pause = self.pauses[name]
        self.pauses[name] = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self.due[name] = time.monotonic() + pause
        sys.stderr.write(f"The {name} process ended; it starts again in {pause:.0f} s.\n")

    def _end_all(self) -> None:
        self._signal(signal.SIGTERM)
        patience = time.monotonic() + GRACE_SECONDS
        while self.running and time.monotonic() < patience:
            signal.sigtimedwait(WATCHED, 0.2)
            self._ended()
        self._signal(signal.SIGKILL)
        while self.running:
            signal.sigtimedwait(WATCHED, 0.2)
            self._ended()

    def _signal(self, number: int) -> None:
        for pid in self.running:
            os.kill(pid, number)


def aside(job: Callable[[], None]) -> int:
    """Run a job in a child of its own and wait for it; return its exit code.

    What it imports and reads does not stay in this process, and what is loaded here need not be loaded again there.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _be_child(job)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _be_child(job: Callable[[], None]) -> None:
    """Run the job in a fresh child and end the process with its exit code; never returns."""
    code = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then ends its children in order
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        job()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 the last frame of a process: report, then exit without the parent's cleanup
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone (killed without a chance to say so)."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
