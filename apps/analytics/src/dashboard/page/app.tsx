import { useState } from 'preact/hooks';
import { clocksOf } from './clocks.ts';
import { useLive } from './live.ts';
import { sinceBeginning, slotsOf } from './minutes.rules.ts';
import { DeadLetters } from './panels/dead-letters.tsx';
import { Empty } from './panels/empty.tsx';
import { Fraud } from './panels/fraud.tsx';
import { FunnelPanel } from './panels/funnel.tsx';
import { Header } from './panels/header.tsx';
import { Lag } from './panels/lag.tsx';
import { LatencyPanel } from './panels/latency.tsx';
import { LatestOrders } from './panels/latest-orders.tsx';
import { Loading } from './panels/loading.tsx';
import { OrderDialog } from './panels/order-dialog.tsx';
import { OrdersPerMinute } from './panels/orders-per-minute.tsx';
import { RevenuePerMinute } from './panels/revenue-per-minute.tsx';
import { RevenueToday } from './panels/revenue-today.tsx';
import { Spoken } from './panels/spoken.tsx';
import { Tiles } from './panels/tiles.tsx';
import { TopProducts } from './panels/top-products.tsx';
import type { DashboardSnapshot } from './snapshot.ts';

/** The page. While paused it stands still; afterwards it shows what it missed. */
export function App() {
  const { snapshot: newest, connection } = useLive('v1/dashboard/events');
  const [paused, setPaused] = useState<{
    readonly at: DashboardSnapshot | undefined;
    readonly atMs: number;
  }>();
  const snapshot = paused?.at ?? newest;
  const togglePause = (): void =>
    setPaused(paused === undefined ? { at: newest, atMs: performance.now() } : undefined);
  return (
    <>
      <Header connection={connection} pausedAtMs={paused?.atMs} onTogglePause={togglePause} />
      {snapshot === undefined ? <Loading /> : <Board snapshot={snapshot} />}
    </>
  );
}

function Board({ snapshot }: { readonly snapshot: DashboardSnapshot }) {
  const [openOrder, setOpenOrder] = useState<string>();
  const slots = slotsOf(snapshot);
  const charted = sinceBeginning(slots);
  const clocks = clocksOf(snapshot.time_zone);
  const sinceMs = Date.parse(snapshot.today.since);
  const isEmpty = snapshot.latest_orders.length === 0;
  return (
    <main>
      {isEmpty && <Empty />}
      <Tiles snapshot={snapshot} slots={slots} clock={clocks.minute} />
      <OrdersPerMinute slots={charted} clocks={clocks} timeZone={snapshot.time_zone} />
      <RevenuePerMinute
        slots={charted}
        clocks={clocks}
        timeZone={snapshot.time_zone}
        today={snapshot.today}
      />
      <FunnelPanel funnel={snapshot.funnel} />
      <TopProducts products={snapshot.top_products} />
      <RevenueToday revenue={snapshot.today.revenue} />
      <LatestOrders orders={snapshot.latest_orders} clocks={clocks} sinceMs={sinceMs} onOpen={setOpenOrder} />
      <div class="column">
        <Fraud suspicions={snapshot.fraud} clocks={clocks} />
        <DeadLetters report={snapshot.dead_letters} />
      </div>
      <Lag report={snapshot.lag} asOf={snapshot.as_of} />
      <LatencyPanel latency={snapshot.latency} />
      {openOrder !== undefined && (
        <OrderDialog
          orderId={openOrder}
          status={snapshot.latest_orders.find(({ order_id }) => order_id === openOrder)?.status}
          clocks={clocks}
          onClose={() => setOpenOrder(undefined)}
        />
      )}
      <Spoken today={snapshot.today} />
    </main>
  );
}
