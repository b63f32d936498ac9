// @ts-check
/** The page of a trade: the alerts that were open while it was. */
import { reword } from "../../ops_portal/js/time.js";

/** @typedef {import("./alert-marks.js").Band} Band */

const list = document.getElementById("meanwhile");

/** @param {number} at ms */
function moment(at) {
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.dataset.form = "full";
  reword(time);
  return time;
}

/** @param {Band} band */
function line({ label, tone, href, from, to }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = href;
  link.textContent = label;
  item.append(link, ` (${tone}) from `, moment(from), ...(to === null ? [", still open"] : [" to ", moment(to)]));
  return item;
}

/** @param {HTMLElement} box */
async function show(box) {
  const { marks = "", env = "", from = "", to = "" } = box.dataset;
  const answer = await fetch(`${marks}?${new URLSearchParams({ env, from, to })}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(`the marks answered ${answer.status}`);
  const { bands } = /** @type {{bands: Band[]}} */ (await answer.json());
  box.replaceChildren(...bands.map(line));
  if (!bands.length) box.append(Object.assign(document.createElement("li"), { className: "muted", textContent: "No alert was open." }));
  box.dataset.ready = "1";
}

if (list) {
  show(list).catch((error) => {
    list.textContent = "The alerts could not be read.";
    console.warn("alerts not fetched", error);
  });
}
