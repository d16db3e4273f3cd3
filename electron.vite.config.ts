import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { build, type Plugin } from 'vite';

/**
 * The report that the demo writes is a page of its own that opens from disk, with everything in it: the same components as
 * the screens, built once more to one script and one style sheet beside them.
 */
const reportPage: Plugin = {
  name: 'report-page',
  closeBundle: async () => {
    await build({
      configFile: false,
      logLevel: 'warn',
      root: 'src-renderer',
      plugins: [svelte({ configFile: false })],
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        outDir: '../out/renderer',
        emptyOutDir: false,
        lib: {
          entry: 'report.ts',
          formats: ['iife'],
          name: 'report',
          fileName: () => 'report.js',
          cssFileName: 'report',
        },
      },
    });
  },
};

/** One file per entry; npm packages stay outside the bundle, since native ones must load from node_modules. */
export default defineConfig({
  main: {
    build: {
      // The engine and the command line also run on plain Node, older than the one inside Electron.
      target: 'node20.19',
      rolldownOptions: {
        input: {
          main: 'src-main/main.ts',
          engine: 'src-main/engine.ts',
          cli: 'src-main/cli.ts',
          start: 'src-main/start.ts',
          timingProcess: 'src-main/latency/timingProcess.ts',
        },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload script must be CommonJS and a single file.
      rolldownOptions: {
        input: { preload: 'src-main/preload.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    build: { rolldownOptions: { input: 'src-renderer/index.html' } },
    plugins: [svelte({ configFile: false }), reportPage],
  },
});
