/* global addEventListener, document, fetch, location */
import { element, startMessageList, time } from './message-list.js';

const list = document.querySelector('#messages');
const reader = document.querySelector('#reader');
const welcome = [...reader.childNodes];

/** The tab the person chose last; a mail without that part shows what it has. */
let preferredTab = 'html';
let opened = '';

startMessageList({
  what: 'mails',
  id: (mail) => mail.id,
  query: { summary: 'true' },
  render: (mail) => [
    element(
      'button',
      { type: 'button', onclick: () => open(mail.id) },
      element(
        'span',
        { className: 'line' },
        userText('bdi', mail.from_name || mail.from),
        time(mail.received_at),
      ),
      userText('span', mail.subject || '(no subject)', mail.subject ? 'subject' : 'subject faint'),
      element('span', { className: 'line recipient' }, addresses('bdi', recipients(mail.to))),
    ),
  ],
  onEmptied: () => (location.hash = ''),
});

list.addEventListener('redrawn', markOpened);
addEventListener('hashchange', showOpened);
addEventListener('keydown', (event) => {
  if (event.target.closest('input') || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
});
void showOpened();

function open(id) {
  location.hash = id;
}

function step(by) {
  const ids = [...list.children].map((item) => item.dataset.id);
  const next = ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(opened) + by))];
  if (next) open(next);
}

async function showOpened() {
  opened = location.hash.slice(1);
  markOpened();
  document.body.classList.toggle('reading', opened !== '');
  if (!opened) return reader.replaceChildren(...welcome);
  const asked = opened;
  const response = await fetch(`/api/v1/messages/${asked}`).catch(() => undefined);
  const mail = response?.ok ? await response.json() : undefined;
  if (asked !== opened) return;
  reader.replaceChildren(
    ...(mail ? sheet(mail) : [element('p', { className: 'notice' }, 'This mail is not in the mailbox.')]),
  );
}

function markOpened() {
  for (const item of list.children) {
    const isOpened = item.dataset.id === opened;
    item.firstElementChild.setAttribute('aria-current', String(isOpened));
    if (isOpened) item.scrollIntoView({ block: 'nearest' });
  }
}

function sheet(mail) {
  const body = element('div', { className: 'body' });
  const head = element(
    'div',
    { className: 'head' },
    element(
      'button',
      { id: 'back', className: 'plain', type: 'button', onclick: () => open('') },
      '← All mails',
    ),
    userText('h2', mail.subject || '(no subject)', mail.subject ? '' : 'faint'),
    element('dl', {}, ...details(mail)),
    tabs(mail, body),
  );
  return [head, body];
}

function details(mail) {
  const rows = [
    ['From', ...sender(mail)],
    ['To', addresses('bdi', mail.to.join(', '))],
    ['Received', time(mail.received_at, 'full')],
  ];
  if (mail.attachments.length > 0)
    rows.push(['Attached', ...mail.attachments.map((part) => attachment(mail, part))]);
  return rows.flatMap(([name, ...value]) => [element('dt', {}, name), element('dd', {}, ...value)]);
}

function sender({ from, from_name: name }) {
  if (!name) return [addresses('bdi', from || '(nobody)')];
  return [userText('bdi', name), ' ', element('span', { className: 'faint' }, addresses('bdi', `<${from}>`))];
}

function attachment(mail, { index, filename, mime_type, size_bytes }) {
  const href = `/api/v1/messages/${mail.id}/attachments/${index}`;
  const size = size_bytes < 1024 ? `${size_bytes} B` : `${Math.ceil(size_bytes / 1024).toLocaleString()} KiB`;
  return element('a', { href, download: '' }, userText('bdi', filename ?? mime_type), ` (${size})`);
}

const panels = {
  html: (mail) =>
    element('iframe', {
      title: 'The mail’s HTML',
      src: `/api/v1/messages/${mail.id}/html`,
      sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    }),
  text: (mail) => userText('pre', mail.text),
  headers: (mail) =>
    element(
      'table',
      {},
      element(
        'tbody',
        {},
        ...Object.entries(mail.headers).flatMap(([name, values]) => headerRows(name, values)),
      ),
    ),
};

function headerRows(name, values) {
  return [values]
    .flat()
    .map((value) => element('tr', {}, element('th', { scope: 'row' }, name), userText('td', value)));
}

function tabs(mail, body) {
  const available = [mail.html !== null && 'html', mail.text !== null && 'text', 'headers'].filter(Boolean);
  const labels = { html: 'HTML', text: 'Text', headers: 'Headers' };
  const buttons = available.map((name) =>
    element(
      'button',
      { type: 'button', role: 'tab', onclick: () => choose((preferredTab = name)) },
      labels[name],
    ),
  );
  const choose = (name) => {
    const shown = available.includes(name) ? name : available[0];
    buttons.forEach((button, index) =>
      button.setAttribute('aria-selected', String(available[index] === shown)),
    );
    body.replaceChildren(panels[shown](mail));
    body.scrollTop = 0;
  };
  choose(preferredTab);
  const raw = element('a', { href: `/api/v1/messages/${mail.id}/raw`, target: '_blank' }, 'Raw');
  return element('div', { className: 'tabs', role: 'tablist' }, ...buttons, raw);
}

/** Text that somebody else wrote: in its own direction, and never markup. */
function userText(tag, text, className = '') {
  return element(tag, { dir: 'auto', className }, text);
}

/** Addresses read from left to right, whatever script their parts are in. */
function addresses(tag, text) {
  return element(tag, { dir: 'ltr' }, text);
}

function recipients(to) {
  return to.length > 2 ? `${to.slice(0, 2).join(', ')} and ${to.length - 2} more` : to.join(', ');
}
