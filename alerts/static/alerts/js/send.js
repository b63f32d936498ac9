// @ts-check
/** A form sent by fetch: the same address, the same answer in words. */
import { toast } from "../../ops_portal/js/toast.js";

/** @typedef {{text: string, tone: "ok" | "info" | "warning" | "critical", won: boolean, alert: any, skipped: {id: number, why: string}[]}} Reply */

/**
 * Send the form and say what came of it. What was typed stays when nothing was sent.
 * @param {HTMLFormElement} form
 * @param {string} [address] another address than the form's
 * @param {HTMLButtonElement | null} [button] the one that was pressed; its value is sent too
 * @returns {Promise<Reply | null>} null when it did not reach the portal or was refused
 */
export async function send(form, address = form.action, button = null) {
  const buttons = form.querySelectorAll("button");
  const body = new FormData(form, button);
  for (const button of buttons) button.disabled = true;
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!(response.headers.get("Content-Type") ?? "").startsWith("application/json")) {
      toast(response.status === 403 ? "You may not do this, or you are logged out. Reload the page." : "The portal failed. Nothing was changed.", "critical");
      return null;
    }
    const reply = await response.json();
    toast(reply.text, reply.tone);
    return reply;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    toast("Not sent: the portal does not answer. Your text is kept.", "critical");
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/**
 * Enter sends, Shift+Enter breaks the line.
 * @param {HTMLTextAreaElement | null} field
 */
export function sendOnEnter(field) {
  field?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });
}
