// Deploys the folder given as the first argument to Claude Code and Codex in the working folder, and says what it did.
import { apply, plan } from "aiwg";

const [source = "./bundle"] = process.argv.slice(2);
const options = { root: process.cwd(), platforms: ["claude-code", "codex"], bundles: [{ name: "example", source }] };

const { changes, tokens } = await plan(options);
console.log(`${changes.length} changes; always loaded tokens by platform:`, tokens);

// What runs by itself once it is there needs a word of yours; here nothing does.
const { outcome, plan: done } = await apply(options, { consent: () => false });
for (const { op, path } of done.changes) console.log(`${op} ${path}`);
console.log(outcome);
