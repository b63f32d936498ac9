// @ts-check
/** The keyboard: single keys and two-key chords, off inside fields, and off altogether on request. */
import { openDialog, somethingOpen } from "./dialog.js";

const CHORD_MS = 1200;
const CAPS = /** @type {Record<string, string>} */ ({ ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" });
/** @type {Map<string, {does: string, run: () => void}>} */
const bound = new Map();
let first = "";
let firstAt = 0;

/**
 * @param {string} keys `a`, `?` or a chord as `g o`
 * @param {string} does what it does, for the list under `?`
 * @param {() => void} run
 */
export function bind(keys, does, run) {
  bound.set(keys, { does, run });
}

const enabled = () => localStorage.getItem("keys") !== "off";

/** @param {EventTarget | null} target */
function writes(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (writes(event.target) || somethingOpen()) return;
  const chord = Date.now() - firstAt < CHORD_MS ? `${first} ${event.key}` : "";
  const found = bound.get(chord) ?? bound.get(event.key);
  first = event.key;
  firstAt = Date.now();
  if (!found) return;
  event.preventDefault();
  if (bound.has(chord)) first = "";
  found.run();
}

function showList() {
  const list = document.getElementById("keys-list");
  if (!list) return;
  list.replaceChildren();
  for (const [keys, { does }] of bound) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = CAPS[key] ?? key;
      term.append(cap, " ");
    }
    const text = document.createElement("dd");
    text.textContent = does;
    list.append(term, text);
  }
  openDialog("keys");
}

export function startKeys() {
  for (const link of document.querySelectorAll(".rail a[data-go]")) {
    const { go = "" } = /** @type {HTMLElement} */ (link).dataset;
    bind(`g ${go}`, `Go to ${link.querySelector("span")?.textContent}`, () => /** @type {HTMLElement} */ (link).click());
  }
  bind("/", "Search", () => document.getElementById("search")?.focus());
  bind("?", "This list", showList);
  for (const opener of document.querySelectorAll('[data-dialog="keys"]')) opener.addEventListener("click", showList);
  const box = document.getElementById("keys-on");
  if (box instanceof HTMLInputElement) {
    box.checked = enabled();
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", pressed);
}
