// @ts-check
/** The times that a page shows: moved and widened by keys, copied as they stand, told in a zone. */
import { bind } from "../../ops_portal/js/keys.js";
import { now } from "../../ops_portal/js/time.js";

const LEAST_MS = 60_000;
const toolbar = /** @type {HTMLElement} */ (document.getElementById("range"));
const follows = toolbar.dataset.follows === "1";

/** @returns {{from: number, to: number}} what is shown at this moment: the end of most pages is now */
function shown() {
  const [from, to] = [Number(toolbar.dataset.from), Number(toolbar.dataset.to)];
  const passed = follows ? now() - to : 0;
  return { from: from + passed, to: to + passed };
}

/** @param {number} from @param {number} to ms @returns {string} this page, of exactly these times */
function address(from, to) {
  const there = new URL(location.href);
  for (const name of ["range", "before", "zone"]) there.searchParams.delete(name);
  there.searchParams.set("from", new Date(from).toISOString());
  there.searchParams.set("to", new Date(to).toISOString());
  return there.href;
}

/** @param {number} by share of the length, negative is earlier */
function move(by) {
  const { from, to } = shown();
  const step = Math.min(by * (to - from), now() - to);
  if (Math.abs(step) >= LEAST_MS) location.assign(address(from + step, to + step));
}

/** The end stays where it is, for that is mostly now. @param {number} by factor of the length */
function stretch(by) {
  const { from, to } = shown();
  const length = Math.max(LEAST_MS, by * (to - from));
  location.assign(address(to - length, to));
}

const preset = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (toolbar.querySelector(`[data-range="${name}"]`));

bind("t ArrowLeft", "Earlier times", () => move(-0.5));
bind("t ArrowRight", "Later times", () => move(0.5));
bind("t ArrowUp", "Longer times", () => stretch(2));
bind("t ArrowDown", "Shorter times", () => stretch(0.5));
bind("t l", "Live", () => preset("live")?.click());
bind("t c", "Custom times", () => document.getElementById("custom")?.togglePopover());

document.getElementById("pinned")?.addEventListener("click", (event) => {
  const { from, to } = shown();
  /** @type {HTMLElement} */ (event.currentTarget).dataset.copy = address(from, to);
}, true); // prettier-ignore
// Days, hours and the form of custom times are made for one zone.
document.documentElement.addEventListener("zonechange", () => location.reload());
