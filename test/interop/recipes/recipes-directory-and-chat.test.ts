import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { slapdTls, startNgircd, startSlapd } from '../servers/directory-and-chat.js';
import { checkRecipe, startWrongServers, withServer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);
const rejected = [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected')];
const noTls = wrong.greeter('tls/tls_handshake_failed');

withServer(t, { name: 'OpenLDAP', programs: ['slapd'] }, async (t, { place, recipes, found: [slapd] }) => {
  const { plain, tls } = await startSlapd(t, slapd!, place, slapdTls(place));
  const bare = await startSlapd(t, slapd!, place, 'disallow bind_anon\nrequire authc');
  const refusing = (name: string) => ({ name, target: bare.plain, verdict: 'dialogue/response_rejected' });
  await checkRecipe(t, recipes, {
    module: 'ldap_starttls',
    target: plain,
    tls: true,
    wrong: [...rejected, refusing('a server without TLS')],
  });
  await checkRecipe(t, recipes, {
    module: 'ldap_root_dse',
    target: plain,
    wrong: [...rejected, refusing('a server that wants a log-in')],
  });
  await checkRecipe(t, recipes, { module: 'ldaps_root_dse', target: tls, tls: true, wrong: [noTls] });
});

withServer(t, { name: 'ngIRCd', programs: ['ngircd'] }, async (t, { place, recipes, found: [ngircd] }) => {
  const { plain, tls } = await startNgircd(t, ngircd!, place);
  const taken = net.connect(Number(plain.split(':')[1]), '127.0.0.1');
  t.teardown(() => taken.destroy());
  await checkRecipe(t, recipes, {
    module: 'irc_welcome',
    target: plain,
    wrong: [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_timeout')],
  });
  await checkRecipe(t, recipes, { module: 'ircs_welcome', target: tls, tls: true, wrong: [noTls] });
  taken.write('NICK sondebot\r\nUSER x 0 * :x\r\n');
  await once(taken, 'data');
  const { verdict, log } = await recipes.probe('irc_welcome', plain);
  t.equal(verdict, 'dialogue/response_rejected', `a nickname in use: ${log}`);
});
