import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { testTexts } from '../../probe/checks/check-text.js';
import type { GoRegexp } from '../../values/go/go-regexp.js';
import { loopTurns } from '../../values/loop-turns.js';
import { shownText } from '../../values/shown-text.js';
import type { RedisCommand, RedisConnection } from './redis-connection.js';
import { eachLine, readPairs } from './redis-info.js';
import { reportFields } from './redis-info-report.js';
import type { RespValue } from './resp-reader.js';

// Names, types and texts are those of redis_exporter 1.86.
const MODULE_LABELS = ['api', 'filters', 'name', 'usedby', 'using', 'ver'] as const;
const moduleInfo = gauge('redis_module_info', 'Information about loaded Redis module', MODULE_LABELS);

/** Modules, and indexes of Redis Search, that are shown. */
const MOST_MODULES = 256;
const MOST_INDEXES = 200;
/** Indexes that are asked about at once. */
const INDEXES_AT_ONCE = 10;
/** The longest name of an index that is looked at: a pattern takes time by its length. */
const LONGEST_INDEX = 256;

/** Sets the metrics of INFO MODULES: a line for each module, and the fields of modules. */
export async function reportModules(connection: RedisConnection, metrics: MetricSet): Promise<void> {
  const [text] = await connection.ask([['INFO', 'MODULES']]);
  if (typeof text !== 'string') return;
  let left = MOST_MODULES;
  // `module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]`
  await eachLine(text, ({ field, value }) => {
    const pairs = field === 'module' && left > 0 ? readPairs(value) : undefined;
    if (pairs?.has('name') !== true) return;
    left--;
    const of = (label: string): string => shownText(pairs.get(label) ?? '');
    const labels = { api: of('api'), filters: of('filters'), name: of('name') };
    metrics.setWith(moduleInfo, { ...labels, usedby: of('usedby'), using: of('using'), ver: of('ver') }, 1);
  });
  await reportFields(text, metrics);
}

const MEBIBYTE = 1024 * 1024;
const INDEX = ['index_name'] as const;
type Row = readonly [field: string, metric: MetricDefinition<'index_name'>, factor: number];

const number = (field: string, name: string, help: string): Row => [
  field,
  gauge(`redis_search_index_${name}`, help, INDEX),
  1,
];
const size = (field: string, name: string, help: string): Row => [
  field,
  gauge(`redis_search_index_${name}_bytes`, help, INDEX),
  MEBIBYTE,
];

/** The fields of FT.INFO that are shown; sizes are in MiB there. */
const OF_INDEX: readonly Row[] = [
  number('num_docs', 'num_docs', 'Number of documents in search index'),
  number('max_doc_id', 'max_doc_id', 'Maximum document ID in search index'),
  number('num_terms', 'num_terms', 'Number of distinct terms in search index'),
  number('num_records', 'num_records', 'Total number of records in search index'),
  size('inverted_sz_mb', 'inverted_size', 'Memory used by the inverted index'),
  number('total_inverted_index_blocks', 'total_inverted_index_blocks', 'Total number of blocks in the inverted index'),
  size(
    'vector_index_sz_mb',
    'vector_index_size',
    'Memory used by the vector index, stores vectors associated with each document',
  ),
  size(
    'offset_vectors_sz_mb',
    'offset_vectors_size',
    'Memory used by the offset vectors, store positional information for terms in documents',
  ),
  size(
    'doc_table_size_mb',
    'doc_table_size',
    'Memory used by the document table, contains metadata about each document in the index',
  ),
  size('sortable_values_size_mb', 'sortable_values_size', 'Memory used by sortable values, used for sorting purposes'),
  size(
    'key_table_size_mb',
    'key_table_size',
    'Memory used by the key table, stores mapping between document IDs and keys',
  ),
  size('tag_overhead_sz_mb', 'tag_overhead_size', 'Size of the TAG index structures used for optimising performance'),
  size(
    'text_overhead_sz_mb',
    'text_overhead_size',
    'Size of the TEXT index structures used for optimising performance',
  ),
  size('total_index_memory_sz_mb', 'total_index_memory_size', 'Total memory consumed by all indexes in the DB'),
  size('geoshapes_sz_mb', 'geoshapes_size', 'Memory used by GEO-related fields'),
  number('records_per_doc_avg', 'avg_per_doc_records', 'Average number of records (including deletions) per document'),
  number('bytes_per_record_avg', 'avg_per_record_bytes', 'Average size of each record in bytes'),
  number('offsets_per_term_avg', 'avg_per_term_offsets', 'Average number of offsets (position information) per term'),
  number(
    'offset_bits_per_record_avg',
    'avg_per_record_offset_bits',
    'Average number of bits used for offsets per record',
  ),
  number('indexing', 'indexing', 'Indicates whether the index is currently being generated'),
  number('percent_indexed', 'percent_indexed', 'Percentage of the index that has been successfully generated (0-1)'),
  number('hash_indexing_failures', 'hash_indexing_failures', 'Number of failures encountered during indexing'),
  [
    'number_of_uses',
    counter('redis_search_index_number_of_uses_total', 'Number of times the index has been used', INDEX),
    1,
  ],
  number('cleaning', 'cleaning', 'Index deletion flag. A value of 1 indicates index deletion is in progress'),
];

interface IndexesAsked {
  readonly connection: RedisConnection;
  readonly metrics: MetricSet;
  readonly signal: AbortSignal;
}

/** Names that are tested in one go. */
const NAMES_A_TEST = 200;

function isIndexName(name: RespValue): name is string {
  return typeof name === 'string' && name.length <= LONGEST_INDEX;
}

/** Sets the metrics of the indexes of Redis Search that the pattern matches. Rejects with a ProbeFailure. */
export async function reportIndexes(pattern: GoRegexp, { connection, metrics, signal }: IndexesAsked): Promise<void> {
  const [list] = await connection.ask([['FT._LIST']]);
  if (!Array.isArray(list)) return;
  const names: string[] = [];
  for (let at = 0; at < list.length && names.length < MOST_INDEXES; at += NAMES_A_TEST) {
    const some = (list.slice(at, at + NAMES_A_TEST) as readonly RespValue[]).filter(isIndexName);
    // A large pattern is compiled in a thread.
    const matches = await testTexts([pattern], some, signal);
    names.push(...some.filter((_name, index) => matches[index]?.[0] === true));
  }
  names.splice(MOST_INDEXES);
  for (let at = 0; at < names.length; at += INDEXES_AT_ONCE) {
    const some = names.slice(at, at + INDEXES_AT_ONCE);
    for (const answer of await connection.ask(some.map((name): RedisCommand => ['FT.INFO', name]))) {
      if (loopTurns.isOver()) await connection.turn();
      reportIndex(answer, metrics);
    }
  }
}

/** A list of fields and values. A field that is missing is 0, as there; one that is no number costs itself. */
function reportIndex(answer: RespValue, metrics: MetricSet): void {
  if (!Array.isArray(answer)) return;
  const fields = new Map<string, RespValue>();
  for (let at = 0; at + 1 < answer.length; at += 2) {
    const [name, value] = [answer[at] as RespValue, answer[at + 1] as RespValue];
    if (typeof name === 'string') fields.set(name, value);
  }
  const name = fields.get('index_name');
  if (typeof name !== 'string') return;
  for (const [field, metric, factor] of OF_INDEX) {
    const value = fields.get(field) ?? 0;
    const found = typeof value === 'string' ? parseFloatText(value) : value;
    if (typeof found === 'number') metrics.setWith(metric, { index_name: shownText(name) }, found * factor);
  }
}

/** Sets the metrics of Tile38's own statistics, a list of names and values. */
export async function reportTile38(connection: RedisConnection, metrics: MetricSet): Promise<void> {
  const [answer] = await connection.ask([['SERVER', 'EXT']]);
  if (!Array.isArray(answer)) return;
  const lines: string[] = [];
  for (let at = 0; at + 1 < answer.length; at += 2) {
    const [name, value] = [answer[at] as RespValue, answer[at + 1] as RespValue];
    if (typeof name !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) continue;
    lines.push(`${name.startsWith('tile38_') ? name : `tile38_${name}`}:${value}`);
  }
  await reportFields(lines.join('\n'), metrics);
}
