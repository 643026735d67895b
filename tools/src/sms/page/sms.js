import { element, startMessageList, time } from './message-list.js';

startMessageList({
  what: 'messages',
  id: (sms) => sms.sid,
  render: (sms) => [
    element(
      'div',
      { className: 'line' },
      element('bdi', { className: 'to' }, sms.to),
      element('bdi', { className: 'from' }, `from ${sms.from ?? sms.messaging_service_sid}`),
      ...(sms.num_segments > 1
        ? [element('span', { className: 'segments' }, `${sms.num_segments} segments`)]
        : []),
      time(sms.received_at),
    ),
    element('p', { className: 'text', dir: 'auto' }, sms.body),
  ],
});
