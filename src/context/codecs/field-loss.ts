// How well a field of an artifact arrives at its place, and what is said where it does not arrive as it was.
// Must not know codecs or dialects, which all speak of it.

/** How well a field arrives. `translated` means the same in other words; `degraded` loses some of its effect. */
export type Grade = "native" | "translated" | "degraded" | "unsupported";

/** What became of a field that did not arrive as it was. `protects`: it limits what an agent may do, so `--strict` refuses its loss. */
export type FieldLoss = { readonly field: string; readonly grade: Exclude<Grade, "native">; readonly note: string; readonly protects?: true };
