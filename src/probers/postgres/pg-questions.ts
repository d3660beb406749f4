import { messageOf } from './login/pg-login.js';

/** A transaction that writes nothing, with the settings that postgres_exporter's client has. */
export const BEGIN_READ_ONLY =
  "BEGIN TRANSACTION READ ONLY; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL extra_float_digits = 2";

/** A message with statements as text. */
export function simpleQuery(sql: string): Buffer {
  return messageOf('Q', Buffer.from(`${sql}\0`));
}

/** One statement, without parameters, whose values come as texts: parse, bind, describe, execute, sync. */
export function extendedQuery(sql: string, most: number): Buffer {
  const rows = Buffer.alloc(4);
  rows.writeInt32BE(most);
  return Buffer.concat([
    messageOf('P', Buffer.from(`\0${sql}\0\0\0`)),
    messageOf('B', Buffer.alloc(8)),
    messageOf('D', Buffer.from('P\0')),
    messageOf('E', Buffer.concat([Buffer.from([0]), rows])),
    messageOf('S', Buffer.alloc(0)),
  ]);
}
