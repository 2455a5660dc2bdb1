"""Preload process: reads and prepares the scan and map of the first picture.

While the window's process imports Qt and VTK, which hold the GIL, this process reads and prepares the scan
and the map. Results are sent through a pipe, except arrays: these are in an unnamed file that both processes
have open, and are memory-mapped, not copied. If this process fails, the window reads everything itself and
reports the error.

Heavy modules are imported only when needed, because the window's process starts this one first.
"""

from __future__ import annotations

import mmap
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.prepared_map import PreparedMap
    from viewer.scene.render_data import ScanRenderData

PROGRAM = "from viewer.scene.preload_process import run_preload; run_preload()"
SCAN, MAP, BRIGHTNESS, CONTENT, PREPARED = range(5)


class Preloader:
    """Process that reads a scan and, if given, a map over it; starts on creation.

    Methods wait for their results, and return None for any other scan or map, or if the process failed. Call
    them on a background thread.

    Parameters
    ----------
    scan_path, map_path
        Scan and map, as accepted by `viewer.scans.load`.
    smoothing
        Smoothing of the map, in mm.
    """

    def __init__(
        self, scan_path: str | Path, map_path: str | Path | None = None, smoothing: float = 0.0
    ) -> None:
        self._scan_path, self._map_path, self._smoothing = str(scan_path), str(map_path or ""), smoothing
        self._lock = threading.Lock()
        self._results: list[Any] = []
        self._array_file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        arrays = self._array_file.fileno()
        # The same import path as this process, without modules from the current folder.
        import_path = os.pathsep.join(entry for entry in sys.path if entry)
        try:
            self._process = subprocess.Popen(  # noqa: S603  the interpreter that runs, and no shell
                [
                    sys.executable,
                    "-P",
                    "-c",
                    PROGRAM,
                    self._scan_path,
                    self._map_path,
                    str(smoothing),
                    str(arrays),
                ],
                env=os.environ | {"PYTHONPATH": import_path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(arrays,),
            )
        except BaseException:
            self._array_file.close()
            raise
        assert self._process.stdout is not None
        self._pipe: IO[bytes] = self._process.stdout
        # One unpickler for all parts, so that shared objects, such as the scan's grid, stay shared.
        self._unpickler: pickle.Unpickler | None = pickle.Unpickler(  # noqa: S301  our own process's
            self._pipe, buffers=map_arrays(self._array_file)
        )

    def scan(self, path: str | Path) -> Scan | None:
        """Return the scan if it is the preloaded one."""
        preloaded: Scan | None = self._receive_part(SCAN) if str(path) == self._scan_path else None
        return preloaded

    def map(self, path: str | Path) -> Map | None:
        """Return the map if it is the preloaded one."""
        preloaded: Map | None = self._receive_part(MAP) if str(path) == self._map_path else None
        return preloaded

    def display_range(self, scan: Scan) -> tuple[float, float] | None:
        """Return `viewer.scans.display_range.display_range` of the scan, if it was loaded here."""
        limits: tuple[float, float] | None = (
            self._receive_part(BRIGHTNESS) if scan is self._received_part(SCAN) else None
        )
        return limits

    def scan_render_data(self, scan: Scan) -> ScanRenderData | None:
        """Return the scan prepared for the box, if it was loaded here."""
        render_data: ScanRenderData | None = (
            self._receive_part(CONTENT) if scan is self._received_part(SCAN) else None
        )
        return render_data

    def prepared_map(
        self, saliency_map: Map, scan_data: ScanRenderData, smoothing: float
    ) -> PreparedMap | None:
        """Return the prepared map, if map and scan were loaded here and the smoothing matches."""
        if (
            saliency_map is not self._received_part(MAP)
            or scan_data is not self._received_part(CONTENT)
            or smoothing != self._smoothing
        ):
            return None
        prepared_map: PreparedMap | None = self._receive_part(PREPARED)
        return prepared_map

    def close(self) -> None:
        """End the process and drop its results; later calls return None. Closing twice is allowed."""
        self._process.kill()
        with self._lock:
            self._end_process()

    def _received_part(self, index: int) -> object:
        """Return a part that was received; ``self`` if it was not."""
        with self._lock:
            return self._results[index] if index < len(self._results) else self

    def _receive_part(self, index: int) -> Any:
        with self._lock:
            while self._unpickler is not None and len(self._results) <= index:
                try:
                    self._results.append(self._unpickler.load())
                except (EOFError, OSError, pickle.UnpicklingError):
                    # The process failed or was ended: the window reads the data and reports the error.
                    self._end_process()
            return self._results[index] if index < len(self._results) else None

    def _end_process(self) -> None:
        self._unpickler = None
        self._results.clear()
        self._pipe.close()
        self._array_file.close()
        self._process.wait()


def write_array(file: IO[bytes], array: pickle.PickleBuffer) -> None:
    """Append an array to the file at the next page boundary, after a page with its length in bytes."""
    content = array.raw()
    file.write(len(content).to_bytes(8, "little"))
    file.seek(-file.tell() % mmap.ALLOCATIONGRANULARITY, os.SEEK_CUR)
    file.write(content)
    file.seek(-file.tell() % mmap.ALLOCATIONGRANULARITY, os.SEEK_CUR)
    file.flush()


def map_arrays(file: IO[bytes]) -> Iterator[mmap.mmap | bytes]:
    """Return the arrays of the file in order, memory-mapped read-only."""
    page, offset = mmap.ALLOCATIONGRANULARITY, 0
    while True:
        length = int.from_bytes(os.pread(file.fileno(), 8, offset), "little")
        offset += page
        yield mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ, offset=offset) if length else b""
        offset += -(-length // page) * page


def run_preload() -> None:
    """Run the process: read and prepare the scan and map of the command line, and write them to stdout."""
    from concurrent.futures import ThreadPoolExecutor

    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=1 << 20)
    # Output that a library may print must not enter the pipe.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    scan_name, map_name, smoothing = sys.argv[1], sys.argv[2], float(sys.argv[3])
    arrays = os.fdopen(int(sys.argv[4]), "wb")
    # nibabel would import it to inspect headers that may be DICOM, which takes as long as reading a scan;
    # DICOM folders are left to the window.
    sys.modules["pydicom"] = None  # type: ignore[assignment]
    # Sent by a separate thread, as the window may not be reading yet.
    with ThreadPoolExecutor(1) as import_pool, ThreadPoolExecutor(1) as send_pool:
        import_pool.submit(import_module, "scipy.ndimage")
        pickler = pickle.Pickler(pipe, 5, buffer_callback=partial(write_array, arrays))

        def send_part(part: object) -> None:
            try:
                pickler.dump(part)
                pipe.flush()
            except OSError:
                # The disk is full or the pipe is closed: nothing may follow an incomplete part.
                os._exit(1)

        for part in preload_steps(scan_name, map_name, smoothing):
            send_pool.submit(send_part, part)


def preload_steps(scan_name: str, map_name: str, smoothing: float) -> Iterator[object]:
    """Yield the requested parts in order, as soon as each is ready."""
    from viewer.scans.load import load_map, load_scan

    scan = load_scan(scan_name)
    yield scan
    saliency_map = load_map(map_name) if map_name else None
    yield saliency_map

    from viewer.scans.display_range import display_range

    yield display_range(scan.data)

    from viewer.scene.prepared_map import prepare_map
    from viewer.scene.render_data import ScanRenderData

    render_data = ScanRenderData.from_scan(scan)
    yield render_data
    if saliency_map is not None:
        yield prepare_map(saliency_map, scan, render_data, smoothing)
