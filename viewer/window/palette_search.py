"""Search of the command palette: entries ranked by how many words of a query they match, and how well.

Rare words count more (inverse document frequency: Spärck Jones 1972). A word also matches a prefix, a part or
a misspelling of another word, with a lower score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

EXACT, BEGINNING, SHORTENED, INSIDE, MISSPELT = 1.0, 0.8, 0.7, 0.5, 0.6
"""Scores: same word, prefix of the entry's word, entry's word as prefix, part, misspelling."""

MIN_STEM, MIN_PART, MIN_MISSPELT = 4, 3, 5
"""Minimum letters of an entry's word as prefix, of a part, and of a misspelling."""

MIN_SIMILARITY = 0.8
"""Minimum `difflib.SequenceMatcher.ratio` of a misspelling."""

MIN_SCORE = 0.3
"""Minimum share of a query that an entry must match."""

COVERED = 0.25
"""Relative bonus, times the share of the words of an entry's name that are in the query."""

COMPLETE = 0.2
"""Relative bonus of an entry that matches every word of a query of several words."""

STARTS = 0.5
"""Bonus for a name that starts with the query as it was typed."""

_STOP = (
    "a an and are be by can could do does for from have how i in is it its me my of on or please should that "
    "the their them there they this to want was what when where which who will with would you your"
)
_STOP_GERMAN = (
    "als am an auf aus bei bitte das dem den der des die dies diese diesem dieser ein eine einem einen einer "
    "für ich im in ist kann mein meine mich mir mit muss nach oder per sind soll und vom von wie wird zu zum "
    "zur"
)
STOP_WORDS = frozenset(f"{_STOP} {_STOP_GERMAN}".split())
"""Words without a meaning of their own; they count only if the query has no others."""


@dataclass(frozen=True)
class PaletteEntry:
    """Entry of the palette: its name, kind and action.

    Parameters
    ----------
    name, kind
        Its name, and its kind, such as "action" or "in Show".
    run
        Called when it is chosen.
    keywords
        Other names shown beside it, such as its shortcut or its name on the command line.
    hidden_keywords
        Search words that are not shown: synonyms, and its help text.
    rank
        Order of equal matches, the lowest first.
    is_available
        Whether it is available now.
    """

    name: str
    kind: str
    run: Callable[[], object]
    keywords: str = ""
    hidden_keywords: str = ""
    rank: int = 0
    is_available: bool = True

    @cached_property
    def weighted_words(self) -> tuple[tuple[float, tuple[str, ...]], ...]:
        """The entry's words by field, with the field's weight."""
        return (
            (1.0, split_words(self.name)),
            (0.9, split_words(self.keywords)),
            (0.7, split_words(self.hidden_keywords)),
            (0.8, split_words(self.kind)),
        )


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without hyphens: "Grad-CAM" is "gradcam"."""
    return tuple(map(_strip_plural, re.findall(r"[^\W_]+|\+\+|\?", text.casefold().replace("-", ""))))


def filter_entries(entries: Sequence[PaletteEntry], query: str) -> list[PaletteEntry]:
    """Return the entries that match a query, best first; for an empty query all, in the given order."""
    words = split_words(query)
    words = tuple(word for word in words if word not in STOP_WORDS) or words
    if not words:
        return list(entries)
    matches = {word: _score_entries(entries, word) for word in dict.fromkeys(words)}
    weights = {word: math.log(1 + len(entries) / max(len(scores), 1)) for word, scores in matches.items()}
    total_weight, query_text = sum(weights.values()), query.casefold().strip()
    scored = []
    for index, entry in enumerate(entries):
        score = sum(weights[word] * matches[word].get(index, 0.0) for word in matches) / total_weight
        if score < MIN_SCORE:
            continue
        if len(matches) > 1 and all(index in scores for scores in matches.values()):
            score *= 1 + COMPLETE
        name = entry.weighted_words[0][1]
        score *= 1 + COVERED * sum(word in words for word in name) / max(len(name), 1)
        score += STARTS * entry.name.casefold().startswith(query_text)
        scored.append((-score, entry.rank, index, entry))
    return [entry for *_, entry in sorted(scored, key=lambda scores: scores[:3])]


def _score_entries(entries: Sequence[PaletteEntry], word: str) -> dict[int, float]:
    """Return the score of each entry that matches a word, by the entry's index."""
    scores: dict[int, float] = {}
    similarities: dict[str, float] = {}
    for index, entry in enumerate(entries):
        best = 0.0
        for weight, field_words in entry.weighted_words:
            for field_word in field_words:
                if field_word not in similarities:
                    similarities[field_word] = _similarity(word, field_word)
                best = max(best, weight * similarities[field_word])
        if best:
            scores[index] = best
    return scores


def _similarity(word: str, entry_word: str) -> float:
    """Return how well a word of a query matches one of an entry, 0 to 1."""
    if word == entry_word:
        return EXACT
    if entry_word.startswith(word):
        return BEGINNING
    if len(entry_word) >= MIN_STEM and word.startswith(entry_word):
        return SHORTENED
    if len(word) >= MIN_PART and word in entry_word:
        return INSIDE
    # Misspelt words rarely differ in the first letter; comparing all words takes longer than a frame.
    is_similar = (
        word[0] == entry_word[0]
        and min(len(word), len(entry_word)) >= MIN_MISSPELT
        and abs(len(word) - len(entry_word)) < 3
    )
    if is_similar and SequenceMatcher(None, word, entry_word).ratio() >= MIN_SIMILARITY:
        return MISSPELT
    return 0.0


def _strip_plural(word: str) -> str:
    """Return a word without its plural s."""
    plural = len(word) > MIN_PART and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word
