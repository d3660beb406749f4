import t from 'tap';
import { startDovecot } from '../servers/dovecot.js';
import { startPostfix } from '../servers/postfix.js';
import { checkRecipe, startWrongServers, withServer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);
const rejected = wrong.greeter('dialogue/response_rejected');
const silent = wrong.web('dialogue/response_timeout');
const noTls = wrong.greeter('tls/tls_handshake_failed');

withServer(
  t,
  { name: 'Dovecot', programs: ['dovecot'], root: true, overlay: true },
  async (t, { place, recipes, found: [dovecot] }) => {
    const { imap, imaps, pop3, pop3s } = await startDovecot(t, dovecot!, place);
    const bare = await startDovecot(t, dovecot!, place, 'no');
    const without = (target: string) => ({
      name: 'a server without TLS',
      target,
      verdict: 'dialogue/response_rejected',
    });
    await checkRecipe(t, recipes, {
      module: 'imap_starttls',
      target: imap,
      tls: true,
      wrong: [silent, rejected, without(bare.imap)],
    });
    await checkRecipe(t, recipes, { module: 'imaps', target: imaps, tls: true, wrong: [noTls] });
    await checkRecipe(t, recipes, {
      module: 'pop3_starttls',
      target: pop3,
      tls: true,
      wrong: [silent, rejected, without(bare.pop3)],
    });
    await checkRecipe(t, recipes, {
      module: 'pop3s',
      target: pop3s,
      tls: true,
      wrong: [noTls, { name: 'an IMAP server', target: imaps, verdict: 'dialogue/response_rejected' }],
    });
  },
);

withServer(
  t,
  { name: 'Postfix', programs: ['master', 'dovecot'], root: true, overlay: true },
  async (t, { place, recipes, found: [postfix, dovecot] }) => {
    const { authSocket } = await startDovecot(t, dovecot!, place);
    const server = await startPostfix(t, postfix!, place, authSocket);
    const as = (name: string, target: string, verdict = 'dialogue/response_rejected') => ({ name, target, verdict });
    const noStarttls = as('a server without TLS', server.bare);
    await checkRecipe(t, recipes, {
      module: 'smtp_greeting',
      target: server.smtp,
      wrong: [silent, rejected],
      metrics: { 'probe_expect_info{smtp_host="mail.test"}': 1 },
    });
    await checkRecipe(t, recipes, {
      module: 'smtp_starttls',
      target: server.smtp,
      tls: true,
      wrong: [silent, rejected, noStarttls],
    });
    await checkRecipe(t, recipes, {
      module: 'smtp_starttls_expiry',
      target: server.smtp,
      tls: true,
      wrong: [rejected, noStarttls],
    });
    await checkRecipe(t, recipes, {
      module: 'smtp_no_open_relay',
      target: server.smtp,
      wrong: [rejected, as('an open relay', server.relay)],
    });
    await checkRecipe(t, recipes, {
      module: 'submission_starttls',
      target: server.submission,
      tls: true,
      wrong: [rejected, noStarttls, as('no log-in', server.smtp), as('a log-in without TLS', server.careless)],
    });
    await checkRecipe(t, recipes, {
      module: 'submissions',
      target: server.submissions,
      tls: true,
      wrong: [noTls, as('no TLS', server.submission, 'tls/tls_handshake_failed')],
    });
  },
);
