// A client's rule file in our words: the dialects of codecs/rule-dialects.ts, turned round. Pure.
import { isDeepStrictEqual } from "node:util";
import { RULE_WORDS, type RuleDialect, type RuleFields } from "../codecs/rule-dialects.ts";
import type { Json, JsonObject } from "../model.ts";
import { splitList } from "../parse/fields.ts";
import type { Decode } from "./decode.ts";

type Form = { readonly when: "always" | "scoped" | "asked"; readonly fields: RuleFields };

function globsIn(value: Json | undefined): readonly string[] {
  const list = typeof value === "string" ? splitList(value) : Array.isArray(value) ? value : [];
  return list.filter((glob) => typeof glob === "string");
}

// How much of the front matter is what the form writes; null where it says something else. Fixed values tell forms apart best.
function fitOf({ when, fields }: Form, data: JsonObject, name: string): number | null {
  let fit = 0;
  for (const [key, field] of Object.entries(fields)) {
    const word = RULE_WORDS.get(field);
    const value = data[key];
    if (word === undefined && !isDeepStrictEqual(value, field)) return null;
    if (word === "globs" && globsIn(value).length === 0) return null;
    if (word === "name" && value !== name) return null;
    if (word === "description" && when === "asked" && typeof value !== "string") return null;
    fit += word === undefined ? 10 : value === undefined ? 0 : 1;
  }
  return fit;
}

/** Front matter of a rule; refused where it says no way of loading that we know. */
export function ruleIn({ always, scoped, asked }: RuleDialect): Decode {
  const forms: readonly Form[] = [
    { when: "always", fields: always },
    ...(scoped ? [{ when: "scoped", fields: scoped } as const] : []),
    ...(asked ? [{ when: "asked", fields: asked } as const] : []),
  ];
  return ({ data, body, name }) => {
    const fits = forms.flatMap((form) => {
      const fit = fitOf(form, data, name);
      return fit === null ? [] : [{ form, fit }];
    });
    const [first] = fits.toSorted((a, b) => b.fit - a.fit);
    if (first === undefined) return { refused: "it does not say when it is loaded in a way that rules of ours can" };
    const { when, fields } = first.form;
    const said = Object.entries(fields).map(([key, field]) => [key, RULE_WORDS.get(field)] as const);
    const keyOf = (word: string): string | undefined => said.find(([, own]) => own === word)?.[0];
    const rest = Object.entries(data).filter(([key]) => !Object.hasOwn(fields, key));
    const description = data[keyOf("description") ?? ""];
    const globs = globsIn(data[keyOf("globs") ?? ""]);
    return {
      value: {
        data: {
          ...(description !== undefined && { description }),
          ...(globs.length > 0 && { globs }),
          ...(when === "asked" && { alwaysApply: false }),
          ...Object.fromEntries(rest),
        },
        body,
      },
    };
  };
}
