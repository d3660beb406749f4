import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';

/**
 * The most requests of one connection in one turn of the event loop: as many as may be open at once. Whoever begins
 * more has reset the others, and each takes 45 µs.
 */
const MOST_REQUESTS = 250;
/**
 * The most frames of a body that are shorter than TINY_BYTES, of one connection in one turn. Each takes 10 µs whatever
 * its size, and the window counts bytes only: a read of 64 KiB with frames of one byte held the event loop for 70 ms.
 */
const MOST_TINY_FRAMES = 256;
const TINY_BYTES = 64;

/** What a connection has sent in this turn. */
interface TurnCounts {
  requests: number;
  tinyFrames: number;
}

/** Stops clients that have very much to do in one turn of the event loop, which node:http2 cannot interrupt. */
export class Http2Floods {
  #counts = new WeakMap<Http2Session, TurnCounts>();
  #isCounting = false;

  /** Returns whether the connection may have this request, too. */
  admits(session: Http2Session): boolean {
    return ++this.#countsOf(session).requests <= MOST_REQUESTS;
  }

  /** Resets the stream when its connection sends too many tiny frames. */
  watch(stream: ServerHttp2Stream): void {
    const push = stream.push.bind(stream);
    // A listener for data would take it from whoever reads the body, and would come too late: after the whole read.
    stream.push = (chunk: Buffer | null): boolean => {
      if (chunk === null || chunk.length >= TINY_BYTES || !this.#isOneTooMany(stream.session)) return push(chunk);
      if (!stream.destroyed) {
        stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        stream.destroy();
      }
      return false;
    };
  }

  #isOneTooMany(session: Http2Session | undefined): boolean {
    return session !== undefined && ++this.#countsOf(session).tinyFrames > MOST_TINY_FRAMES;
  }

  #countsOf(session: Http2Session): TurnCounts {
    const known = this.#counts.get(session);
    if (known !== undefined) return known;
    const counts = { requests: 0, tinyFrames: 0 };
    this.#counts.set(session, counts);
    this.#forgetLater();
    return counts;
  }

  #forgetLater(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    setImmediate(() => {
      this.#isCounting = false;
      this.#counts = new WeakMap();
    });
  }
}
