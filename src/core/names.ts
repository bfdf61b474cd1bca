// What names may look like where they end up in markers, paths and flags. Must not know who uses them.

/** A bundle's name: it stands in markers inside of people's files. */
export const BUNDLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const BUNDLE_NAME_RULE = "must be 1-64 of A-Z a-z 0-9 . _ - and begin with a letter or digit";
