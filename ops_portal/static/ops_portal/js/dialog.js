// @ts-check
/**
 * `data-dialog="id"` opens a `<dialog>`, `data-close` closes it; popovers with `data-beside` open
 * beside their button.
 */

/**
 * @param {HTMLElement} popover
 * @param {Element} anchor
 */
export function openBeside(popover, anchor) {
  popover.showPopover();
  place(popover, anchor);
}

/**
 * @param {HTMLElement} popover that is open
 * @param {Element} anchor
 */
function place(popover, anchor) {
  const from = anchor.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const below = from.bottom + 4;
  const top = below + size.height > innerHeight ? Math.max(8, from.top - size.height - 4) : below;
  const left = Math.min(Math.max(8, from.right - size.width), innerWidth - size.width - 8);
  Object.assign(popover.style, { position: "fixed", inset: "auto", margin: "0" });
  popover.style.top = `${top}px`;
  popover.style.left = `${left}px`;
}

/** Give the keyboard to the first choice of an open popover. @param {Element} popover */
export function enter(popover) {
  /** @type {HTMLElement | null} */ (popover.querySelector("button, select"))?.focus();
}

/** @returns {boolean} whether something is open that the keyboard belongs to */
export const somethingOpen = () => document.querySelector("dialog[open], [popover]:popover-open") !== null;

/** @param {string} id */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  for (const open of document.querySelectorAll("[popover]:popover-open")) {
    /** @type {HTMLElement} */ (open).hidePopover();
  }
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/** @param {Event} event */
function placeOpened(event) {
  const popover = event.target;
  if (!(popover instanceof HTMLElement) || popover.dataset.beside === undefined) return;
  const button = document.querySelector(`[popovertarget="${popover.id}"]`);
  if (button && popover.matches(":popover-open")) place(popover, button);
}

export function startDialogs() {
  document.addEventListener("toggle", placeOpened, true);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-dialog]");
    if (opener instanceof HTMLElement) openDialog(opener.dataset.dialog ?? "");
    if (event.target.closest("[data-close]") || event.target instanceof HTMLDialogElement) {
      const open = event.target.closest("dialog");
      if (open instanceof HTMLDialogElement) open.close();
      const popover = event.target.closest("[popover]");
      if (popover instanceof HTMLElement) popover.hidePopover();
    }
  });
}
