// @ts-check
/** Light or dark: follows the system until the person chooses. Charts listen to `themechange`. */
import { setCookie } from "./cookie.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const MEDIA = { light: "not all", dark: "screen", system: "screen and (prefers-color-scheme: dark)" };

/** @returns {"light" | "dark"} what the page shows now */
export function shown() {
  const chosen = root.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

/** @param {"light" | "dark" | "system"} theme */
export function setTheme(theme) {
  const link = document.getElementById("dark-tokens");
  if (link instanceof HTMLLinkElement) link.media = MEDIA[theme];
  root.dataset.theme = theme;
  setCookie("theme", theme === "system" ? "" : theme);
  document.getElementById("theme")?.setAttribute("aria-label", `Theme: ${theme}`);
  announce();
}

/** The other theme; when that is what the system has, follow the system again. */
export function switchTheme() {
  const next = shown() === "dark" ? "light" : "dark";
  setTheme(next === (system.matches ? "dark" : "light") ? "system" : next);
}

function announce() {
  root.dispatchEvent(new CustomEvent("themechange", { bubbles: true, detail: shown() }));
}

export function startTheme() {
  system.addEventListener("change", announce);
  for (const button of document.querySelectorAll("#theme, [data-theme-switch]")) {
    button.addEventListener("click", switchTheme);
  }
}
