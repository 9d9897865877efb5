"""What rests on scenes is marked at least as high as they are: rasters of statistics, findings, and the incidents made of these.

This is the one home of that rule, and nobody's sight needs another: whoever raises a scene raises in the same act what rests on
it, and no edit takes what rests on a scene below it. What was hidden with a scene is shown by hand: lowering a scene lowers the
scene alone. A record that stood below its scene already said of itself where it is from, in somebody's file, and stays: raising
it would tell whoever wrote it that such a scene is here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from layers import access
from layers.access import User
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk.cueing import MADE
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.model import AuditEvent, Layer, Receipt, Rows, Versions

#: The layers on which others rest.
RESTED = (SCENES.id, FINDINGS.id)
#: The fields by which a record says on which scenes it rests.
_NAMED = ("before", "after", "statistic")

#: From which marking to which a scene or a finding goes, by its name.
Steps = Mapping[str, tuple[str, str]]


@dataclass
class Resting:
    """What rests on scenes that are raised in one act: its new versions, and the words that tell of them."""

    record: Record
    _raised: Counter[str] = field(default_factory=Counter)

    def raised(self, steps: Steps) -> Iterator[Rows]:
        """Yield new versions of what rests on scenes, or findings, marked as high as these will be; nothing where none is raised.

        What was taken back is raised too: whoever asks what was known before it was may still see it. Runs inside the store's
        transaction, and looks at the record as it stood before that.
        """
        levels = self.record.configuration.markings
        up = {of: step for of, step in steps.items() if access.rank(step[1], levels) > access.rank(step[0], levels)}
        for layer in (SCENES, FINDINGS) if up else ():
            held = self.record.store.current(layer.id, _features(self.record, layer))
            due: dict[int, str] = {}
            for n, payload in enumerate(held.payload):
                met = [up[name] for name in rests_on(json.loads(payload)) if name in up and held.feature[n] not in steps]
                if met and (level := self._due(held.marking[n], met)):
                    due[n] = level
                    up[held.feature[n]] = (held.marking[n], level)
            yield from self._versions(layer, held, due)
        made = {f"{MADE}{of}": step for of, step in up.items()}
        held = self.record.store.current(INCIDENTS.id, list(made))
        due = {n: level for n, name in enumerate(held.feature) if (level := self._due(held.marking[n], [made[name]]))}
        yield from self._versions(INCIDENTS, held, due)

    def told(self, receipt: Receipt) -> Receipt:
        """Return the receipt of the act: it counts what was asked for, and says what was raised with it."""
        count = self._raised.total()
        if not count:
            return receipt
        parts = [_many(n, of) for of in (SCENES, FINDINGS, INCIDENTS) if (n := self._raised[of.id])]
        words = f"Raised with it, as it rests on what is marked higher now: {', '.join(parts)}."
        return replace(receipt, changed=receipt.changed - count, said=(*receipt.said, words))

    def _due(self, marking: str, met: Iterable[tuple[str, str]]) -> str:
        """Return how high a marking must go, blank for one that is high enough or stood below its scenes already."""
        levels = self.record.configuration.markings
        steps, rank = list(met), access.rank(marking, levels)
        need = access.highest((now for _, now in steps), levels)
        low = all(access.rank(was, levels) > rank for was, _ in steps)
        return "" if low or access.rank(need, levels) <= rank else need

    def _versions(self, layer: Layer, held: Versions, due: Mapping[int, str]) -> Iterator[Rows]:
        if not due:
            return
        self._raised[layer.id] += len(due)
        at = np.array(list(due), np.intp)
        yield Rows(
            layer.id,
            np.zeros(len(at), np.int64),
            [held.feature[n] for n in due],
            held.lon[at],
            held.lat[at],
            None if held.wkb is None else [held.wkb[n] for n in due],
            held.start[at],
            held.until[at],
            held.reported[at],
            list(due.values()),
            [self._noted(held.payload[n], level) for n, level in due.items()],
            held.retracted[at],
        )

    def _noted(self, payload: str, level: str) -> str:
        """Return a payload that says that its marking was decided on here, so that its source lowers it by no later row."""
        levels = self.record.configuration.markings
        fields = json.loads(payload)
        note = fields.get("edited", {})
        decided = sorted({*note.get("fields", ()), "@marking"})
        fresh: dict[str, object] = {"fields": decided, "over": list(levels[: access.rank(level, levels)])}
        fresh |= {name: note[name] for name in ("confirmed", "crossed", "withdrawn") if name in note}
        return json.dumps(fields | {"edited": fresh}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def rests_on(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Return the digests of the scenes on which a record rests."""
    return tuple(str(fields[name]) for name in _NAMED if fields.get(name))


def floor(record: Record, fields: Mapping[str, object]) -> str:
    """Return the highest marking of the scenes and the finding on which a record rests, blank where none of them is here."""
    made = str(fields.get("id") or "")
    held = [*record.store.current(SCENES.id, list(rests_on(fields))).marking]
    if made.startswith(MADE):
        held += record.store.current(FINDINGS.id, [made.removeprefix(MADE)]).marking
    return access.highest(held, record.configuration.markings) if held else ""


def marked(record: Record, digests: Sequence[str] | None = None) -> dict[str, str]:
    """Return how scenes are marked now, by their digests, those taken back included; all of them where none is named."""
    held = record.store.current(SCENES.id, _features(record, SCENES) if digests is None else list(digests))
    return dict(zip(held.feature, held.marking, strict=True))


def found_on(sheet: Sheet, digests: Sequence[str]) -> str:
    """Return in a sentence how many findings that the user sees rest on scenes that are no longer as they were; blank where none does."""
    findings = sheet.features(FINDINGS.id)
    count = int(findings[list(_NAMED)].isin(list(digests)).any(axis=1).sum())
    it = "it" if len(digests) == 1 else "them"
    if not count:
        return ""
    return f"{count:,} {f'finding rests on {it} and stays as it was' if count == 1 else f'findings rest on {it} and stay as they were'} found."


def steps(before: Mapping[str, str], after: Mapping[str, str]) -> Steps:
    """Return from which marking to which scenes went, of those that were there before and are marked otherwise after."""
    return {of: (was, after[of]) for of, was in before.items() if of in after and after[of] != was}


def followed(record: Record, user: User, before: Mapping[str, str], reason: str) -> None:
    """Raise, as a batch of its own, what rests on scenes that are marked higher than ``before`` says they were."""
    rows = list(Resting(record).raised(steps(before, marked(record, list(before)))))
    if rows:
        record.store.append(rows, AuditEvent(record.clock(), user.name, "edit", rows[0].layer, {"reason": reason}))
        record.refresh()


def _features(record: Record, layer: Layer) -> list[str]:
    return list(dict.fromkeys(feature for part in record.store.tail(layer.id, 0) for feature in part.feature))


def _many(count: int, of: Layer) -> str:
    return f"{count:,} {of.one if count == 1 else of.called}"
