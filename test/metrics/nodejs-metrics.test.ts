import t from 'tap';
import { watchNodejs } from '../../src/metrics/nodejs-metrics.js';
import { writeFamilies } from '../../src/metrics/write-text.js';

t.test('version, heap, and delay only after the loop was watched', async (t) => {
  const nodejs = watchNodejs('v20.1.2');
  t.teardown(() => {
    nodejs.close();
  });
  const text = writeFamilies(await nodejs.gather());
  t.match(text, /^nodejs_version_info\{major="20",minor="1",patch="2",version="v20.1.2"\} 1$/m);
  t.match(text, /^nodejs_heap_size_used_bytes [\d.e+]+$/m);
  t.match(text, /^nodejs_heap_space_size_used_bytes\{space="old"\} /m);
  t.notMatch(text, 'NaN');
});
