// @ts-check
/** Acknowledge or resolve beside the alert, with a note in the same gesture. */
import { openBeside } from "../../ops_portal/js/dialog.js";
import { send, sendOnEnter } from "./send.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("ack"));

/** @returns {boolean} whether the note is being written */
export const isAsking = () => form?.matches(":popover-open") === true;

/** @returns {boolean} whether this person may act */
export const mayAct = () => form !== null;

/**
 * @param {HTMLElement} holder the element that carries `data-id` and holds the Ack button
 * @param {"acknowledge" | "resolve"} verb
 * @param {string} [minutes] how long the acknowledgment holds; blank: until resolved
 */
export function ask(holder, verb, minutes = "") {
  const button = holder.querySelector("[data-ack]");
  if (!form || !button || button.hasAttribute("hidden")) return;
  form.action = `/alerts/${holder.dataset.id}/${verb}/`;
  const what = form.querySelector('[data-part="what"]');
  const title = holder.dataset.title ?? holder.querySelector('[data-part="title"]')?.textContent ?? "";
  if (what) what.textContent = title;
  const primary = form.querySelector("button.primary");
  if (primary) primary.textContent = verb === "resolve" ? "Resolve" : "Acknowledge";
  const hold = form.querySelector("select");
  if (hold) hold.value = minutes;
  const holding = /** @type {HTMLElement | null} */ (form.querySelector('[data-part="hold"]'));
  if (holding) holding.hidden = verb === "resolve";
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
