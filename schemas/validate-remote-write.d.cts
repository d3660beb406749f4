import type validateBlackbox from './validate-blackbox.cjs';

/** Checks a loaded file of remote write, in the same way. */
declare const validate: typeof validateBlackbox;

export = validate;
