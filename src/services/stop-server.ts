import type { HttpServer } from '../http/listeners/http-server.js';
import type { Clock } from '../values/clock.js';

/** Accepts no more and lets requests finish; what is still connected after `graceSeconds` is cut off. */
export async function stopServer(server: HttpServer, clock: Clock, graceSeconds: number): Promise<void> {
  const cancelCut = clock.after(graceSeconds, () => {
    server.cut();
  });
  await server.stop();
  cancelCut();
}
