const EXAMPLE = {
  customer_id: 'ada',
  currency: 'EUR',
  items: [{ sku: 'espresso-cup', quantity: 2, unit_amount: 1250 }],
};

/** The page without a single figure: what it shows comes over the stream, and only ever as text. */
export function pageHtml(orderApiUrl: string): string {
  const command = `curl ${orderApiUrl}/v1/orders \\
  -H 'content-type: application/json' \\
  -d '${JSON.stringify(EXAMPLE)}'`;
  return /* HTML */ `<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Orders · Orderstream</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="page/dashboard.css" />
        <script type="module" src="page/dashboard.js"></script>
      </head>
      <body data-state="connecting">
        <header>
          <h1>Orders</h1>
          <p class="state">
            <span id="state" role="status">Connecting</span>
            <span id="age"></span>
          </p>
          <button id="pause" type="button">Pause</button>
        </header>
        <noscript>
          <p class="notice">
            The live page needs JavaScript. The same figures as JSON: <a href="v1/dashboard">v1/dashboard</a>
          </p>
        </noscript>
        <p id="notice" class="notice" role="alert" hidden></p>
        <main aria-busy="true">
          <section id="empty" class="panel" aria-labelledby="empty-title" hidden>
            <h2 id="empty-title">No orders yet</h2>
            <p>Send one, and watch it arrive here:</p>
            <pre
              tabindex="0"
              aria-label="A command that sends an order"
            ><code id="example">${escaped(command)}</code></pre>
            <button id="copy" type="button">Copy the command</button>
          </section>

          <dl class="tiles">
            <div class="tile">
              <dt>Orders today</dt>
              <dd id="today" class="figure">–</dd>
              <dd id="today-note" class="note"></dd>
            </div>
            <div class="tile">
              <dt>This minute</dt>
              <dd id="minute" class="figure">–</dd>
              <dd id="minute-note" class="note"></dd>
            </div>
            <div class="tile">
              <dt>Confirmed today</dt>
              <dd id="confirmed" class="figure">–</dd>
              <dd id="confirmed-note" class="note"></dd>
              <dd class="share" aria-hidden="true"><span id="share"></span></dd>
            </div>
            <div class="tile">
              <dt>Paid today</dt>
              <dd id="paid" class="figure">–</dd>
              <dd id="paid-note" class="note"></dd>
            </div>
          </dl>

          <section class="panel chart-panel" aria-labelledby="chart-title">
            <div class="heading">
              <h2 id="chart-title">Orders per minute</h2>
              <ul class="legend">
                <li class="ordered">Ordered</li>
                <li class="confirmed">Confirmed</li>
                <li class="rejected">Rejected</li>
              </ul>
            </div>
            <div id="chart" class="chart">
              <svg role="img" aria-labelledby="chart-summary"></svg>
              <p id="tip" class="tip" aria-hidden="true" hidden></p>
            </div>
            <p id="chart-summary" class="hidden"></p>
            <details id="minutes">
              <summary>The same as a table</summary>
              <div class="scroll" tabindex="0" role="region" aria-label="Orders per minute as a table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Minute</th>
                      <th scope="col">Ordered</th>
                      <th scope="col">Confirmed</th>
                      <th scope="col">Rejected</th>
                    </tr>
                  </thead>
                  <tbody></tbody>
                </table>
              </div>
            </details>
          </section>

          <section class="panel revenue-panel" aria-labelledby="revenue-title">
            <div class="heading">
              <h2 id="revenue-title">Revenue today</h2>
              <p class="note">confirmed orders</p>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="revenue-title">
              <ul id="revenue"></ul>
            </div>
            <p id="no-revenue" class="quiet" hidden>Nothing was ordered today.</p>
          </section>

          <section id="latest" class="panel" aria-labelledby="latest-title">
            <h2 id="latest-title">Latest orders</h2>
            <!-- The roles are those of a table: on a narrow page CSS lays the rows out anew, and browsers then forget them. -->
            <table id="orders" role="table" aria-labelledby="latest-title">
              <thead role="rowgroup">
                <tr role="row">
                  <th role="columnheader" scope="col">Ordered</th>
                  <th role="columnheader" scope="col">Status</th>
                  <th role="columnheader" scope="col" class="end">Amount</th>
                  <th role="columnheader" scope="col" class="items end">Items</th>
                  <th role="columnheader" scope="col" class="customer">Customer</th>
                  <th role="columnheader" scope="col" class="end">Order</th>
                </tr>
              </thead>
              <tbody role="rowgroup"></tbody>
            </table>
          </section>
          <p id="spoken" class="hidden" role="status"></p>
        </main>
      </body>
    </html> `;
}

/** Three bars on a tile; a data URL, so that nothing else is asked for. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%231f5fd0'/%3E" +
  "%3Cpath d='M4 12V9M8 12V6M12 12V4' stroke='white' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E";

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
