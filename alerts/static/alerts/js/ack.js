// @ts-check
/** Acknowledge, snooze or resolve beside the alert, with a note in the same gesture. */
import { openBeside } from "../../ops_portal/js/dialog.js";
import { send, sendOnEnter } from "./send.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("ack"));

/** @returns {boolean} whether the note is being written */
export const isAsking = () => form?.matches(":popover-open") === true;

/** @returns {boolean} whether this person may act */
export const mayAct = () => form !== null;

const WORDS = { acknowledge: "Acknowledge", snooze: "Snooze", resolve: "Resolve" };

/**
 * @param {HTMLElement} holder the element that carries `data-id` and holds the Ack button
 * @param {"acknowledge" | "snooze" | "resolve"} verb
 */
export function ask(holder, verb) {
  const button = holder.querySelector("[data-ack]");
  if (!form || !button || button.hasAttribute("hidden")) return;
  form.action = `/alerts/${holder.dataset.id}/${verb}/`;
  const what = form.querySelector('[data-part="what"]');
  const title = holder.dataset.title ?? holder.querySelector('[data-part="title"]')?.textContent ?? "";
  if (what) what.textContent = title;
  const primary = form.querySelector("button.primary");
  if (primary) primary.textContent = WORDS[verb];
  const holding = /** @type {HTMLElement | null} */ (form.querySelector('[data-part="hold"]'));
  if (holding) holding.hidden = verb !== "snooze";
  openBeside(form, button);
  form.querySelector("textarea")?.focus();
}

/**
 * @param {HTMLElement} within clicks on `data-ack` in it open the form
 * @param {(alert: any) => void} done called with the alert as it is now
 */
export function startAck(within, done) {
  if (!form) return;
  within.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey) return;
    const holder = event.target.closest("[data-ack]")?.closest("[data-id]");
    if (!(holder instanceof HTMLElement)) return;
    event.preventDefault();
    ask(holder, "acknowledge");
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await send(form);
    if (!reply) return;
    form.reset();
    form.hidePopover();
    if (reply.alert) done(reply.alert);
  });
  sendOnEnter(form.querySelector("textarea"));
}
