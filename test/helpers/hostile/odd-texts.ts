const MIB = 1024 * 1024;

const long = (unit: Buffer | string, bytes = MIB - 2048): Buffer => {
  const piece = Buffer.from(unit);
  return Buffer.alloc(bytes - (bytes % piece.length), piece);
};

/** What a target may put into any text of its own, by what is odd about it. */
export const ODD_TEXTS: Readonly<Record<string, Buffer>> = {
  'control characters': Buffer.from('\x01\x02\x08\x0b\x7f\x1f'),
  'a zero': Buffer.from('a\0b'),
  quotes: Buffer.from('"\'`"} 1'),
  backslashes: Buffer.from('\\\\\\n\\'),
  'line feeds': Buffer.from('a\nprobe_success 1\nb\rc\u2028d\u0085e'),
  'lone surrogates': Buffer.from('61eda080edb08062', 'hex'),
  'no UTF-8': Buffer.from('fffec3e28280c080', 'hex'),
  'escapes of terminals': Buffer.from('\x1b[31m\x1b]0;title\x07\x9b'),
  'other directions': Buffer.from('a\u202eb\u2066c\u200f\ufeff'),
  'fields of a log line': Buffer.from('msg="x" level=ERROR a=b {"a":1}'),
  '1 MiB of control characters': long('\x01'),
  '1 MiB of quotes and backslashes': long('"\\'),
  '1 MiB of no UTF-8': long(Buffer.from('ff', 'hex')),
  '1 MiB of what stands left': long('\u202e'),
};
