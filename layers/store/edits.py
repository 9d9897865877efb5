"""An analyst's edit beside its source: a note in the payload tells the two apart when the source sends the row again."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from layers.store.chain import Content

#: Stands in a payload that carries the note of an edit. Values cannot contain it: their quotes are escaped.
NOTED = '"edited":{'
_PLAIN = {"@geom": 0, "@start": 1, "@until": 2, "@reported": 3}


def reconciled(before: Content, held: Content) -> Content:
    """Return what is to stand after ``before`` where ``held`` comes in.

    The note ``edited`` is an object: ``fields`` names what an analyst decided (``@marking``, ``@geom``, ``@start``,
    ``@until`` and ``@reported`` for columns), ``source`` is the digest of the row that the source sent last, ``over``
    lists the markings below the analyst's, ``withdrawn`` is set on a record that the analyst took back, ``confirmed``
    is the grade that a record had before a link let it be graded 1, ``crossed`` the linked observations at whose crossing
    it stands. An incoming row with a note is an edit. One without is the source's: the same as last time it changes
    nothing, else its changes are taken and what the analyst decided is kept, of two markings the higher.
    """
    if NOTED in held[5]:
        return _signed(before, held)
    if NOTED in before[5] and not held[8]:
        return _kept(before, held)
    return held


def _signed(before: Content, held: Content) -> Content:
    fields, earlier = json.loads(held[5]), _note(before)
    fields["edited"]["source"] = earlier["source"] if earlier else _digest(before)
    return (*held[:5], _spelled(fields), *held[6:])


def _kept(before: Content, held: Content) -> Content:
    note = _note(before)
    source = _digest(held)
    if source == note["source"]:
        return before if note.get("withdrawn") or not before[8] else (*before[:8], 0)
    was, now = json.loads(before[5]), json.loads(held[5])
    row = list(held)
    decided = [name for name in note["fields"] if name != "@marking"]
    for name in decided:
        if name in _PLAIN:
            row[_PLAIN[name]] = before[_PLAIN[name]]
        elif name in was:
            now[name] = was[name]
        else:
            now.pop(name, None)
    if "@geom" in decided:
        row[6], row[7] = before[6], before[7]
    fresh: dict[str, object] = {"fields": decided, "source": source}
    fresh |= {name: note[name] for name in ("confirmed", "crossed") if name in note}
    if "@marking" in note["fields"] and held[4] in (*note.get("over", ()), before[4]):
        row[4] = before[4]
        fresh |= {"fields": note["fields"], "over": note.get("over", [])}
    row[5] = _spelled(now)
    del was["edited"]
    if (*row[:5], now) == (*before[:5], was):
        return before
    row[5] = _spelled(now | {"edited": fresh})
    return tuple(row)  # type: ignore[return-value]


def _note(content: Content) -> dict[str, Any]:
    return json.loads(content[5]).get("edited", {})  # type: ignore[no-any-return]


def _digest(content: Content) -> str:
    return blake2b(repr(content[:6]).encode(), digest_size=12).hexdigest()


def _spelled(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
