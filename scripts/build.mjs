// Bundles src/main.ts into dist/: one file that the launcher gives to the pinned Node.
import { build } from 'esbuild';

await build({
  entryPoints: { tsemu: 'src/main.ts' }, outdir: 'dist', outExtension: { '.js': '.cjs' },
  bundle: true, platform: 'node', format: 'cjs', target: 'node26', sourcemap: 'linked', legalComments: 'none',
  external: ['koffi', '@koromix/*', 'yargs', 'elfy'],
});
