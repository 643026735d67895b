import { get, type ClientRequest, type IncomingMessage } from 'node:http';

export interface StreamedEvent {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** An open stream of server-sent events, as it has been received so far. */
export class EventStream {
  readonly events: StreamedEvent[] = [];
  comments = 0;
  /** Resolves when the server has ended the stream in order; `aborted` when the connection broke. */
  readonly ended: Promise<'ended' | 'aborted'>;
  readonly response: IncomingMessage;
  readonly #request: ClientRequest;
  #rest = '';

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.ended = new Promise((resolve) => {
      response.on('end', () => resolve('ended'));
      response.on('error', () => resolve('aborted'));
      response.on('close', () => resolve('aborted'));
    });
  }

  /** Resolves when the server has sent the head. */
  static open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const request = get(url, { headers, agent: false });
      request.on('response', (response) => resolve(new EventStream(request, response)));
      request.on('error', reject);
    });
  }

  close(): void {
    this.#request.destroy();
  }

  #read(text: string): void {
    const frames = (this.#rest + text).split('\n\n');
    this.#rest = frames.pop() ?? '';
    for (const frame of frames) {
      if (frame.startsWith(':')) this.comments += 1;
      else this.events.push(parse(frame));
    }
  }
}

function parse(frame: string): StreamedEvent {
  const fields = new Map(
    frame.split('\n').map((line): [string, string] => {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      return [name, value];
    }),
  );
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? '',
    data: JSON.parse(fields.get('data') ?? '') as Record<string, unknown>,
  };
}
