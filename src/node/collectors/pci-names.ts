import { FileProblem } from '../../files/file-problem.js';
import { readRegularFile } from '../../files/regular-file.js';
import type { CollectorDeps } from '../collector.js';
import { takeTurns } from '../take-turns.js';

/** The numbers by which a device identifies itself, in hexadecimal digits after `0x`. */
export interface PciIdentity {
  readonly class_id: string;
  readonly vendor_id: string;
  readonly device_id: string;
  readonly subsystem_vendor_id: string;
  readonly subsystem_device_id: string;
  readonly revision: string;
}

/** The names of a device; a number stands for a missing one. */
export interface PciNameLabels {
  readonly vendor_name: string;
  readonly device_name: string;
  readonly subsystem_vendor_name: string;
  readonly subsystem_device_name: string;
  readonly class_name: string;
}

/** The paths at which distributions install the list of names. */
const USUAL_FILES: readonly string[] = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids'];
/** The list has 1.5 MB. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/**
 * The names of a host's devices from a file `pci.ids`. Of its forty thousand names only those are kept that devices
 * have asked for; a device that is plugged in later has the file read again. A file that cannot be read is a line in
 * the log, and there are no names then.
 */
export class PciNames {
  readonly #files: readonly string[];
  readonly #deps: Pick<CollectorDeps, 'clock' | 'log'>;
  /** Key: one of `keysOf`; undefined for what the file has no name for. */
  #names: ReadonlyMap<string, string | undefined> = new Map();

  /** Reads `file`, or where it is empty the file of the distribution. */
  constructor(file: string, deps: Pick<CollectorDeps, 'clock' | 'log'>) {
    this.#files = file === '' ? USUAL_FILES : [file];
    this.#deps = deps;
  }

  /** Looks up what is not known yet. */
  async learn(identities: readonly PciIdentity[]): Promise<void> {
    const wanted = new Set(identities.flatMap(allKeysOf));
    const isNew = [...wanted].some((key) => !this.#names.has(key));
    if (!isNew) return;
    const names = new Map<string, string | undefined>(Array.from(wanted, (key) => [key, undefined]));
    const reader = new PciIdsReader((key, name) => {
      if (names.has(key)) names.set(key, name);
    });
    await takeTurns(linesIn(await this.#read()), this.#deps.clock, reader.line);
    this.#names = names;
  }

  /** Returns the names of a device whose identity has been learnt. */
  of(identity: PciIdentity): PciNameLabels {
    const keys = keysOf(identity);
    const name = (among: readonly string[], otherwise: string): string =>
      among.map((key) => this.#names.get(key)).find((found) => found !== undefined) ?? otherwise;
    return {
      vendor_name: name(keys.vendor, digits(identity.vendor_id)),
      device_name: name(keys.device, digits(identity.device_id)),
      subsystem_vendor_name: name(keys.subsystemVendor, digits(identity.subsystem_vendor_id)),
      subsystem_device_name: name(keys.subsystem, digits(identity.subsystem_device_id)),
      class_name: name(keys.class, `Unknown class (${digits(identity.class_id)})`),
    };
  }

  async #read(): Promise<string> {
    const problems: FileProblem[] = [];
    for (const file of this.#files) {
      try {
        const { bytes } = await readRegularFile(file, LARGEST_BYTES);
        return bytes.toString('utf8');
      } catch (error) {
        if (!(error instanceof FileProblem)) throw error;
        problems.push(error);
      }
    }
    this.#deps.log.warn('PCI devices have no names', { reason: problems.map(({ message }) => message).join('; ') });
    return '';
  }
}

function digits(id: string): string {
  return id.slice('0x'.length);
}

function allKeysOf(identity: PciIdentity): readonly string[] {
  const { vendor, device, subsystemVendor, subsystem, class: ofClass } = keysOf(identity);
  return [vendor, device, subsystemVendor, subsystem, ofClass].flat();
}

interface PciKeys {
  readonly vendor: readonly string[];
  readonly device: readonly string[];
  readonly subsystemVendor: readonly string[];
  readonly subsystem: readonly string[];
  /** The programming interface, the subclass, the class. */
  readonly class: readonly string[];
}

function keysOf(identity: PciIdentity): PciKeys {
  const [vendor, device, ownVendor, ownDevice, classId] = [
    digits(identity.vendor_id),
    digits(identity.device_id),
    digits(identity.subsystem_vendor_id),
    digits(identity.subsystem_device_id),
    digits(identity.class_id),
  ];
  return {
    vendor: [`v ${vendor}`],
    device: [`d ${vendor} ${device}`],
    subsystemVendor: [`v ${ownVendor}`],
    subsystem: [`s ${vendor} ${device} ${ownVendor} ${ownDevice}`],
    class: [6, 4, 2].map((length) => `c ${classId.slice(0, length)}`),
  };
}

function* linesIn(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

const LINE = /^(\t{0,2})(C )?([\da-f]{2,4}(?: [\da-f]{4})?) {2}(.*)$/;

/**
 * Reads the lines of pci.ids: a vendor (`8086  Intel Corporation`), below it its devices after a tab, below these
 * their makers' versions after two (`8086 00a3  …`); and classes (`C 01  …`) with their subclasses and interfaces.
 */
class PciIdsReader {
  readonly #found: (key: string, name: string) => void;
  #isClass = false;
  /** The numbers that the next lines are below. */
  #above: readonly string[] = [];

  constructor(found: (key: string, name: string) => void) {
    this.#found = found;
  }

  readonly line = (text: string): void => {
    const [, tabs = '', mark, id = '', name = ''] = LINE.exec(text) ?? [];
    if (id === '' || tabs.length > this.#above.length) return;
    if (tabs === '') this.#isClass = mark !== undefined;
    this.#above = [...this.#above.slice(0, tabs.length), id];
    const kind = this.#isClass ? 'c' : (['v', 'd', 's'][tabs.length] ?? '');
    this.#found(`${kind} ${this.#above.join(this.#isClass ? '' : ' ')}`, name.trim());
  };
}
