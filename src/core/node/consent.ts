// What a user has agreed to, by project and content (contract §7): a change of the content needs a new word.
// Must not know what is agreed to, nor ask.
import { z } from "zod";
import { AiwgError } from "../errors.ts";
import { parseJson } from "../json.ts";
import { readIfExists, writeFileAtomic } from "./fs.ts";
import { takeLock } from "./lock.ts";

const fileSchema = z.object({
  consent: z.literal(1),
  granted: z.array(z.object({ project: z.string(), hash: z.string(), what: z.string(), at: z.string() })),
});

/** One agreement: `project` is a real path, `hash` the sha256 (hex) of what was shown to the user, `what` says it in words. */
export type Consent = { readonly project: string; readonly hash: string; readonly what: string };

function readGranted(file: string): z.output<typeof fileSchema>["granted"] {
  const text = readIfExists(file);
  if (text === undefined) return [];
  const parsed = fileSchema.safeParse(parseJson(text)?.value);
  if (!parsed.success) throw new AiwgError("config_invalid", `${file} is not a list of consents`, { hint: "Move it away; you will be asked again." });
  return parsed.data.granted;
}

/** True if the user has agreed to exactly this content of this project. Throws config_invalid. */
export function hasConsent(file: string, { project, hash }: Pick<Consent, "project" | "hash">): boolean {
  return readGranted(file).some((entry) => entry.project === project && entry.hash === hash);
}

/** Remembers agreements; a repeat changes nothing. Throws config_invalid, lock_held. */
export function grantConsents(file: string, consents: readonly Consent[], now: number): void {
  const lock = takeLock(`${file}.lock`, "consent.json", now);
  try {
    const granted = readGranted(file);
    const isNew = ({ project, hash }: Consent): boolean => !granted.some((entry) => entry.project === project && entry.hash === hash);
    const added = consents.filter(isNew).map(({ project, hash, what }) => ({ project, hash, what, at: new Date(now).toISOString() }));
    if (added.length > 0) writeFileAtomic(file, `${JSON.stringify({ consent: 1, granted: [...granted, ...added] }, undefined, 2)}\n`);
  } finally {
    lock.release();
  }
}
