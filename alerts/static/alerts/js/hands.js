// @ts-check
/** What a person does in the list: moves, selects, acknowledges; and whether they are busy. */
import { bind } from "../../ops_portal/js/keys.js";
import { ask, isAsking, mayAct, startAck } from "./ack.js";
import { send } from "./send.js";

/**
 * @param {HTMLElement} rows
 * @param {{patched: (alert: any) => void, idle: () => void}} page
 */
export function startHands(rows, page) {
  const bulk = /** @type {HTMLFormElement | null} */ (document.getElementById("bulk"));
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...rows.querySelectorAll("input:checked")]);

  const current = () => /** @type {HTMLElement | null} */ (document.activeElement?.closest("#rows tr") ?? null);
  const busy = () => current() !== null || boxes().length > 0 || isAsking();

  function selectionChanged() {
    if (!bulk) return;
    const count = boxes().length;
    bulk.hidden = count === 0;
    const words = bulk.querySelector('[data-part="selected"]');
    if (words) words.textContent = `${count} selected`;
    if (!busy()) page.idle();
  }

  function unselect() {
    for (const box of boxes()) box.checked = false;
    selectionChanged();
  }

  /** @param {number} by */
  function move(by) {
    const all = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll("tr")]);
    const row = current();
    const to = row ? all.indexOf(row) + by : 0;
    all[Math.max(0, Math.min(all.length - 1, to))]?.focus();
  }

  rows.addEventListener("change", selectionChanged);
  document.addEventListener("focusout", () => setTimeout(() => busy() || page.idle()));
  bulk?.querySelector("[data-unselect]")?.addEventListener("click", unselect);
  bulk?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (await send(bulk, button?.hasAttribute("formaction") ? button.formAction : bulk.action)) {
      bulk.reset();
      unselect();
    }
  });
  startAck(rows, page.patched);

  bind("j", "Next alert", () => move(1));
  bind("k", "Previous alert", () => move(-1));
  bind("o", "Open the alert", () => current()?.querySelector("a")?.click());
  if (mayAct()) {
    bind("x", "Select the alert", () => current()?.querySelector("input")?.click());
    bind("a", "Acknowledge the alert, or all selected", () => {
      const row = current();
      if (boxes().length && bulk) /** @type {HTMLElement} */ (bulk.querySelector('[name="note"]')).focus();
      else if (row) ask(row, "acknowledge");
    });
    bind("s", "Snooze the alert: an hour, or as chosen", () => {
      const row = current();
      if (row) ask(row, "snooze");
    });
    bind("r", "Resolve the alert, or go to it for all selected", () => {
      const row = current();
      const all = /** @type {HTMLElement | null | undefined} */ (bulk?.querySelector("[data-resolve]"));
      if (boxes().length && all) all.focus();
      else if (row) ask(row, "resolve");
    });
  }
  return { busy };
}
