"""Page with all scores of the track record that is shipped with the program."""

from __future__ import annotations

from viewer.checks.track_record.markdown_table import to_markdown
from viewer.checks.track_record.shipped import read_track_record

TITLE = "Track record: all scores"


def track_record_page() -> str:
    """Return the tables as Markdown, with the data that they are based on."""
    table = read_track_record()
    basis = table["rests_on"]
    parts = [
        f"# {TITLE}",
        f"{basis['networks']} of {basis['networks_trained']} trained networks count, for the tasks "
        f"{', '.join(basis['tasks'])}; {basis['brains']} simulated brains were explained, a third for each "
        f"task. Mean and 95 % interval; the mass in the source expected by chance is {basis['chance']:.3f}. "
        "The design is described in [the track record](track-record.md).",
        to_markdown(table).strip(),
    ]
    for method, reasons in table["cannot"].items():
        parts.append(f"`{method}` cannot explain {' and '.join(reasons)} networks.")
    return "\n\n".join(parts) + "\n"
