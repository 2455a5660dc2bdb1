"""Open a saved session with its scan, maps, atlas and network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from viewer.errors import ModelError
from viewer.models.loading import load_model
from viewer.progress import Progress
from viewer.session import session_io
from viewer.session.session import Session


def open_session(path: str | Path, *, trust: bool = False, progress: Progress | None = None) -> Session:
    """Open a saved session: its scan, its maps, its atlas, its network and its view.

    Parameters
    ----------
    path : str or Path
        A ``.session.json``, which names files, or a ``.session.zip``, which contains them. Nothing in it
        is executed.
    trust : bool
        Whether a network's file may execute its own code (TorchScript, Python).
    progress : Progress, optional
        Called after every file; may cancel.

    Returns
    -------
    Session
        The saved state: ``scan``, ``model``, ``maps`` (each with its map and visibility), ``current``,
        ``atlas`` and ``view``.

    Raises
    ------
    ViewerError
        The file is not a session, or a file that it names is missing or has changed.
    Cancelled
        Cancelled by ``progress``.

    Examples
    --------
    >>> import viewer
    >>> session = viewer.Session()
    >>> session.set_scan(viewer.load_scan("mni152"))
    >>> session.change(glass=True)
    >>> path = viewer.save_session(session, "glass.session.json")
    >>> viewer.open_session(path).view.glass
    True
    """
    progress = progress or Progress()
    saved = session_io.read_session(Path(path))
    snapshot = session_io.open_snapshot(saved, progress.subtask(0.0, 0.8))
    if saved.model is not None:
        progress.step(0.8, 1.0, "Loading the network")
        model = load_model(
            saved.model.path, saved.model.card, trust=trust, answer=saved.model.output_name or None
        )
        if saved.model.hash not in ("", model.hash):
            raise ModelError(
                saved.model.path, "has changed since the session was saved", "open it separately"
            )
        snapshot = replace(snapshot, model=model)
    session = Session()
    session.restore(snapshot)
    progress.step(1.0, 1.0)
    return session
