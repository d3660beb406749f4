/** `invalid`: the push is wrong. `too large`: no store would take it. `full`: other groups occupy the room. */
export type RefusalKind = 'invalid' | 'too large' | 'full';

/** A push is refused. The message is the answer to the client. */
export class PushRefusal extends Error {
  override readonly name = 'PushRefusal';
  readonly why: RefusalKind;

  constructor(why: RefusalKind, problem: string) {
    super(problem);
    this.why = why;
  }
}
