// @ts-check
/** A preference that the server reads too. */

/**
 * @param {string} name
 * @param {string} value blank removes it
 */
export function setCookie(name, value) {
  const age = value ? 31536000 : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

/**
 * @param {string} name
 * @returns {string} blank when it is not set
 */
export function getCookie(name) {
  for (const pair of document.cookie.split("; ")) {
    if (pair.startsWith(`${name}=`)) return decodeURIComponent(pair.slice(name.length + 1));
  }
  return "";
}
