// Bundles the emulator into dist/, a file for each guest: dist/tsemu.cjs, which the launcher gives to the pinned Node, runs
// dist/GUEST.cjs from bytecode that is made here too. Wasm modules that every start needs are computed here and put in.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const common = {
  bundle: true, platform: 'node', legalComments: 'none', external: ['koffi', '@koromix/*'],
  // yargs looks for its translations beside itself, which English needs none of.
  define: { 'import.meta.url': 'here' }, banner: { js: "const here = 'file:///tsemu/';" },
  // elfy asserts only where we do not call it; Node's assert takes 3 ms to load.
  alias: { assert: './scripts/no-assert.cjs' },
};

/** The address spaces of the guests there are: address type and 64 KiB pages. */
const spaces = { i32: 65536, i64: 262144 };

/** What src/translate/images.ts finds at its keys. */
async function prebuiltImages() {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-build-'));
  try {
    const outfile = join(folder, 'images.mjs');
    await build({ ...common, entryPoints: ['src/translate/image-list.ts'], outfile, format: 'esm' });
    const { listImages } = await import(pathToFileURL(outfile).href);
    return Object.fromEntries(Object.entries(spaces).flatMap(([address, pages]) => listImages(address, pages))
      .map(([key, { bytes, names }]) => [key, JSON.stringify([Buffer.from(bytes).toString('base64'), names])]));
  } finally { rmSync(folder, { recursive: true }); }
}

/** Replaces a part of a source file's text; that it is there is part of the contract. */
function replace(file, pattern, by) {
  return {
    name: file,
    setup: (b) => b.onLoad({ filter: new RegExp(`${file.replaceAll('.', '\\.')}$`) }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(pattern, by);
      if (contents === source) throw new Error(`${file}: the text to replace is not there`);
      return { contents, loader: 'ts' };
    }),
  };
}

const list = readFileSync('src/guests/index.ts', 'utf8');
/** The guests' names, which are those of their objects, and the line that imports each. */
const guests = /guests: readonly Guest\[\] = \[(.*)\]/.exec(list)[1].split(',').map((name) => name.trim());
const importOf = (guest) => list.split('\n').find((line) => line.startsWith('import {') && new RegExp(`\\b${guest}\\b`).test(line)).replace(/\{.*\}/, `{ ${guest} }`);

/** Names what the bundle was made of, for what it leaves on disk. */
function buildId() {
  const hash = createHash('sha256');
  const files = readdirSync('src', { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => `${f.parentPath}/${f.name}`);
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** dist/start.bin: the machine code that the single file starts with. Without a compiler the rest is built all the same. */
function compileStart() {
  const [contents, start] = [['embedded', 'CONTENTS'], ['make', 'START']].map(([file, name]) =>
    new RegExp(`const ${name} = (0x[\\d_]+)`).exec(readFileSync(`src/single/${file}.ts`, 'utf8'))[1].replaceAll('_', ''));
  rmSync('dist/start.bin', { force: true });
  if (process.arch !== 'x64') return;
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-build-'));
  try {
    const object = join(folder, 'start');
    for (const [command, ...args] of [
      ['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-nostdlib', '-static', '-fno-pic', '-no-pie', '-mgeneral-regs-only', '-fno-stack-protector',
        '-fno-asynchronous-unwind-tables', '-fcf-protection=none', `-DTSEMU_CONTENTS=${contents}`, `-Wl,-N,--no-warn-rwx-segments,-Ttext=${start},--defsym=TSEMU_CONTENTS=${contents},--build-id=none`, '-o', object, 'src/single/start.c'],
      ['objcopy', '-O', 'binary', '-j', '.text', '-j', '.rodata', object, 'dist/start.bin'],
    ]) {
      const run = spawnSync(command, args, { encoding: 'utf8' });
      if (run.error?.code === 'ENOENT') { console.error(`There is no ${command}: 'tsemu single-file' will not work.`); return; }
      if (run.status !== 0) throw new Error(`${command} on src/single/start.c: ${run.stderr}`);
    }
  } finally { rmSync(folder, { recursive: true }); }
}

const id = buildId();
const images = await prebuiltImages();
const output = { ...common, outdir: 'dist', outExtension: { '.js': '.cjs' }, format: 'cjs', target: 'node26', sourcemap: 'linked' };
await build({ ...output, entryPoints: { tsemu: 'src/boot.ts', single: 'src/single/boot.ts', tool: 'src/tool/index.ts' } });
compileStart();
for (const guest of guests) {
  // V8 knows bytecode and source to belong together by no more than the source's length.
  rmSync(`dist/${guest}.cache`, { force: true });
  await build({
    ...output, entryPoints: { [guest]: 'src/main.ts' },
    plugins: [
      replace('src/translate/images.ts', /(export const prebuilt: [^=]*= )\{\};/, (_, head) => `${head}${JSON.stringify(images)};`),
      replace('src/translate/engine.ts', '__TSEMU_BUILD__', id),
      replace('src/guests/index.ts', /^[^]*$/, () => `${importOf(guest)}\nexport const guests = [${guest}];`),
    ],
  });
}

// A first run, with the flags that the launcher gives, leaves the bytecode of what it used. Without it starts are slower.
for (const guest of guests) {
  const [hello, exercise] = ['hello', 'exercise'].map((name) => `tests/fixtures/${guest}/${name}`);
  if (!existsSync(hello) || !existsSync(exercise)) continue;
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-build-'));
  const first = (env, ...args) => {
    const run = spawnSync(`bin/tsemu-${guest}`, ['-L', folder, ...args], { env: { ...process.env, TSEMU_CACHE_DIR: folder, ...env }, encoding: 'utf8', timeout: 60_000 });
    if (run.status !== 0) console.error(`The first run of ${guest} failed: ${run.error ?? run.stderr}`);
  };
  // hello's code comes from the cache of code in the run that counts, that of exercise does not. Long arguments make
  // hello's loops hot, so that compiling is among what ran.
  first({}, hello);
  first({ TSEMU_MAKE_CACHE: '1' }, exercise, hello, ...Array(4).fill('hot'.repeat(1365)));
  rmSync(folder, { recursive: true });
}
