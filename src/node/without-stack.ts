/**
 * Does something that is short and makes errors which nobody looks at beyond their code or text: files that are not
 * there, collectors without data. Writing down the stack of each takes V8 longer than the kernel needs for its answer.
 */
export function withoutStack<T>(action: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
