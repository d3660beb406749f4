import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { StreamScript } from '../servers/stream-server.js';

/** What the server says and does at a line that it was told; `secure` is what it goes on with over TLS. */
export interface TlsScript {
  readonly options: tls.TlsOptions;
  readonly secure: StreamScript;
}

/** A script that speaks TLS from the first byte on. */
export function overTls({ options, secure }: TlsScript): StreamScript {
  return (socket) => {
    upgrade(socket, { options, secure });
  };
}

/** A script that greets, waits for the line `STARTTLS`, says `go` and speaks TLS from there on. */
export function startTls(greeting: string, go: string, script: TlsScript): StreamScript {
  return (socket) => {
    socket.write(greeting);
    let pending = '';
    const onData = (chunk: Buffer): void => {
      pending += chunk.toString('latin1');
      if (!/STARTTLS\r?\n/.test(pending)) return;
      socket.off('data', onData);
      socket.write(go);
      upgrade(socket, script);
    };
    socket.on('data', onData);
  };
}

function upgrade(socket: Socket, { options, secure }: TlsScript): void {
  const encrypted = new tls.TLSSocket(socket, { isServer: true, ...options });
  encrypted.on('error', () => socket.destroy());
  encrypted.once('secure', () => {
    secure(encrypted);
    // A socket that does not read does not notice the end.
    encrypted.resume();
  });
}
