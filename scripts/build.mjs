// Bundles src/main.ts into dist/: one file that the launcher gives to the pinned Node. Wasm modules that every start
// needs are computed here and put into the bundle.
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const common = {
  bundle: true, platform: 'node', legalComments: 'none', external: ['koffi', '@koromix/*', 'yargs'],
  // elfy asserts only where we do not call it; Node's assert takes 3 ms to load.
  alias: { assert: './scripts/no-assert.cjs' },
};

/** The address spaces of the guests there are: [address type, 64 KiB pages]. */
const spaces = [['i32', 65536]];

async function images() {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-build-'));
  try {
    const outfile = join(folder, 'images.mjs');
    await build({ ...common, entryPoints: ['src/translate/image-list.ts'], outfile, format: 'esm' });
    const { listImages } = await import(pathToFileURL(outfile).href);
    return Object.fromEntries(spaces.flatMap(([address, pages]) => listImages(address, pages))
      .map(([key, { bytes, names }]) => [key, [Buffer.from(bytes).toString('base64'), names]]));
  } finally { rmSync(folder, { recursive: true }); }
}

const prebuilt = JSON.stringify(await images());
const prebuiltImages = {
  name: 'prebuilt-images',
  setup(b) {
    b.onLoad({ filter: /src\/translate\/images\.ts$/ }, async ({ path }) => {
      const { readFile } = await import('node:fs/promises');
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/(export const prebuilt: [^=]*= )\{\};/, (_, head) => `${head}JSON.parse(${JSON.stringify(prebuilt)});`);
      if (contents === source) throw new Error('src/translate/images.ts: the line to replace is not there');
      return { contents, loader: 'ts' };
    });
  },
};

await build({
  ...common, entryPoints: { tsemu: 'src/main.ts' }, outdir: 'dist', outExtension: { '.js': '.cjs' },
  format: 'cjs', target: 'node26', sourcemap: 'linked', plugins: [prebuiltImages],
});
