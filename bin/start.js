// Second half of the command `aiwg`, on a Node that is new enough: answers --version at once, else starts the program,
// built (dist) or from its sources in a checkout.
import { existsSync, readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";

async function start() {
  const [flag, ...more] = process.argv.slice(2);
  if ((flag === "--version" || flag === "-V") && more.length === 0) {
    process.stdout.on("error", (error) => {
      if (error.code !== "EPIPE") process.stderr.write(`✗ stdout cannot be written: ${error.message}\n`);
      process.exit(error.code === "EPIPE" ? 0 : 6);
    });
    process.stdout.write(`${JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version}\n`);
    return;
  }
  enableCompileCache();
  // node:sqlite and type stripping say at every start that they are young; nobody can do anything about that.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  const built = new URL("../dist/main.js", import.meta.url);
  await import(existsSync(built) ? built.href : new URL("../src/cli/main.ts", import.meta.url).href);
}

await start();
