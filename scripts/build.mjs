// Bundles src/main.ts into dist/tsemu.cjs, which the launcher gives to the pinned Node, and yargs into a file beside it
// that is read only when the command line has options.
import { build } from 'esbuild';
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: { tsemu: 'src/main.ts' }, outdir: 'dist', outExtension: { '.js': '.cjs' },
  bundle: true, platform: 'node', format: 'cjs', target: 'node26', sourcemap: 'linked', legalComments: 'none',
  external: ['koffi', '@koromix/*', 'yargs'],
  // elfy asserts only where we do not call it; Node's assert takes 3 ms to load.
  alias: { assert: './scripts/no-assert.cjs' },
});
