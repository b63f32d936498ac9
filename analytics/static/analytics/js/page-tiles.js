// @ts-check
/** The figures over the charts, as the server words them (analytics/tiles.py). */
import { reword } from "../../ops_portal/js/time.js";

/** @typedef {{id: string, figure: string | null, note: string, gain: string, at: number | null}} Tile */

const FRESH_MS = 300_000;
const LONG = 11; // signs; more get a smaller type (templates/analytics/_tiles.html has the same)

/** @param {Tile[]} tiles @param {number} now */
export function showTiles(tiles, now) {
  for (const tile of tiles) {
    const element = document.getElementById(tile.id);
    if (!element) continue;
    const absent = tile.figure === null;
    const figure = element.querySelector("[data-figure]");
    write(figure, tile.figure ?? "–");
    figure?.classList.toggle("is-long", (tile.figure ?? "").length > LONG);
    for (const colour of ["profit", "loss"]) figure?.classList.toggle(colour, tile.gain === colour);
    write(element.querySelector("[data-note]"), tile.note);
    showAge(element.querySelector("[data-age]"), tile.at && tile.at * 1000);
    element.classList.toggle("is-absent", absent);
    element.classList.toggle("is-stale", !absent && tile.at !== null && now - tile.at * 1000 > FRESH_MS);
  }
}

/** @param {Element | null} box @param {number | null} at ms @param {string} [otherwise] without a time */
export function showAge(box, at, otherwise = "") {
  if (!box) return;
  if (!at) return write(box, otherwise);
  let time = box.querySelector("time");
  if (!time) {
    time = document.createElement("time");
    time.dataset.form = "age";
    box.replaceChildren(time);
  }
  const iso = new Date(at).toISOString();
  if (time.dateTime === iso) return;
  time.dateTime = iso;
  reword(time);
}

/** @param {Element | null} element @param {string} text */
export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
