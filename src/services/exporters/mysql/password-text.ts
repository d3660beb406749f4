import { ownValue } from '../../../values/own-value.js';

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A password of a file of mysqld_exporter, where `$NAME` and `${NAME}` stand for variables. Throws an Error for one
 * that is not set: nobody means an empty password by it.
 */
export function withVariables(text: string, env: Environment): string {
  return text.replace(/\$(?:\{(\w{1,200})\}|(\w{1,200}))/g, (_all, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    const value = ownValue(env, name);
    if (value === undefined) throw new Error(`there is no variable ${name}, which a password names`);
    return value;
  });
}
