// What reading a client's file back is: a pure function from its front matter (or what stands for it) and text to ours.
// Must not know any client.
import type { JsonObject } from "../model.ts";
import { readFrontMatter } from "../parse/front-matter.ts";
import type { Translated } from "./formats.ts";

/** Front matter and text; in a client's words or in ours. */
export type Words = { readonly data: JsonObject; readonly body: string };

/** The same in our words. `name` is what the file's name says. */
export type Decode = (words: Words & { readonly name: string }) => Translated<Words>;

/** Members that are null say nothing. */
export const withoutNulls = (data: JsonObject): JsonObject => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** A file with front matter in a client's words, in ours; null where its front matter cannot be read. */
export function decodeMarkdown(decode: Decode, text: string, name: string): Translated<Words> | null {
  const front = readFrontMatter(text);
  return "fault" in front ? null : decode({ data: withoutNulls(front.data), body: front.body, name });
}
