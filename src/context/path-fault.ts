// Names that no output may have, on any system. Pure; must not know what is on disk.

const NAME_RULES: readonly (readonly [RegExp, string])[] = [
  [/[\u0000-\u001f\u007f\\<>:"|?*]/, "holds a character that not every file system has"],
  [/^$|^\/|\/$|\/\//, "is empty, absolute, or has an empty part"],
  [/(?:^|\/)\.{1,2}(?:\/|$)/, "has a part that is . or .."],
  [/[. ](?:\/|$)|(?:^|\/) /, "has a part that ends with a dot or space"],
  [/(?:^|\/)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.[^/]*)?(?:\/|$)/i, "has a part with a name that Windows keeps for devices"],
  [/(?:^|\/)(?:\.git|git~\d+)(?:\/|$)/i, "leads into a git repository's own files"],
  [/[^/]{256}/, "has a part that is too long"],
];

/** Why a path cannot be that of an output on any system; undefined if it can. */
export function pathFault(path: string): string | undefined {
  return NAME_RULES.find(([rule]) => rule.test(path))?.[1];
}
