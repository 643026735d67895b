/** The page before the first figure: its shape, so that nothing jumps when they come. */
export function Loading() {
  return (
    <main aria-busy="true" class="loading">
      <p class="hidden" role="status">
        Loading the figures
      </p>
      <div class="tiles">
        {Array.from({ length: 5 }, (_, index) => (
          <div key={index} class="tile bone" />
        ))}
      </div>
      {['orders-per-minute', 'revenue-per-minute', 'funnel', 'top-products', 'revenue-today'].map((name) => (
        <div key={name} class={`panel bone ${name}`} />
      ))}
    </main>
  );
}
