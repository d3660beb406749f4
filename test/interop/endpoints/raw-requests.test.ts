import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import {
  findBlackboxExporter,
  findPushgateway,
  isCurrent,
  NO_PEER,
  NO_PUSHGATEWAY,
  REPOSITORY,
  startBlackboxExporter,
  startRealPushgateway,
} from '../../helpers/peer.js';
import { RECORDED_ANSWERS } from '../../helpers/servers/recorded-answers.js';
import { askRaw, RAW_REQUESTS } from '../../helpers/services/raw-requests.js';

const [blackbox, pushgateway] = [findBlackboxExporter(), findPushgateway()];
const skip =
  blackbox === undefined
    ? NO_PEER
    : pushgateway === undefined
      ? NO_PUSHGATEWAY
      : isCurrent(blackbox)
        ? false
        : `blackbox_exporter ${blackbox.version} is too old`;

t.test('the real programs answer raw requests as recorded', { skip }, async (t) => {
  if (blackbox === undefined || pushgateway === undefined) throw new Error(NO_PEER);
  const folder = t.testdir({ 'b.yml': 'modules: {http_2xx: {prober: http}}\n' });
  const programs = {
    blackbox: await startBlackboxExporter(blackbox, [`--config.file=${join(folder, 'b.yml')}`]),
    pushgateway: await startRealPushgateway(pushgateway),
  };
  t.teardown(() => Promise.all([programs.blackbox.stop(), programs.pushgateway.stop()]));
  const answers: Record<string, readonly string[]> = {};
  for (const { name, program, bytes } of RAW_REQUESTS) {
    const [host = '', port = ''] = programs[program].address.split(':');
    const key = `${program}: ${name}`;
    answers[key] = await askRaw(connect(Number(port), host), bytes);
    if (process.env['SONDE_RECORD_RAW_REQUESTS'] !== '1') t.same(answers[key], RECORDED_ANSWERS[key], key);
  }
  // SONDE_RECORD_RAW_REQUESTS=1 writes what the tests without the real programs compare with.
  if (process.env['SONDE_RECORD_RAW_REQUESTS'] === '1') {
    writeFileSync(`${REPOSITORY}/test/fixtures/raw-requests.json`, `${JSON.stringify(answers, null, 2)}\n`);
  }
});
