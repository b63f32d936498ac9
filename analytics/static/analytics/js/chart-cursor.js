// @ts-check
/**
 * One cursor over all charts of a page, and a range dragged on any of them. Both are thin boxes over
 * the canvas, so that nothing is drawn anew while the pointer moves.
 */

/** @typedef {{left: number, right: number, top: number, bottom: number}} Area */
/** @typedef {(at: number) => string} Linked the address behind a time, or nothing */
/** @typedef {{canvas: HTMLCanvasElement, chart: any, linked: Linked, line: HTMLElement, picked: HTMLElement}} Followed chart: of Chart.js */

const LEAST_DRAG = 8; // pixels; less is a click

/** @type {Set<Followed>} */
const followed = new Set();
/** @type {{on: Followed, x: number} | null} where a drag began */
let drag = null;

/** @param {HTMLCanvasElement} canvas @param {any} chart @param {Linked} linked @returns {() => void} ends it */
export function follow(canvas, chart, linked) {
  const one = { canvas, chart, linked, line: overlay(canvas, "chart-cursor"), picked: overlay(canvas, "chart-picked") };
  followed.add(one);
  canvas.addEventListener("pointermove", (event) => move(one, event));
  canvas.addEventListener("pointerleave", () => followed.forEach(({ line }) => (line.hidden = true)));
  canvas.addEventListener("pointerdown", (event) => begin(one, event));
  canvas.addEventListener("pointerup", (event) => end(one, event));
  canvas.addEventListener("pointercancel", cancel);
  return () => {
    followed.delete(one);
    one.line.remove();
    one.picked.remove();
  };
}

/** @param {HTMLCanvasElement} canvas @param {string} kind */
function overlay(canvas, kind) {
  const element = document.createElement("div");
  element.className = kind;
  element.hidden = true;
  canvas.after(element);
  return element;
}

/** @param {HTMLElement} element @param {Area} area @param {number} left @param {number} [width] */
function place(element, area, left, width) {
  Object.assign(element.style, { transform: `translateX(${left}px)`, top: `${area.top}px`, height: `${area.bottom - area.top}px` });
  if (width !== undefined) element.style.width = `${width}px`;
  element.hidden = false;
}

/** @param {Followed} one @param {PointerEvent} event */
function move(one, { offsetX: x }) {
  const at = one.chart.scales.x.getValueForPixel(x);
  for (const { chart, line } of followed) {
    const left = chart.scales.x.getPixelForValue(at);
    if (left < chart.chartArea.left || left > chart.chartArea.right) line.hidden = true;
    else place(line, chart.chartArea, left);
  }
  one.canvas.classList.toggle("is-linked", Boolean(one.linked(at)));
  if (drag?.on === one && document.getElementById("custom") && Math.abs(x - drag.x) >= LEAST_DRAG) place(one.picked, one.chart.chartArea, Math.min(drag.x, x), Math.abs(x - drag.x));
}

/** Only a mouse drags or clicks: a finger scrolls. @param {Followed} one @param {PointerEvent} event */
function begin(one, event) {
  if (event.pointerType === "touch" || event.button !== 0) return;
  drag = { on: one, x: event.offsetX };
  one.canvas.setPointerCapture(event.pointerId);
}

/** @param {Followed} one @param {PointerEvent} event */
function end(one, { offsetX: x }) {
  if (drag?.on !== one) return;
  const from = drag.x;
  cancel();
  if (Math.abs(x - from) < LEAST_DRAG) return open(one, x);
  if (!document.getElementById("custom")) return; // a page without a range
  const { scales, chartArea: area } = one.chart;
  const [first, last] = [Math.min(from, x), Math.max(from, x)].map((pixel) =>
    new Date(scales.x.getValueForPixel(Math.min(area.right, Math.max(area.left, pixel)))).toISOString(),
  );
  const address = new URL(location.href);
  for (const name of ["range", "before", "zone"]) address.searchParams.delete(name);
  address.searchParams.set("from", first);
  address.searchParams.set("to", last);
  location.assign(address);
}

/** @param {Followed} one @param {number} x */
function open(one, x) {
  const address = one.linked(one.chart.scales.x.getValueForPixel(x));
  if (address) location.assign(address);
}

function cancel() {
  if (drag) drag.on.picked.hidden = true;
  drag = null;
}
