// @ts-check
/**
 * When charts are drawn: one frame loop for the page, at most 6 ms a frame and 4 draws a second a
 * chart; hidden tabs and charts that are scrolled away wait until they are seen.
 */

/** @typedef {{canvas: HTMLCanvasElement, draw: () => void, drawnAt: number, seen: boolean}} Drawn */

const BUDGET_MS = 6;
const GAP_MS = 250;

/** @type {Set<Drawn>} in the order in which they became dirty: round robin when time runs out */
const dirty = new Set();
/** @type {Map<Element, Drawn>} */
const known = new Map();
let frame = 0;

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const drawn = known.get(entry.target);
    if (drawn) drawn.seen = entry.isIntersecting;
  }
  wake();
});

/** @param {Drawn} drawn */
export function enroll(drawn) {
  known.set(drawn.canvas, drawn);
  watcher.observe(drawn.canvas);
}

/** @param {Drawn} drawn */
export function dismiss(drawn) {
  watcher.unobserve(drawn.canvas);
  known.delete(drawn.canvas);
  dirty.delete(drawn);
}

/** @param {Drawn} drawn its data changed */
export function mark(drawn) {
  dirty.add(drawn);
  wake();
}

export function markAll() {
  for (const drawn of known.values()) dirty.add(drawn);
  wake();
}

function wake() {
  if (!frame && !document.hidden && dirty.size) frame = requestAnimationFrame(run);
}

/** @param {number} now */
function run(now) {
  frame = 0;
  let waiting = false;
  for (const drawn of dirty) {
    if (!drawn.seen) continue;
    if (now - drawn.drawnAt < GAP_MS || performance.now() - now > BUDGET_MS) {
      waiting = true;
      continue;
    }
    dirty.delete(drawn);
    drawn.drawnAt = now;
    drawn.draw();
  }
  if (waiting) wake();
}

document.addEventListener("visibilitychange", wake);
