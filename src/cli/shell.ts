import type { Platform } from '../services/platform.js';

/** The shell that a command was called from. */
export interface Shell extends Platform {
  readonly args: readonly string[];
  /** Whether errors are read by a human. */
  readonly isTerminal: boolean;
  /** Whether what is printed is read by a human. */
  readonly isOutTerminal: boolean;
  /** Standard input up to its end, as text; undefined if it has more bytes than that. */
  readonly readInput: (mostBytes: number) => Promise<string | undefined>;
  /** Width of the terminal. */
  readonly columns: number;
  /** Texts for people and pipes. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Calls `listener` at each signal of that name from now on, and at once for a SIGHUP that came before. */
  readonly onSignal: (name: 'SIGHUP' | 'SIGINT' | 'SIGTERM', listener: () => void) => void;
  /** Has SIGHUP end the process, as it does by default. Until then it is kept for whoever listens. */
  readonly endOnHangUp: () => void;
  /** Calls `listener` for errors that nobody caught, which then do not end the process. */
  readonly onBug: (listener: (error: unknown) => void) => void;
  /** Called once the services run and are warm, before regular work begins. */
  readonly sayStarted: () => void;
  /** Ends the process now. */
  readonly exitAtOnce: (code: number) => void;
}
