import { counter, gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import type { MetricSink } from '../metric-sink.js';
import { parseInteger } from '../numbers.js';
import { parseXmlRpcUrl, postXmlRpc } from '../xml-rpc/post.js';
import { type Members, readStructs } from '../xml-rpc/structs.js';

const LABELS = ['name', 'group'] as const;
const up = gauge('node_supervisord_up', 'Process Up', LABELS);
const state = gauge('node_supervisord_state', 'Process State', LABELS);
const exitStatus = gauge('node_supervisord_exit_status', 'Process Exit Status', LABELS);
const startTime = counter('node_supervisord_start_time_seconds', 'Process start time', LABELS);

/** STARTING, RUNNING and STOPPING (http://supervisord.org/subprocess.html#process-states). */
const RUNNING: ReadonlySet<number> = new Set([10, 20, 40]);

const CALL =
  '<?xml version="1.0"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName><params/></methodCall>';

/** The processes of supervisord, asked by XML-RPC; deprecated by upstream. */
export const supervisord: CollectorSpec = {
  name: 'supervisord',
  isDefault: false,
  flags: [{ kind: 'value', name: 'supervisord.url', default: 'http://localhost:9001/RPC2', help: 'XML RPC endpoint.' }],
  create: (options, { clock, env }) => {
    const given = options.isGiven('supervisord.url') ? undefined : env['SUPERVISORD_URL'];
    const address = parseXmlRpcUrl(given ?? options.text('supervisord.url'));
    return {
      collect: async ({ metrics, signal }) => {
        const answer = await postXmlRpc(address, CALL, signal).catch((error: unknown) => {
          throw new Error(`unable to call supervisord: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          });
        });
        for (const members of await readStructs(answer, clock)) {
          apart(metrics, () => {
            setProcess(metrics, members);
          });
        }
      },
    };
  },
};

function setProcess(metrics: MetricSink, members: Members): void {
  const [name, group] = [members.get('name'), members.get('group')];
  if (name === undefined || group === undefined) throw new Error('a process of supervisord has no name or no group');
  const number = (member: string): number => parseInteger(members.get(member) ?? '');
  const current = number('state');
  metrics.setWith(state, { name, group }, current);
  metrics.setWith(exitStatus, { name, group }, number('exitstatus'));
  if (Number.isNaN(current)) return;
  metrics.setWith(up, { name, group }, RUNNING.has(current) ? 1 : 0);
  if (RUNNING.has(current)) metrics.setWith(startTime, { name, group }, number('start'));
}
