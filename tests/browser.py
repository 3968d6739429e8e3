# SPDX-License-Identifier: GPL-2.0-only
"""Headless Chromium, spoken to over the pipe of its DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# See https://chromedevtools.github.io/devtools-protocol/ for methods and events.
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
KEY_CODES = {"Escape": 27, "?": 191, ".": 190}
DEADLINE_SECONDS = 60.0


class Browser:
    """One page in a browser of its own; notes what the page says and asks for."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self.said: list[str] = []
        self.requests: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method and wait for its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
        raise TimeoutError(method)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._receive, 1 << 16)
            assert chunk, "the browser is gone"
            self._rest += chunk
        raw, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(raw)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method: str | None, parameters: dict[str, Any]) -> None:
        if method == "Runtime.consoleAPICalled":
            self.said.append(f"{parameters['type']}: {parameters['args']}")
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.said.append(str(parameters["entry"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, path: Path, anchor: str = "") -> None:
        """Load a file and wait until it is there."""
        self.ask("Page.navigate", url=f"{path.as_uri()}{anchor}")
        end = time.monotonic() + DEADLINE_SECONDS
        while self.js("document.readyState") != "complete" or self.js("location.href") == "about:":
            assert time.monotonic() < end
        self.settle()

    def settle(self) -> None:
        """Wait for two frames: what was scrolled is where it belongs."""
        wait = "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
        self.ask("Runtime.evaluate", expression=wait, awaitPromise=True)

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """A key, as a reader presses it."""
        code = KEY_CODES.get(key, ord(key[0].upper()))
        text = {} if len(key) > 1 else {"text": key}
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)
        self.settle()

    def size(self, width: int, height: int) -> None:
        """The window."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip

    def media(self, *, scheme: str = "light", medium: str = "screen") -> None:
        """What the system prefers, and whether it is about paper."""
        features = [{"name": "prefers-color-scheme", "value": scheme},
                    {"name": "prefers-reduced-motion", "value": "reduce"}]  # fmt: skip
        self.ask("Emulation.setEmulatedMedia", media=medium, features=features)

    def screenshot(self, path: Path) -> None:
        """What a reader sees."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a fresh profile; gone after the block."""
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    # The protocol wants the pipe at descriptors 3 and 4.
    script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec chromium "$@"'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", *OPTIONS, f"--user-data-dir={profile}"],
        pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        page = Browser(ours_out, ours_in)
        page.size(1280, 900)
        page.media()
        yield page
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()
        os.close(ours_in)
        os.close(ours_out)
