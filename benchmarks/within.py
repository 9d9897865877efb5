"""How soon the map answers "within so many metres of", with a million incidents on it, while the slider moves.

The clock starts in the page, with the slider's event. It stops when the frame says that every tile and the outline of the
reach stand on the screen, and when the number beside them is the new one. The first answer about a pair of layers, which
reckons every incident's distance, is told by itself.
"""

from __future__ import annotations

import random
from urllib.parse import quote

from browser import Opened, chromium, new_page, opened
from common import FIRST_PORT, arguments, median, mission, p95, said, server

_MOVES = 40
_DRAGS = 8
_OTHERS = ("ceasefire_lines", "zones", "positions", "settlements", "patrol_tracks")
_STEPS = 31

_TIMED = """async ([start, wait]) => {
  const [box, answer] = ['[data-state]', '#gl-answer'].map((of) => document.querySelector(of));
  let began = 0;
  const when = (of, held) => new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (!began || !held()) return;
      watch.disconnect();
      done(performance.now() - began);
    });
    watch.observe(of, { attributes: true, childList: true, subtree: true });
  });
  const number = document.querySelector('.gl-big');
  const both = [when(box, () => box.dataset.state === 'drawn'), when(answer, () => number.textContent && !('stale' in number.dataset))];
  const steps = start.steps || [null];
  for (const [n, step] of steps.entries()) {
    if (n === steps.length - 1) began = performance.now();
    if (step === null) window.show(start.view, '', 'within');
    else {
      const range = document.querySelector('#gl-q-slide');
      range.value = String(step);
      range.dispatchEvent(new Event('input'));
    }
    if (n < steps.length - 1) await new Promise((done) => { setTimeout(done, wait); });
  }
  return Promise.all(both);
}"""
_READY = "document.querySelector('[data-state]').dataset.state === 'drawn' && document.querySelector('#gl-clear')?.offsetParent"


def main() -> None:
    asked = arguments(__doc__)
    dice = random.Random(1)
    port = FIRST_PORT + 10
    with server(mission(given=asked.mission), port), chromium() as browser:
        first = {other: begun(opened(new_page(browser), port), other) for other in _OTHERS}
        found = opened(new_page(browser), port)
        begun(found, _OTHERS[0])
        moves = [timed(found, [step]) for step in steps(dice, _MOVES)]
        drags = [timed(found, walk(dice), wait=25) for _ in range(_DRAGS)]
    told = ", ".join(f"{other.replace('_', ' ')} {picture:.0f}" for other, (picture, _) in first.items())
    said("first answer about a pair of layers → picture, 1M", "", f"{told} ms")
    for what, took in (("slider moved", moves), ("slider let go after 20 moves, 25 ms apart", drags)):
        for part, bound, figures in zip(("picture", "number"), ("≤ 300 ms", ""), zip(*took, strict=True), strict=True):
            figure = f"{p95(figures):.0f} ms (median {median(figures):.0f}, worst {max(figures):.0f}, n {len(figures)})"
            said(f"{what} → {part}, p95, 1M", bound, figure)


def begun(found: Opened, other: str) -> tuple[float, float]:
    """Open the panel with a question about incidents and another layer; return how long picture and number took, in ms."""
    found.frame.evaluate("window.show('last=all', '', 'within')")
    found.frame.wait_for_selector("#gl-ask")
    found.frame.wait_for_function("document.querySelector('[data-state]').dataset.state === 'drawn'")
    took = measured(found, {"view": f"last=all&where={quote(f'incidents,within,{other},500', safe=',')}"}, 0)
    found.frame.wait_for_function(_READY)
    return took


def timed(found: Opened, moves: list[int], wait: int = 0) -> tuple[float, float]:
    """Move the slider to one step after the other; return how long picture and number took from the last, in ms."""
    took = measured(found, {"steps": moves}, wait)
    found.page.wait_for_timeout(600)
    return took


def measured(found: Opened, start: dict[str, object], wait: int) -> tuple[float, float]:
    picture, number = found.frame.evaluate(_TIMED, [start, wait])
    return float(picture), float(number)


def steps(dice: random.Random, count: int) -> list[int]:
    """Return steps of the slider of which none is the one before."""
    found = [10]
    while len(found) <= count:
        step = dice.randrange(_STEPS)
        if step != found[-1]:
            found.append(step)
    return found[1:]


def walk(dice: random.Random) -> list[int]:
    """Return the steps of a drag: one by one, in one direction."""
    start = dice.randrange(_STEPS - 20)
    return list(range(start, start + 20))[:: dice.choice((1, -1))]


if __name__ == "__main__":
    main()
