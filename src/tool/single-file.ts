// tsemu single-file: collects what the single file is made of on this machine, and writes it.
import * as fs from 'node:fs';
import { guests } from '../guests/index.ts';
import { embedded } from '../single/embedded.ts';
import { makeSingleFile, sonameOf } from '../single/make.ts';
import { ToolError } from './registry.ts';

/** The package's folder: the bundle is in dist/. */
const root = (): string => `${__dirname}/..`;

function read(path: string, what: string): Buffer {
  try { return fs.readFileSync(path); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ToolError(`${path} is missing: ${what}`);
  }
}

/** The launcher's options for Node and V8: bytecode is only taken where they are the same. */
function launcherOptions(): string[] {
  const line = /^exec "\$node" (.*) "\$root\/dist\/tsemu\.cjs"/m.exec(read(`${root()}/bin/tsemu`, 'the launcher').toString())?.[1];
  if (line === undefined) throw new Error('the launcher does not start Node as it did');
  return line.split(' ');
}

/** The libraries of the Node that runs this, by the names that it asks for them, and the dynamic linker. */
function libraries(): { libraries: [string, Buffer][]; linker: Buffer } {
  const maps = fs.readFileSync('/proc/self/maps', 'latin1');
  const files = new Set([...maps.matchAll(/ (\/\S*\.so[.\d]*)$/gm)].map(([, path]) => path!));
  const found = [...files].map((path): [string, Buffer] => {
    const file = fs.readFileSync(path);
    return [sonameOf(file, path), file];
  });
  const linker = found.find(([name]) => name.startsWith('ld-linux'));
  if (linker === undefined) throw new ToolError('this Node has no dynamic linker of the GNU C library: the single file can only be made where it has');
  return { linker: linker[1], libraries: found.filter((entry) => entry !== linker) };
}

function koffi(): Buffer {
  const binary = '@koromix/koffi-linux-x64/linux_x64/koffi.node';
  const found = [`${root()}/node_modules/${binary}`, `${root()}/../${binary}`].find((path) => fs.existsSync(path));
  return read(found ?? binary, 'npm install brings it');
}

function install(folder: string, file: Buffer): void {
  fs.mkdirSync(folder, { recursive: true });
  // By another name first: one that is running cannot be written to.
  const temporary = `${folder}/.tsemu.${process.pid}`;
  fs.writeFileSync(temporary, file, { mode: 0o755, flag: 'wx' });
  fs.renameSync(temporary, `${folder}/tsemu`);
  for (const { name } of guests) {
    fs.rmSync(`${folder}/tsemu-${name}`, { force: true });
    fs.symlinkSync('tsemu', `${folder}/tsemu-${name}`);
  }
}

/** Writes FOLDER/tsemu and a link to it for each guest; answers what it wrote. */
export function writeSingleFile(folder: string): string {
  if (embedded) throw new ToolError('this is the single file already: copy it');
  if (process.arch !== 'x64') throw new ToolError(`the single file is for x86-64 hosts, this is ${process.arch}`);
  const dist = `${root()}/dist`;
  const parts = new Map<string, Buffer>();
  const { libraries: needed, linker } = libraries();
  for (const [name, bytes] of needed) parts.set(name, bytes);
  parts.set('koffi.node', koffi());
  for (const name of [...guests.map((guest) => guest.name), 'tool']) {
    parts.set(`${name}.cjs`, read(`${dist}/${name}.cjs`, 'npm run build makes it'));
    if (fs.existsSync(`${dist}/${name}.cache`)) parts.set(`${name}.cache`, fs.readFileSync(`${dist}/${name}.cache`));
  }
  const file = makeSingleFile({
    node: fs.readFileSync(process.execPath), linker, parts, options: launcherOptions(), boot: read(`${dist}/single.cjs`, 'npm run build makes it'),
    start: read(`${dist}/start.bin`, 'the package was built where there was no gcc'),
  });
  try { install(folder, file); } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ToolError(`${folder} cannot be written to (${code})`);
  }
  return `${folder}/tsemu (${Math.round(file.length / 1e6)} MB) and links to it: ${guests.map(({ name }) => `tsemu-${name}`).join(', ')}`;
}
