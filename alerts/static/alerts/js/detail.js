// @ts-check
/** The page of one alert: what changes is fetched as the server writes it; a note being typed stays. */
import { lineChart } from "../../analytics/js/charts.js";
import { enter } from "../../ops_portal/js/dialog.js";
import { measure } from "../../ops_portal/js/format.js";
import { bind } from "../../ops_portal/js/keys.js";
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { refetchParts, soon } from "../../ops_portal/js/parts.js";
import { now } from "../../ops_portal/js/time.js";
import { send, sendOnEnter } from "./send.js";

const PARTS = ["verdict", "figures", "timeline", "buttons", "plan"];
const page = /** @type {HTMLElement} */ (document.getElementById("alert"));
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("actions"));

/** @returns {Promise<string | undefined>} the place in the feed of what is shown now */
async function refetch() {
  const fresh = await refetchParts(PARTS);
  if (!fresh) return undefined;
  const action = fresh.getElementById("actions")?.getAttribute("action");
  if (action) form?.setAttribute("action", action);
  const told = fresh.getElementById("alert");
  page.dataset.version = told?.dataset.version ?? page.dataset.version;
  watchMessages();
  return told?.dataset.seq;
}
const refetchIn = soon(refetch);

/** Attempts to deliver are no changes of the alert: look again while one is under way. */
function watchMessages() {
  if (document.querySelector("#timeline [data-waiting]")) refetchIn(3000);
}

function startForm() {
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const reply = await send(form, address, button);
    if (!reply) return;
    closeMenus();
    if (reply.alert && String(reply.alert.id) !== page.dataset.id) return location.assign(`/alerts/${reply.alert.id}/`);
    if (reply.tone !== "warning" || reply.won === false) form.reset();
    await refetch();
  });
  const note = /** @type {HTMLTextAreaElement} */ (document.getElementById("note"));
  sendOnEnter(note);
  const button = (/** @type {string} */ key) => /** @type {HTMLElement | null} */ (form.querySelector(`[data-key="${key}"]`));
  bind("a", "Acknowledge: write a note, then Enter", () => button("a") && note.focus());
  bind("c", "Comment", () => note.focus());
  bind("s", "Snooze", () => openMenu(button("s")));
  bind("w", "Assign: who works on it", () => openMenu(button("w")));
  for (const [key, does] of Object.entries({ u: "Unacknowledge", e: "Escalate now", r: "Resolve", o: "Reopen" })) {
    bind(key, `Go to ${does}`, () => button(key)?.focus());
  }
  if (location.hash === "#note") note.focus();
}

function closeMenus() {
  for (const open of document.querySelectorAll(".choices:popover-open")) {
    /** @type {HTMLElement} */ (open).hidePopover();
  }
}

/** The keyboard goes into the choices of Snooze and Assign when they open. */
function startMenus() {
  for (const menu of form?.querySelectorAll(".choices") ?? []) {
    menu.addEventListener("toggle", () => menu.matches(":popover-open") && enter(menu));
  }
}

/** By its key: the next key is for the first choice. @param {HTMLElement | null | undefined} opener */
function openMenu(opener) {
  opener?.click();
  const menu = document.getElementById(opener?.getAttribute("popovertarget") ?? "");
  if (menu?.matches(":popover-open")) enter(menu);
}

function startChart() {
  const element = document.getElementById("chart-values");
  const canvas = document.getElementById("chart");
  if (!element || !(canvas instanceof HTMLCanvasElement)) return;
  const values = JSON.parse(element.textContent ?? "null");
  const format = (/** @type {number} */ y) => measure(y, values.metric);
  const band = () => ({ from: values.fired, to: values.resolved ?? now(), tone: values.severity, label: "firing" });
  const points = values.points.map((/** @type {any[]} */ [at, last, low, high]) => [at, low, high, last]);
  const chart = lineChart(canvas, {
    series: [{ label: values.metric || "value", color: "--series-1", points }],
    threshold: values.threshold === null ? null : { value: values.threshold, label: `limit ${format(values.threshold)}` },
    bands: [band()],
    format,
    range: { from: values.start, to: values.end },
  });
  if (values.resolved || !values.series) return;
  subscribe("samples", (key, data) => {
    const [series, second] = key.split(":");
    if (Number(series) !== values.series) return;
    chart.put(0, Number(second) * 1000, data[0]);
    chart.setRange({ from: values.start, to: Math.max(values.end, now()) });
    chart.setBands([band()]);
  });
}

startForm();
startMenus();
startChart();
watchMessages();
subscribe("alerts", (key, alert) => {
  if (key === page.dataset.id) refetchIn(alert.version > Number(page.dataset.version) ? 100 : 1000);
});
onReset(refetch);
