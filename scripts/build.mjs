// Bundles src/main.ts into dist/main.cjs, which dist/tsemu.cjs runs in the pinned Node from bytecode that is made here too.
// Wasm modules that every start needs are computed here and put into the bundle.
import { spawnSync } from 'node:child_process';
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
const spaces = [['i32', 65536], ['i64', 262144]];

async function images() {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-build-'));
  try {
    const outfile = join(folder, 'images.mjs');
    await build({ ...common, entryPoints: ['src/translate/image-list.ts'], outfile, format: 'esm' });
    const { listImages } = await import(pathToFileURL(outfile).href);
    return Object.fromEntries(spaces.flatMap(([address, pages]) => listImages(address, pages))
      .map(([key, { bytes, names }]) => [key, JSON.stringify([Buffer.from(bytes).toString('base64'), names])]));
  } finally { rmSync(folder, { recursive: true }); }
}

const prebuilt = JSON.stringify(await images());
const prebuiltImages = {
  name: 'prebuilt-images',
  setup(b) {
    b.onLoad({ filter: /src\/translate\/images\.ts$/ }, async ({ path }) => {
      const { readFile } = await import('node:fs/promises');
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/(export const prebuilt: [^=]*= )\{\};/, (_, head) => `${head}${prebuilt};`);
      if (contents === source) throw new Error('src/translate/images.ts: the line to replace is not there');
      return { contents, loader: 'ts' };
    });
  },
};

// V8 knows bytecode and source to belong together by no more than the source's length.
rmSync('dist/main.cache', { force: true });
await build({
  ...common, entryPoints: { main: 'src/main.ts', tsemu: 'src/boot.ts' }, outdir: 'dist', outExtension: { '.js': '.cjs' },
  format: 'cjs', target: 'node26', sourcemap: 'linked', plugins: [prebuiltImages],
});

// A first run, with the flags that the launcher gives, leaves the bytecode of what it used.
const run = spawnSync('bin/tsemu-arm', ['tests/fixtures/arm/hello'], { env: { ...process.env, TSEMU_MAKE_CACHE: '1' }, encoding: 'utf8', timeout: 60_000 });
if (run.status !== 0) console.error(`The first run failed, so that starts will be slower: ${run.error ?? run.stderr}`);
