// @ts-check
/** What a person does in the list: moves, selects, acknowledges; and whether they are busy. */
import { enter } from "../../ops_portal/js/dialog.js";
import { bind } from "../../ops_portal/js/keys.js";
import { toast } from "../../ops_portal/js/toast.js";
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
    /** @type {HTMLInputElement} */ (bulk.querySelector('[name="seen"]')).value = seen(boxes());
    const address = button?.hasAttribute("formaction") ? button.formAction : bulk.action;
    const reply = await send(bulk, address, button);
    if (!reply || (reply.tone === "warning" && !reply.skipped.length)) return;
    /** @type {HTMLElement | null} */ (bulk.querySelector(":popover-open"))?.hidePopover();
    bulk.reset();
    unselect();
  });
  if (bulk) startPeople(bulk);
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
    bind("s", "Snooze the alert, or all selected: an hour, or as chosen", () => {
      const row = current();
      if (boxes().length && bulk) open(bulk, "bulk-snooze");
      else if (row) ask(row, "snooze");
    });
    bind("w", "Assign all selected: who works on them", () => {
      if (boxes().length && bulk) open(bulk, "bulk-assign");
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

/** @param {HTMLInputElement[]} boxes @returns {string} whom each was assigned to on this screen */
const seen = (boxes) => boxes.map((box) => `${box.value}:${box.closest("tr")?.dataset.assignee ?? ""}`).join(" ");

/**
 * The menu is shown at once but told of by an event later: the next key must find its first choice.
 * @param {HTMLFormElement} bulk @param {string} menu
 */
function open(bulk, menu) {
  /** @type {HTMLElement | null} */ (bulk.querySelector(`[popovertarget="${menu}"]`))?.click();
  enter(/** @type {HTMLElement} */ (bulk.querySelector(`#${menu}`)));
}

/** Who can be given alerts is asked when the choice first opens. @param {HTMLFormElement} bulk */
function startPeople(bulk) {
  const choice = /** @type {HTMLSelectElement} */ (bulk.querySelector("[data-people]"));
  for (const menu of bulk.querySelectorAll("[popover]")) {
    menu.addEventListener("toggle", async () => {
      if (!menu.matches(":popover-open")) return;
      if (menu.contains(choice) && choice.options.length === 1) await fillPeople(choice);
      enter(menu);
    });
  }
}

/** @param {HTMLSelectElement} choice */
async function fillPeople(choice) {
  try {
    const response = await fetch(choice.dataset.people ?? "", { headers: { Accept: "application/json" } });
    if (!response.ok) throw new TypeError(`The portal answered ${response.status}.`);
    for (const one of (await response.json()).people) choice.add(new Option(one.name, one.id));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    toast("Who can be given alerts is not known now: the portal does not answer.", "critical");
  }
}
