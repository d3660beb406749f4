import type { RedisCommand, RedisConnection } from './redis-connection.js';
import { RespError, type RespValue } from './resp-reader.js';

/** The server has no such command, or the user has not been given it beside EVAL. */
const NO_EVAL_RO = /^(?:ERR unknown command|NOPERM .*['"`]eval_ro['"`])/i;

/** Runs Lua at the server: by EVAL_RO, which refuses to write, or by EVAL where the server has only that. */
export class LuaRunner {
  readonly #connection: RedisConnection;
  #command: 'EVAL_RO' | 'EVAL' = 'EVAL_RO';

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Waits for a turn of the event loop, as the connection does. */
  turn(): Promise<void> {
    return this.#connection.turn();
  }

  /** The answer to a script, perhaps an error; with `readOnly`, EVAL is never used. Rejects with a ProbeFailure. */
  async run(lua: string, args: readonly string[], { readOnly }: { readonly readOnly: boolean }): Promise<RespValue> {
    const command = (name: string): RedisCommand => [name, lua, '0', ...args];
    const [answer = null] = await this.#connection.ask([command(readOnly ? 'EVAL_RO' : this.#command)]);
    const isMissing = answer instanceof RespError && NO_EVAL_RO.test(answer.text);
    if (!isMissing || readOnly || this.#command === 'EVAL') return answer;
    this.#command = 'EVAL';
    const [second = null] = await this.#connection.ask([command('EVAL')]);
    return second;
  }
}
