// An executor as a process of its own, for tests that kill or stop it. Settings come in EXECUTOR_SETTINGS.
import { type BenchOptions, executorOptions } from "./fake-link-executor.ts";
import { startExecutor } from "../../src/executor/runtime.ts";

const settings = JSON.parse(process.env["EXECUTOR_SETTINGS"] ?? "{}") as { folder: string; url: string; token: string; options: BenchOptions };
const { EXECUTOR_SETTINGS: _, ...env } = process.env;
const executor = startExecutor({
  ...executorOptions(settings.folder, settings.options),
  env,
  target: { resolve: () => Promise.resolve({ url: settings.url, token: settings.token }), subscribe: () => () => {} },
});
process.on("SIGTERM", () => void executor.stop().then(() => process.exit(0)));
await executor.done;
