import { SPAN_SCRIPT } from '../../../http/pages/page-times.js';

/**
 * The script of the page of groups: it fetches a group's metrics when the group is opened, filters while the user
 * types, and deletes after a question. Everything works by keyboard, since it builds on details, dialog, button and
 * form. Without scripts everything but deleting works, by links.
 */
export const PUSH_PAGE_SCRIPT = `
'use strict';
${SPAN_SCRIPT}
const dialog = document.querySelector('dialog');
const question = dialog.querySelector('[data-question]');
const answer = dialog.querySelector('[data-answer]');
const confirm = dialog.querySelector('[data-confirm]');
const status = document.querySelector('[role=status]');
const opened = new Set(JSON.parse(sessionStorage.getItem('opened') || '[]'));
let deletion;

async function load(details) {
  const href = details.dataset.href;
  if (!href) return;
  delete details.dataset.href;
  const target = details.querySelector('.families');
  try {
    const response = await fetch(href);
    if (!response.ok) throw new Error(await response.text());
    const part = new DOMParser().parseFromString(await response.text(), 'text/html');
    target.replaceChildren(...part.body.childNodes);
  } catch (error) {
    details.dataset.href = href;
    target.textContent = 'Cannot show the metrics: ' + error.message;
  }
}

document.addEventListener('toggle', (event) => {
  const details = event.target;
  const group = details.parentElement.dataset.path;
  if (!group) return;
  if (details.open) opened.add(group); else opened.delete(group);
  sessionStorage.setItem('opened', JSON.stringify([...opened].slice(-50)));
  if (details.open) load(details);
}, true);

function reopen() {
  for (const group of document.querySelectorAll('.group')) {
    if (opened.has(group.dataset.path)) group.querySelector('details').open = true;
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-delete]');
  if (!button) return;
  const group = button.closest('.group');
  deletion = group
    ? { method: 'DELETE', path: group.dataset.path, group }
    : { method: 'PUT', path: 'api/v1/admin/wipe' };
  question.textContent = group ? 'Delete this group and all its metrics?' : button.textContent + '?';
  const badges = group ? [...group.querySelectorAll('summary .badge')].map((badge) => badge.cloneNode(true)) : [];
  question.nextElementSibling.replaceChildren(...badges.flatMap((badge) => [badge, ' ']));
  answer.textContent = '';
  confirm.textContent = button.textContent;
  confirm.disabled = false;
  dialog.showModal();
});

dialog.querySelector('[data-cancel]').addEventListener('click', () => dialog.close());
confirm.addEventListener('click', async () => {
  confirm.disabled = true;
  answer.textContent = '';
  try {
    const response = await fetch(deletion.path, { method: deletion.method });
    if (!response.ok) throw new Error((await response.text()) || 'status ' + response.status);
    dialog.close();
    const next = deletion.group && (deletion.group.nextElementSibling || deletion.group.previousElementSibling);
    await show(location.href);
    status.textContent = 'Deleted.';
    const again = next && document.querySelector('[data-path="' + CSS.escape(next.dataset.path) + '"] summary');
    (again || document.querySelector('#filter')).focus();
  } catch (error) {
    confirm.disabled = false;
    answer.textContent = 'That did not work: ' + error.message;
  }
});

async function show(href) {
  const response = await fetch(href);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  document.querySelector('#groups').replaceWith(page.querySelector('#groups'));
  const wipe = document.querySelector('#wipe');
  if (wipe) wipe.replaceWith(page.querySelector('#wipe'));
  reopen();
}

const filter = document.querySelector('#filter');
if (filter) {
  let timer;
  filter.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const href = filter.value === '' ? './' : './?q=' + encodeURIComponent(filter.value);
      history.replaceState(null, '', href);
      await show(href);
      status.textContent = document.querySelector('#groups').dataset.count;
    }, 250);
  });
}
reopen();
setClock();
setInterval(showTimes, 1000);
`;
