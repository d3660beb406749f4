/** Gives the bytes of a body piece by piece; undefined at its end. */
export type ReadBody = () => Promise<Buffer | undefined>;
