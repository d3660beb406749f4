import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { OpenList } from '../../values/lists/open-list.js';
import type { WebResponse } from '../exchange.js';

/**
 * How long a session stays open when all of its answers have been made and the service stops, in seconds: the client
 * can still take them.
 */
const CANCELLED_PROBE_GRACE_SECONDS = 1;

/**
 * How often clients are asked whether they are there, in seconds. Node 20 reads nothing more from a connection that
 * broke the protocol, so it does not see its end either: each kept a descriptor until the idle timeout of five minutes.
 */
const PING_SECONDS = 15;

/** The HTTP/2 connections of a listener, and the answers that are under way on each. */
export class Http2Sessions {
  readonly #clock: Clock;
  readonly #answers = new Map<Http2Session, Set<WebResponse>>();
  readonly #connections = new OpenList<Socket>();
  /** Had no answer to make when they were looked at last. */
  readonly #quiet = new WeakSet<Http2Session>();
  /** Were pinged and have not replied. */
  readonly #pinged = new WeakSet<Http2Session>();
  #cancelSweep: CancelTimer | undefined;
  #cancelPing: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(session: Http2Session): void {
    this.#answers.set(session, new Set());
    if (this.#answers.size === 1) this.#pingLater();
    session.once('close', () => {
      this.#answers.delete(session);
      if (this.#answers.size > 0) return;
      this.#cancelSweep?.();
      this.#cancelPing?.();
    });
  }

  /**
   * Takes the connection of a session. After an error of TLS, such as an alert, Node destroys the session, which then
   * waits for writes that never end: such a connection kept its descriptor for good, and the listener from stopping.
   */
  addConnection(socket: Socket): void {
    const place = this.#connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#connections.remove(place);
    });
  }

  addAnswer(session: Http2Session | undefined, answer: WebResponse): void {
    const answers = session === undefined ? undefined : this.#answers.get(session);
    answers?.add(answer);
    answer.once('close', () => answers?.delete(answer));
  }

  /**
   * Lets every session end with its answers. A client that keeps streams open, or says nothing, keeps no session open.
   */
  close(): void {
    for (const session of this.#answers.keys()) session.close();
    this.#sweep();
  }

  cut(): void {
    this.#cancelSweep?.();
    for (const session of this.#answers.keys()) session.destroy();
    for (const socket of this.#connections.all()) socket.destroy();
  }

  #pingLater(): void {
    this.#cancelPing = this.#clock.after(PING_SECONDS, () => {
      for (const [session, answers] of this.#answers) if (answers.size === 0) this.#ping(session);
      if (this.#answers.size > 0) this.#pingLater();
    });
  }

  /**
   * Destroys the connection if the last ping has no reply. A client that is taking an answer is not asked: the ping
   * would wait behind it.
   */
  #ping(session: Http2Session): void {
    if (this.#pinged.has(session)) {
      session.destroy();
      return;
    }
    if (session.destroyed) return;
    this.#pinged.add(session);
    session.ping((error) => {
      if (error === null) this.#pinged.delete(session);
    });
  }

  #sweep(): void {
    for (const [session, answers] of this.#answers) {
      if ([...answers].some((answer) => !answer.writableEnded)) this.#quiet.delete(session);
      else if (this.#quiet.has(session)) session.destroy();
      else this.#quiet.add(session);
    }
    if (this.#answers.size === 0) return;
    this.#cancelSweep = this.#clock.after(CANCELLED_PROBE_GRACE_SECONDS, () => {
      this.#sweep();
    });
  }
}
