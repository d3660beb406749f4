import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** The command of a Chromium of this machine (`SONDE_CHROMIUM` names another); undefined if there is none. */
export function findChromium(): string | undefined {
  const named = process.env['SONDE_CHROMIUM'];
  return [...(named === undefined ? [] : [named]), ...NAMES].find(
    (name) => spawnSync(name, ['--version'], { timeout: 100_000 }).status === 0,
  );
}

/** Why tests with a browser are skipped; undefined if they can run. */
export function noChromium(): string | undefined {
  return findChromium() === undefined ? 'there is no Chromium' : undefined;
}

export interface PageView {
  readonly width: number;
  readonly height?: number;
  readonly scheme: 'light' | 'dark';
  readonly javascript?: boolean;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A headless Chromium, driven by the DevTools protocol over a pipe: messages of JSON, each with a NUL behind it. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #events: { readonly method: string; readonly params: unknown }[] = [];
  #listeners: (() => void)[] = [];
  #lastId = 0;
  #session: string | undefined;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#take(JSON.parse(message) as Message);
    });
  }

  static async start(command: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'sonde-browser-'));
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'];
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
    const args = [...flags, ...quiet, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'];
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const browser = new Browser(child, profile);
    const { targetId } = (await browser.#send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const attached = await browser.#send('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = (attached as { sessionId: string }).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.#send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page as a reader with this screen would see it; resolves when it has loaded. */
  async open(url: string, { width, height = 900, scheme, javascript = true }: PageView): Promise<void> {
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#send('Emulation.setEmulatedMedia', { features });
    await this.#send('Emulation.setScriptExecutionDisabled', { value: !javascript });
    this.#events.length = 0;
    await this.#send('Page.navigate', { url });
    await this.#event('Page.loadEventFired');
  }

  /** The value of an expression in the page, which may be a promise. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const answer = (await this.#send('Runtime.evaluate', options)) as {
      readonly result: { readonly value: T };
      readonly exceptionDetails?: unknown;
    };
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
    return answer.result.value;
  }

  /** What the browser had to say of the page since it was opened, such as what its policy forbids. */
  complaints(): readonly string[] {
    return this.#events
      .filter(({ method }) => method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown')
      .map(({ params }) => JSON.stringify(params));
  }

  /** The URLs that were asked for since the page was opened. */
  requests(): readonly string[] {
    return this.#events
      .filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => (params as { readonly request: { readonly url: string } }).request.url);
  }

  /** A picture of the page from its top, of the whole page unless a height is given, as PNG. */
  async picture(height?: number): Promise<Buffer> {
    const clip = await this.evaluate<{ width: number; height: number }>(
      '({ width: innerWidth, height: document.documentElement.scrollHeight })',
    );
    const { data } = (await this.#send('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: true,
      clip: { x: 0, y: 0, width: clip.width, height: height ?? clip.height, scale: 1 },
    })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    await this.#send('Browser.close').catch(() => this.#child.kill('SIGKILL'));
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #take(message: Message): void {
    if (message.method !== undefined) {
      this.#events.push({ method: message.method, params: message.params });
      for (const listener of this.#listeners) listener();
      return;
    }
    const waiting = this.#waiting.get(message.id ?? 0);
    this.#waiting.delete(message.id ?? 0);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.error.message));
  }

  #send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const isOfBrowser = method.startsWith('Target.') || method.startsWith('Browser.');
    const session = isOfBrowser ? {} : { sessionId: this.#session };
    (this.#child.stdio[3] as Duplex).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #event(method: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#events.some((event) => event.method === method)) return;
        this.#listeners = this.#listeners.filter((listener) => listener !== look);
        resolve();
      };
      this.#listeners.push(look);
      look();
    });
  }
}
