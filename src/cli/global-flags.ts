// Flags that every command accepts, read before the parser sees the line. Must not read them.

/** Name without dashes, and what it does. */
export const GLOBAL_FLAGS: Readonly<Record<string, string>> = {
  json: "Print one JSON object on stdout",
  "no-color": "No colours (also NO_COLOR)",
  "no-input": "Never ask",
  yes: "Agree to what would be asked",
};
