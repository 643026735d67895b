/* global clearTimeout, confirm, document, Event, EventSource, fetch, URLSearchParams */

/**
 * What both pages share: the list with paging, search by recipient, live refresh and emptying. Text of a message reaches the
 * document as text nodes only, never as markup.
 */

const PAGE_SIZE = 50;
const SEARCH_DELAY_MS = 150;

/** An element with properties, data-* and children; strings become text. */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const formats = {
  today: new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }),
  earlier: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  full: new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' }),
};

export function time(iso, format) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = formats[format ?? (isToday ? 'today' : 'earlier')].format(date);
  return element('time', { dateTime: iso, title: iso }, text);
}

/** Starts the list in the page's #messages. `render(message)` makes an item's content, `id` its key; `query` goes to every request. */
export function startMessageList({ what, id, render, query = {}, onEmptied = () => undefined }) {
  const list = document.querySelector('#messages');
  const notice = document.querySelector('#notice');
  const search = document.querySelector('#search');
  const range = document.querySelector('#range');
  const newer = document.querySelector('#newer');
  const older = document.querySelector('#older');
  const empty = document.querySelector('#empty');
  const state = document.querySelector('#state');

  let offset = 0;
  let total = 0;
  let shown = '';
  let known;
  let request = 0;

  async function refresh() {
    const mine = ++request;
    const parameters = new URLSearchParams({ ...query, limit: PAGE_SIZE, offset });
    if (search.value.trim()) parameters.set('search', search.value.trim());
    const response = await fetch(`/api/v1/messages?${parameters}`).catch(() => undefined);
    if (!response?.ok || mine !== request) return;
    const answer = await response.json();
    if (mine !== request) return;
    if (answer.messages.length === 0 && offset > 0) return turnTo(lastOffset(answer.total));
    total = answer.total;
    show(answer.messages);
  }

  function show(messages) {
    const ids = messages.map(id);
    if (ids.join() !== shown) redraw(messages, ids);
    shown = ids.join();
    known = new Set([...(known ?? ids), ...ids]);
    const searching = search.value.trim();
    notice.hidden = messages.length > 0;
    notice.querySelector('h2').textContent = searching ? 'Nothing found' : `No ${what} yet`;
    notice.querySelector('p').textContent = searching
      ? `No recipient contains “${searching}”.`
      : `Whatever is sent here is caught and shown at once. Nothing leaves this machine.`;
    range.textContent =
      total === 0 ? '' : `${number(offset + 1)}–${number(offset + messages.length)} of ${number(total)}`;
    newer.disabled = offset === 0;
    older.disabled = offset + messages.length >= total;
    empty.disabled = total === 0 && !searching;
  }

  function redraw(messages, ids) {
    const focused = document.activeElement?.closest?.('#messages > li')?.dataset.id;
    list.replaceChildren(
      ...messages.map((message, index) => {
        const item = element('li', {}, ...render(message));
        item.dataset.id = ids[index];
        // Those that came while the page was open light up once.
        if (known && !known.has(ids[index]) && offset === 0) item.classList.add('new');
        return item;
      }),
    );
    if (focused) list.querySelector(`[data-id="${focused}"] button`)?.focus({ preventScroll: true });
    list.dispatchEvent(new Event('redrawn'));
  }

  function turnTo(next) {
    offset = Math.max(0, next);
    list.parentElement.scrollTop = 0;
    return refresh();
  }

  let waiting;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void turnTo(0), SEARCH_DELAY_MS);
  });
  newer.addEventListener('click', () => void turnTo(offset - PAGE_SIZE));
  older.addEventListener('click', () => void turnTo(offset + PAGE_SIZE));
  empty.addEventListener('click', async () => {
    if (!confirm(`Delete every ${what.replace(/s$/, '')}? They cannot be brought back.`)) return;
    await fetch('/api/v1/messages', { method: 'DELETE' });
    onEmptied();
    await turnTo(0);
  });

  const changes = new EventSource('/api/v1/changes');
  changes.onopen = () => {
    state.dataset.live = 'true';
    state.textContent = 'live';
  };
  changes.onerror = () => {
    state.dataset.live = 'false';
    state.textContent = 'not reachable, trying again';
  };
  // Further pages stay as they are under the reader's eyes.
  changes.onmessage = () => void (offset === 0 && refresh());
}

function lastOffset(total) {
  return Math.max(0, Math.ceil(total / PAGE_SIZE) - 1) * PAGE_SIZE;
}

function number(value) {
  return value.toLocaleString();
}
