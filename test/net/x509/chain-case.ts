import { authority, localhost } from '../../helpers/tls/certificate-extensions.js';
import { type Extension, type Made, make, type Wish } from '../../helpers/tls/certificate-writer.js';

/** What a server presents, and whom the client trusts. */
export interface ChainCase {
  readonly title: string;
  readonly leaf: Made;
  readonly others?: readonly Made[];
  readonly ca: readonly Made[];
  readonly serverName?: string;
}

/** The authority of most cases. */
export const root = make({ subject: 'root', key: 'ec-root', extensions: [authority()] });

/** A server's certificate for localhost with these extensions beside. */
export function server(by: Made, extensions: readonly Extension[] = [], wish: Wish = {}): Made {
  return make({ subject: 'leaf', key: 'ec-leaf', by, extensions: [localhost, ...extensions], ...wish });
}

/** An authority below another one. */
export function middle(by: Made, extensions: readonly Extension[] = [], wish: Wish = {}): Made {
  return make({ subject: 'middle', key: 'ec-middle', by, extensions: [authority(), ...extensions], ...wish });
}

/** A leaf with these extensions, signed by the root. */
export function direct(title: string, extensions: readonly Extension[], wish: Wish = {}): ChainCase {
  return { title, leaf: server(root, extensions, wish), ca: [root] };
}

/** A usual leaf below an intermediate with these extensions. */
export function below(title: string, extensions: readonly Extension[], ofLeaf: readonly Extension[] = []): ChainCase {
  const between = middle(root, extensions);
  return { title, leaf: server(between, ofLeaf), others: [between], ca: [root] };
}

/** A leaf with exactly these extensions below a root with those. */
export function under(title: string, ofRoot: readonly Extension[], ofLeaf: readonly Extension[]): ChainCase {
  const anchor = make({ subject: 'constrained', key: 'ec-constrained', extensions: [authority(), ...ofRoot] });
  return { title, leaf: make({ subject: 'leaf', key: 'ec-leaf', by: anchor, extensions: ofLeaf }), ca: [anchor] };
}
