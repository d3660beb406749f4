import type validateBlackbox from './validate-blackbox.cjs';

/** Checks a loaded web config file, in the same way. */
declare const validate: typeof validateBlackbox;

export = validate;
