import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { cutTurns } from '../cut-turns.js';
import type { WebResponse } from '../exchange.js';
import { HTTP1_LIMITS } from './server-limits.js';

/**
 * How long a session stays open when all of its answers have been made and the service stops, in seconds: the client
 * can still take them.
 */
const CANCELLED_PROBE_GRACE_SECONDS = 1;

/**
 * How often clients are asked whether they are there, in seconds. Node 20 reads nothing more from a connection that
 * broke the protocol, so it does not see its end either: each kept a descriptor until the idle timeout of five minutes.
 */
const LOOK_SECONDS = 15;

/**
 * How long a session stays open without an answer to make, in seconds. The time is ours: Node's own timeout of a
 * session goes on after its end, and holds it in memory until then.
 */
const IDLE_SECONDS = HTTP1_LIMITS.keepAliveTimeout / 1000;

/** One HTTP/2 connection of a listener. */
interface Connection {
  readonly session: Http2Session;
  readonly socket: Socket;
  /** The answers that are under way. */
  readonly answers: Set<WebResponse>;
  /** Ends the wait for the next request. */
  cancelIdle: CancelTimer;
  /** It had no answer to make when it was looked at last. */
  isQuiet: boolean;
  /** It was pinged and has not replied. */
  isPinged: boolean;
  /** Its session was destroyed when it was looked at last. */
  isOver: boolean;
}

/** The HTTP/2 connections of a listener, and the answers that are under way on each. */
export class Http2Sessions {
  readonly #clock: Clock;
  readonly #connections = new Map<Http2Session, Connection>();
  #cancelSweep: CancelTimer | undefined;
  #cancelLook: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a session with its connection. A session that Node destroys waits for what has been written: for ever if the
   * client takes nothing, or after an error of TLS such as an alert. Such a connection would keep its descriptor, and
   * the listener from stopping, so the end of a connection is ours.
   */
  add(session: Http2Session, socket: Socket): void {
    const states = { cancelIdle: this.#closeLater(session), isQuiet: false, isPinged: false, isOver: false };
    const connection: Connection = { session, socket, answers: new Set(), ...states };
    this.#connections.set(session, connection);
    if (this.#connections.size === 1) this.#lookLater();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      connection.cancelIdle();
      this.#connections.delete(session);
      if (this.#connections.size > 0) return;
      this.#cancelSweep?.();
      this.#cancelLook?.();
    });
  }

  addAnswer(session: Http2Session | undefined, answer: WebResponse): void {
    const connection = session === undefined ? undefined : this.#connections.get(session);
    if (connection === undefined) return;
    connection.cancelIdle();
    connection.answers.add(answer);
    answer.once('close', () => {
      connection.answers.delete(answer);
      const isOpen = this.#connections.has(connection.session);
      if (isOpen && connection.answers.size === 0) connection.cancelIdle = this.#closeLater(connection.session);
    });
  }

  /**
   * Lets every session end with its answers. A client that keeps streams open, or says nothing, keeps no session open.
   */
  close(): void {
    for (const session of this.#connections.keys()) session.close();
    this.#sweep();
  }

  cut(): void {
    this.#cancelSweep?.();
    for (const { session, socket } of this.#connections.values()) {
      session.destroy();
      socket.destroy();
    }
  }

  #closeLater(session: Http2Session): CancelTimer {
    return this.#clock.after(IDLE_SECONDS, () => {
      session.close();
    });
  }

  #lookLater(): void {
    this.#cancelLook?.();
    this.#cancelLook = this.#clock.after(LOOK_SECONDS, () => void this.#look());
  }

  async #look(): Promise<void> {
    for (const connection of [...this.#connections.values()]) {
      if (cutTurns.isOver()) await cutTurns.next();
      if (this.#connections.has(connection.session)) look(connection);
    }
    if (this.#connections.size > 0) this.#lookLater();
  }

  #sweep(): void {
    for (const connection of this.#connections.values()) {
      const isBusy = [...connection.answers].some((answer) => !answer.writableEnded);
      if (!isBusy && connection.isQuiet) endAtLast(connection);
      connection.isQuiet = !isBusy;
    }
    if (this.#connections.size === 0) return;
    this.#cancelSweep = this.#clock.after(CANCELLED_PROBE_GRACE_SECONDS, () => {
      this.#sweep();
    });
  }
}

/** Destroys the session, and the connection if that has been done before. */
function endAtLast({ session, socket }: Connection): void {
  if (session.destroyed) socket.destroy();
  else session.destroy();
}

/**
 * Destroys the session if the last ping has no reply, and the connection if it is still there some time after its
 * session. A client that is taking an answer is not asked: the ping would wait behind it.
 */
function look(connection: Connection): void {
  const { session, socket, answers } = connection;
  if (connection.isOver) {
    socket.destroy();
    return;
  }
  connection.isOver = session.destroyed || connection.isPinged;
  if (connection.isPinged) session.destroy();
  if (connection.isOver || [...answers].some(({ destroyed }) => !destroyed)) return;
  connection.isPinged = true;
  session.ping((error) => {
    if (error === null) connection.isPinged = false;
  });
}
