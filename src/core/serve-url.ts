// What may be named as the address of serve. Pure; must not know who names it, nor whether anything answers there.

/** What is said of anything else. */
export const SERVE_URL_RULE = "must be a URL such as http://127.0.0.1:7337 or https://serve.example";

/** True for http and https URLs; a name and password in one would end up in logs. */
export function isServeUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}
