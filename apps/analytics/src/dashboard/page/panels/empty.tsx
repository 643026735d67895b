import { useRef, useState } from 'preact/hooks';
import { exampleCommand } from '../example-command.ts';

/** What somebody sees who has just started the system: how to make something happen. */
export function Empty() {
  const code = useRef<HTMLElement>(null);
  const [isCopied, setCopied] = useState(false);
  const url = document.querySelector<HTMLMetaElement>('meta[name="order-api-url"]')?.content ?? '';
  const command = exampleCommand(url);
  const copy = (): void => {
    navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      () => code.current && getSelection()?.selectAllChildren(code.current),
    );
  };
  return (
    <section class="panel empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No orders yet</h2>
      <p>Send one, and watch it arrive here:</p>
      <pre tabIndex={0} aria-label="A command that sends an order">
        <code id="example" ref={code}>
          {command}
        </code>
      </pre>
      <button type="button" onClick={copy}>
        {isCopied ? 'Copied' : 'Copy the command'}
      </button>
    </section>
  );
}
