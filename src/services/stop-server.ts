import type { HttpServer } from '../http/listeners/http-server.js';
import type { Clock } from '../values/clock.js';

/** Accepts no more connections and lets requests finish. Connections that are open after `graceSeconds` are cut. */
export async function stopServer(server: HttpServer, clock: Clock, graceSeconds: number): Promise<void> {
  const cancelCut = clock.after(graceSeconds, () => {
    server.cut();
  });
  await server.stop();
  cancelCut();
}
