// @ts-check
/** What a person does in the list: moves, selects, acknowledges; and whether they are busy. */
import { openBeside } from "../../ops_portal/js/dialog.js";
import { bind } from "../../ops_portal/js/keys.js";
import { send, sendOnEnter } from "./send.js";

/**
 * @param {HTMLElement} rows
 * @param {{patched: (alert: any) => void, idle: () => void}} page
 */
export function startHands(rows, page) {
  const bulk = /** @type {HTMLFormElement | null} */ (document.getElementById("bulk"));
  const ack = /** @type {HTMLFormElement | null} */ (document.getElementById("ack"));
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...rows.querySelectorAll("input:checked")]);

  const current = () => /** @type {HTMLElement | null} */ (document.activeElement?.closest("#rows tr") ?? null);
  const busy = () => current() !== null || boxes().length > 0 || ack?.matches(":popover-open") === true;

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

  /** @param {HTMLElement} row @param {"acknowledge" | "resolve"} verb */
  function ask(row, verb) {
    if (!ack || row.querySelector("[data-ack]")?.hasAttribute("hidden")) return;
    ack.action = `/alerts/${row.dataset.id}/${verb}/`;
    const what = ack.querySelector('[data-part="what"]');
    if (what) what.textContent = row.querySelector('[data-part="title"]')?.textContent ?? "";
    const button = ack.querySelector("button.primary");
    if (button) button.textContent = verb === "resolve" ? "Resolve" : "Acknowledge";
    openBeside(ack, row.querySelector("[data-ack]") ?? row);
    ack.querySelector("textarea")?.focus();
  }

  /** @param {number} by */
  function move(by) {
    const all = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll("tr")]);
    const row = current();
    const to = row ? all.indexOf(row) + by : 0;
    all[Math.max(0, Math.min(all.length - 1, to))]?.focus();
  }

  rows.addEventListener("change", selectionChanged);
  rows.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-ack]") : null;
    const row = link?.closest("tr");
    if (!row || !ack || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    ask(row, "acknowledge");
  });
  document.addEventListener("focusout", () => setTimeout(() => busy() || page.idle()));
  bulk?.querySelector("[data-unselect]")?.addEventListener("click", unselect);
  bulk?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send(bulk)) {
      bulk.reset();
      unselect();
    }
  });
  ack?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await send(ack);
    if (!reply) return;
    ack.reset();
    ack.hidePopover();
    if (reply.alert) page.patched(reply.alert);
  });
  sendOnEnter(ack?.querySelector("textarea") ?? null);

  bind("j", "Next alert", () => move(1));
  bind("k", "Previous alert", () => move(-1));
  bind("o", "Open the alert", () => current()?.querySelector("a")?.click());
  if (ack) {
    bind("x", "Select the alert", () => current()?.querySelector("input")?.click());
    bind("a", "Acknowledge the alert, or all selected", () => {
      const row = current();
      if (boxes().length && bulk) /** @type {HTMLElement} */ (bulk.querySelector('[name="note"]')).focus();
      else if (row) ask(row, "acknowledge");
    });
    bind("r", "Resolve the alert", () => {
      const row = current();
      if (row) ask(row, "resolve");
    });
  }
  return { busy };
}
