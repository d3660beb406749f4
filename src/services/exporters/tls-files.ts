import { readTextFile } from '../../files/file-text.js';
import type { RawTlsConfig } from '../../values/raw-config.js';

const LARGEST_FILE_BYTES = 1024 * 1024;

/**
 * Reads the files of TLS that flags name, "" for none, to see whether they are there: the real exporters do not start
 * without them. Rejects with a FileProblem, or with an Error that names the file. They are read again when they are
 * used.
 */
export async function assertTlsFiles({
  ca_file: ca = '',
  cert_file: cert = '',
  key_file: key = '',
}: Partial<RawTlsConfig>): Promise<void> {
  if (ca !== '' && !(await readTextFile(ca, LARGEST_FILE_BYTES)).includes('-----BEGIN ')) {
    throw new Error(`${ca}: there is no certificate in PEM format in this file`);
  }
  for (const file of [cert, key]) if (file !== '') await readTextFile(file, LARGEST_FILE_BYTES);
}
