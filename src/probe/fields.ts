/** Structured facts beside a log message, in the order in which they are written. */
export type Fields = Readonly<Record<string, string | number | boolean>>;
