import t from 'tap';
import { os } from '../../../src/node/collectors/os.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('os-release in all its notations', async (t) => {
  const paths = hostTree(t, {
    root: {
      'etc/os-release': `# a comment
NAME="Sonde \\"OS\\""
ID=sonde
ID_LIKE='debian ubuntu'
VERSION_ID="12.5.1"
export VERSION_CODENAME=book # the rest is none
SUPPORT_END=2026-06-30
`,
      'usr/lib/os-release': 'NAME=other\n',
    },
  });
  const text = await askCollector(os, { paths }).scrape();
  t.match(text, 'id="sonde",id_like="debian ubuntu"');
  t.match(text, 'name="Sonde \\"OS\\""');
  t.match(text, 'version_codename="book"');
  t.match(text, /^node_os_version\{.*\} 12\.5$/m);
  t.match(text, /^node_os_support_end_timestamp_seconds 1\.7827776e\+09$/m);
});

t.test('without', async (t) => {
  const paths = hostTree(t, {});
  await t.rejects(askCollector(os, { paths }).scrape(), { name: 'NoData', message: 'no os-release file found' });
});
