// @ts-check
/** Counts by kind over time, stacked; the legend tells how many of each. */
import { whole } from "../../ops_portal/js/format.js";
import { lineChart } from "./charts.js";

/** @typedef {[string, string, string][]} Kinds kind, word, variable of its colour, in the order of the stack */
/** @typedef {[number, Record<string, number>][]} Bars ms at which a bar begins, counts by kind */

/** @param {HTMLCanvasElement} canvas @param {Kinds} kinds */
export function stackChart(canvas, kinds) {
  const series = kinds.map(([, label, color]) => ({ label, color, points: [], bars: true }));
  return lineChart(canvas, { series, stacked: true, zero: true, format: whole });
}

/**
 * @param {import("./charts.js").LineChart} chart
 * @param {Kinds} kinds
 * @param {Bars} bars
 * @param {{width: number, legend: string}} shown ms of a bar; the attribute by which the legend names a kind
 */
export function showStack(chart, kinds, bars, { width, legend }) {
  kinds.forEach(([kind], index) => {
    const rows = bars.filter(([, counts]) => counts[kind]);
    chart.replace(index, rows.map(([at, counts]) => [at + width / 2, counts[kind]])); // prettier-ignore
    const mark = /** @type {HTMLElement | null} */ (document.querySelector(`[${legend}="${kind}"]`));
    if (!mark) return;
    const sum = rows.reduce((before, [, counts]) => before + counts[kind], 0);
    mark.hidden = sum === 0;
    const number = mark.querySelector("[data-count]");
    if (number) number.textContent = whole(sum);
  });
}
