import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { checkRecipe, startWrongServers, withServer } from '../servers/recipes.js';
import { startSshd, startVsftpd } from '../servers/shells.js';

const wrong = await startWrongServers(t);
const silent = wrong.web('dialogue/response_timeout');
const rejected = wrong.greeter('dialogue/response_rejected');

withServer(t, { name: 'vsftpd', programs: ['vsftpd'] }, async (t, { place, recipes, found: [vsftpd] }) => {
  const target = await startVsftpd(t, vsftpd!, place, 'YES');
  const bare = await startVsftpd(t, vsftpd!, place, 'NO');
  const without = { name: 'a server without TLS', target: bare, verdict: 'dialogue/response_rejected' };
  await checkRecipe(t, recipes, { module: 'ftp_greeting', target, wrong: [silent, rejected] });
  await checkRecipe(t, recipes, { module: 'ftp_starttls', target, tls: true, wrong: [silent, rejected, without] });
});

const openssh = { name: 'OpenSSH', programs: ['sshd', 'ssh-keygen'] };

withServer(t, openssh, async (t, { place, recipes, found: [sshd, keygen] }) => {
  const target = await startSshd(t, [sshd!, keygen!], place);
  const old = await startSshd(t, [sshd!, keygen!], place, 'KexAlgorithms diffie-hellman-group14-sha256');
  const another = wrong.greeter('dialogue/response_timeout');
  await checkRecipe(t, recipes, { module: 'ssh_version', target, wrong: [silent] });
  const { metrics } = await recipes.probe('ssh_version', target);
  const labels = /^probe_expect_info\{ssh_comments="[^"]*",ssh_version="OpenSSH_[^"]+"\}$/;
  t.ok(
    Object.keys(metrics).some((series) => labels.test(series)),
    'the version',
  );
  const onlyOld = { name: 'no modern key exchange', target: old, verdict: 'dialogue/response_timeout' };
  await checkRecipe(t, recipes, { module: 'ssh_key_exchange', target, wrong: [another, onlyOld] });
});

withServer(t, { ...openssh, name: 'OpenSSH that is full' }, async (t, { place, recipes, found: [sshd, keygen] }) => {
  const target = await startSshd(t, [sshd!, keygen!], place, 'MaxStartups 1');
  const held = net.connect(Number(target.split(':')[1]), '127.0.0.1');
  t.teardown(() => held.destroy());
  await once(held, 'data');
  const { verdict, log } = await recipes.probe('ssh_version', target);
  t.equal(verdict, 'dialogue/response_rejected', log);
});
