import { defineConfig } from 'vite';

/** The dashboard's page: built beside the service, which serves it. `npx vite` here shows it while it is being changed. */
export default defineConfig({
  root: 'src/dashboard/page',
  // Relative: the page may lie below a path of its own.
  base: './',
  build: {
    outDir: '../../../dist/page',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is written into the page itself: its policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/v1': 'http://127.0.0.1:3001' } },
});
