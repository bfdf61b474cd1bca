// The Prefer header (RFC 7240): is one preference named? Must not know what the preference does.

// One preference up to the next comma outside quotes: name, value, parameters.
const PREFERENCES = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g;

/** True if `name` (lower case) is among the preferences, whatever else stands there. */
export function prefers(header: string | readonly string[] | undefined, name: string): boolean {
  if (header === undefined) return false;
  const text = typeof header === "string" ? header : header.join(",");
  return (text.match(PREFERENCES) ?? []).some((preference) => /^\s*([^\s=;,]+)/.exec(preference)?.[1]?.toLowerCase() === name);
}
