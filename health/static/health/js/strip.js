// @ts-check
/** The heartbeat strip: one bar a report, a hollow one where reports were missing. */
import { drawing } from "./dom.js";

const BARS = 30;
const STEP = 6;
const HEIGHT = 20;
/** @type {Record<string, [height: number, word: string]>} */
const SHAPES = { up: [20, "up"], degraded: [13, "degraded"], down: [20, "down"], missed: [13, "silent"] };

/**
 * @param {[number, string][]} beats [epoch seconds, state], newest last
 * @param {number} allowed seconds of silence that are usual
 * @param {number} now epoch seconds
 * @returns {[number, string][]} the beats and a `missed` one for every silence, newest last
 */
export function withSilences(beats, allowed, now) {
  /** @type {[number, string][]} */
  const bars = [];
  for (const [at, state] of beats) {
    const before = bars.at(-1);
    if (before && at - before[0] > allowed) bars.push([before[0] + allowed, "missed"]);
    bars.push([at, state]);
  }
  const last = bars.at(-1);
  if (last && now - last[0] > allowed) bars.push([last[0] + allowed, "missed"]);
  return bars.slice(-BARS);
}

/** @param {[number, string][]} beats @param {number} allowed @param {number} now epoch seconds */
export function strip(beats, allowed, now) {
  const bars = withSilences(beats, allowed, now);
  const missed = bars.filter(([, state]) => state === "missed").length;
  const label = `${bars.length - missed} reports, ${missed ? `${missed} silences` : "no silence"}`;
  const drawn = bars.map(([at, state], index) => {
    const [height, word] = SHAPES[state] ?? SHAPES.missed;
    const title = drawing("title", {});
    title.textContent = `${new Date(at * 1000).toISOString().slice(11, 19)} UTC ${word}`;
    const x = (BARS - bars.length + index) * STEP;
    return drawing("rect", { class: `beat ${state}`, x, y: HEIGHT - height, width: 4, height, rx: 1 }, title);
  });
  const width = BARS * STEP;
  return drawing("svg", { class: "strip", role: "img", "aria-label": label, viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT }, ...drawn);
}
