#!/usr/bin/env node
// The command `aiwg`: looks at its Node before anything that an old one could not read. Syntax that even Node 10 parses,
// so that it gets as far as the message; what needs more stands in start.js.
const LEAST_SQLITE = [3, 51, 3];

function hasSafeSqlite() {
  const parts = String(process.versions.sqlite || "0").split(".");
  for (let i = 0; i < LEAST_SQLITE.length; i++) {
    const part = Number(parts[i] || 0);
    if (part !== LEAST_SQLITE[i]) return part > LEAST_SQLITE[i];
  }
  return true;
}

if (hasSafeSqlite()) {
  void import("./start.js");
} else {
  process.stderr.write(
    "aiwg needs Node.js 24.15 or newer (22.22.3 and 26 will do as well); this is " +
      process.version +
      ".\nIts SQLite must be 3.51.3 or newer, since older ones can damage the queue. Get Node.js from https://nodejs.org,\n" +
      "or let npm bring one for this run: npx -y -p node@24 -p aiwg aiwg\n",
  );
  process.exitCode = 2;
}
